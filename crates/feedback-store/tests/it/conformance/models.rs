//! Checks of model records.

use std::sync::Arc;

use feedback_store::{Error, ModelState, ModelStore};

use super::fixtures::model;

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn ModelStore>) {
    one_model_serves(&*fresh());
}

fn one_model_serves(store: &dyn ModelStore) {
    store.put_model(model("a", 1)).unwrap();
    store.put_model(model("b", 2)).unwrap();
    store.set_serving("a").unwrap();
    store.set_serving("b").unwrap();
    store.put_model(model("b", 3)).unwrap();
    let states: Vec<_> = store
        .models()
        .unwrap()
        .into_iter()
        .map(|model| (model.id, model.state))
        .collect();
    assert_eq!(
        states,
        [
            ("b".into(), ModelState::Serving),
            ("a".into(), ModelState::Retired)
        ]
    );
    assert!(matches!(store.set_serving("c"), Err(Error::NotFound { .. })));
    assert_eq!(
        store.model("b").unwrap().unwrap().state,
        ModelState::Serving,
        "a failure changes nothing"
    );
    assert!(store.discard_model("b").is_err());
    store.discard_model("a").unwrap();
    assert_eq!(store.model("a").unwrap().unwrap().state, ModelState::Discarded);
    assert_eq!(store.model("a").unwrap().unwrap().manifest["seed"], 42);
}
