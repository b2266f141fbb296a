//! Login sessions. The browser keeps a random token; the server keeps the token's hash and the id of the key used to log in.

use std::collections::HashMap;
use std::sync::Mutex;

use feedback_files::{sha256_hex, to_hex};
use feedback_store::{Error as StoreError, Session};

use super::keys::{ApiKeys, Key};
use super::secret::random;
use crate::clock::{locked, now_ms};
use crate::error::{Error, Result};
use crate::store::StoreHandle;

/// How long a session lasts.
pub(crate) const SESSION_MS: i64 = 12 * 3_600_000;

/// The sessions. They are stored, so that a restart logs nobody out, and kept in memory, because every request looks one up.
#[derive(Debug)]
pub(crate) struct Sessions {
    store: StoreHandle,
    known: Mutex<HashMap<String, Session>>,
}

impl Sessions {
    /// Loads the sessions that have not expired and whose keys are still accepted.
    pub(crate) fn open(store: StoreHandle, keys: Option<&ApiKeys>) -> Result<Self> {
        let known = store.blocking().sessions(now_ms())?.into_iter();
        let known = known
            .filter(|session| keys.is_some_and(|keys| keys.by_id(&session.key, began(session)).is_some()));
        let known = known.map(|session| (session.token.clone(), session));
        Ok(Self {
            known: Mutex::new(known.collect()),
            store,
        })
    }

    /// Begins a session and returns the token for the browser.
    pub(crate) async fn begin(&self, key: &Key) -> Result<String> {
        let secret = to_hex(&random::<32>()?);
        let now = now_ms();
        let session = Session {
            token: sha256_hex(&secret),
            key: key.id(),
            expires_at: now + SESSION_MS,
        };
        let stored = session.clone();
        unless_read_only(self.store.run(move |store| store.add_session(stored, now)).await)?;
        let mut known = locked(&self.known);
        known.retain(|_, session| session.expires_at > now);
        known.insert(session.token.clone(), session);
        Ok(secret)
    }

    /// Returns the id of the key that was used to log in, and the time of the login; `None` if there is no current session.
    pub(crate) fn key_of(&self, token: &str) -> Option<(String, i64)> {
        let known = locked(&self.known);
        let session = known.get(&sha256_hex(token))?;
        (session.expires_at > now_ms()).then(|| (session.key.clone(), began(session)))
    }

    /// Ends a session.
    pub(crate) async fn end(&self, token: &str) -> Result<()> {
        let token = sha256_hex(token);
        locked(&self.known).remove(&token);
        unless_read_only(self.store.run(move |store| store.end_session(&token)).await)
    }
}

fn began(session: &Session) -> i64 {
    session.expires_at - SESSION_MS
}

/// Ignores the error of a damaged store, which is read-only. Sessions are then only in memory, so that people can still log in.
fn unless_read_only(stored: Result<()>) -> Result<()> {
    match stored {
        Err(Error::Store(StoreError::ReadOnly { .. })) => Ok(()),
        other => other,
    }
}
