//! The sessions of people who are logged in.

use crate::error::Result;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// A hash of the secret that is stored in the browser.
    pub token: String,
    /// The id of the access key that the person logged in with.
    pub key: String,
    /// When the session expires; milliseconds since 1970.
    pub expires_at: i64,
}

/// The sessions of a store. A change survives a power failure once the method has returned.
pub trait SessionStore: Send + Sync + 'static {
    /// Adds a session, and removes the sessions that have expired by `now`.
    fn add_session(&self, session: Session, now: i64) -> Result<()>;
    /// Returns the sessions that have not expired by `now`.
    fn sessions(&self, now: i64) -> Result<Vec<Session>>;
    /// Ends a session. Does nothing if the session does not exist.
    fn end_session(&self, token: &str) -> Result<()>;
}
