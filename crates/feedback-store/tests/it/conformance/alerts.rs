//! Checks of alerts.

use std::sync::Arc;

use feedback_store::AlertStore;

use super::fixtures::alert;

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn AlertStore>) {
    alerts_are_kept_for_each_receiver(&*fresh());
}

fn alerts_are_kept_for_each_receiver(store: &dyn AlertStore) {
    assert!(store.add_alert(alert("bug", 20, 40)).unwrap());
    assert!(
        !store.add_alert(alert("bug", 20, 50)).unwrap(),
        "one alert per day and category"
    );
    assert!(store.add_alert(alert("praise", 20, 30)).unwrap());
    assert!(store.add_alert(alert("bug", 19, 20)).unwrap());
    let unsent = |receiver: &str, from: i64| store.unsent_alerts(receiver, from).unwrap();
    let (bug, praise, before) = (
        alert("bug", 20, 40),
        alert("praise", 20, 30),
        alert("bug", 19, 20),
    );
    assert_eq!(unsent("slack", 20), [bug.clone(), praise.clone()]);
    assert_eq!(unsent("slack", 0), [before.clone(), bug.clone(), praise.clone()]);
    store.alert_sent("slack", "bug", 20).unwrap();
    store.alert_sent("slack", "bug", 20).unwrap();
    assert_eq!(unsent("slack", 0), [before.clone(), praise.clone()]);
    assert_eq!(unsent("webhook", 0), [before, bug, praise]);
}
