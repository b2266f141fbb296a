//! Sessions: people who logged in.

use crate::error::Result;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// A hash of the secret that the browser holds.
    pub token: String,
    /// The id of the key that it was begun with.
    pub key: String,
    /// When it ends by itself; milliseconds since 1970.
    pub expires_at: i64,
}

/// Sessions. What a method reports as done survives a power cut.
pub trait SessionStore: Send + Sync + 'static {
    /// Adds a session, and removes those that ended before `now`.
    fn add_session(&self, session: Session, now: i64) -> Result<()>;
    /// The sessions that have not ended by `now`.
    fn sessions(&self, now: i64) -> Result<Vec<Session>>;
    /// Ends a session; nothing happens if there is none.
    fn end_session(&self, token: &str) -> Result<()>;
}
