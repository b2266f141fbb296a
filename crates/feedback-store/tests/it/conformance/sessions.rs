//! Checks of sessions.

use std::sync::Arc;

use feedback_store::{Session, SessionStore};

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn SessionStore>) {
    sessions_last_until_they_end(&*fresh());
}

fn sessions_last_until_they_end(store: &dyn SessionStore) {
    let session = |token: &str, expires_at: i64| Session {
        token: token.into(),
        key: "a key".into(),
        expires_at,
    };
    store.add_session(session("a", 100), 0).unwrap();
    store.add_session(session("b", 200), 0).unwrap();
    assert_eq!(store.sessions(0).unwrap(), [session("a", 100), session("b", 200)]);
    assert_eq!(store.sessions(100).unwrap(), [session("b", 200)]);
    store.add_session(session("c", 300), 150).unwrap();
    assert_eq!(store.sessions(0).unwrap(), [session("b", 200), session("c", 300)]);
    store.end_session("b").unwrap();
    store.end_session("b").unwrap();
    assert_eq!(store.sessions(0).unwrap(), [session("c", 300)]);
}
