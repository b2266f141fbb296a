//! Checks of the audit trail.

use std::sync::Arc;

use feedback_store::AuditStore;

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn AuditStore>) {
    audit_is_kept(&*fresh());
}

fn audit_is_kept(store: &dyn AuditStore) {
    store.add_audit("anna", "model.promote", "a", "").unwrap();
    store.add_audit("anna", "batch.delete", "3", "more").unwrap();
    let entries = store.audit(10).unwrap();
    assert_eq!(
        (
            entries[0].actor.as_str(),
            entries[0].action.as_str(),
            entries[0].detail.as_str()
        ),
        ("anna", "batch.delete", "more")
    );
    assert_eq!(store.audit(1).unwrap().len(), 1);
}
