//! Checks of documents.

use std::sync::Arc;

use feedback_store::DocumentStore;

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn DocumentStore>) {
    documents_are_replaced(&*fresh());
}

fn documents_are_replaced(store: &dyn DocumentStore) {
    assert_eq!(store.document("a").unwrap(), None);
    store.put_document("a", r#"{"text":"ä\u0000 🎉"}"#).unwrap();
    store.put_document("b", "[1]").unwrap();
    store.put_document("a", "2").unwrap();
    let found = ["a", "b", "A"].map(|name| store.document(name).unwrap());
    assert_eq!(found, [Some("2".to_owned()), Some("[1]".to_owned()), None]);
}
