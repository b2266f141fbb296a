//! Checks of deliveries.

use std::sync::Arc;

use feedback_store::{Cursor, DeliveryStore, Filter, NewDelivery};

use super::fixtures::prediction;
use super::predictions::texts;

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn DeliveryStore>) {
    deliveries_are_accepted_once(&*fresh());
}

fn deliveries_are_accepted_once(store: &dyn DeliveryStore) {
    let delivery = |key: &str, digest: &str, texts: &[&str]| NewDelivery {
        key: key.into(),
        digest: digest.into(),
        predictions: texts.iter().map(|text| prediction(text, "bug", 0.9)).collect(),
    };
    let answer = |ids: &[i64]| format!("{ids:?} ü");
    assert_eq!(store.delivery("a").unwrap(), None);
    let first = store
        .add_delivery(delivery("a", "d1", &["one", "two"]), Box::new(answer))
        .unwrap();
    let ids: Vec<i64> = store
        .history(&Filter::default(), Cursor::newest(9))
        .unwrap()
        .iter()
        .map(|row| row.id)
        .rev()
        .collect();
    assert_eq!(
        (first.digest.as_str(), first.answer.clone()),
        ("d1", answer(&ids))
    );
    assert_eq!(store.delivery("a").unwrap(), Some(first.clone()));
    let again = store
        .add_delivery(delivery("a", "d2", &["three"]), Box::new(answer))
        .unwrap();
    assert_eq!(again, first);
    assert_eq!(store.count(&Filter::default()).unwrap(), 2);
    store
        .add_delivery(delivery("b", "d1", &["four"]), Box::new(answer))
        .unwrap();
    assert_eq!(texts(store, Filter::default()), ["four", "two", "one"]);
}
