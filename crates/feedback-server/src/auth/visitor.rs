//! The visitor: the sender of a request.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use feedback_files::to_hex;

use super::keys::Key;
use super::role::Role;
use super::secret::{Secret, random};
use crate::error::Result;

/// The cookie with the visitor's id. Form tokens are valid only for this id.
pub(crate) const VISITOR_COOKIE: &str = "feedback_visitor";
/// The cookie with the token of a login session.
pub(crate) const LOGIN_COOKIE: &str = "feedback_login";

/// The sender of a request.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    id: String,
    /// The token that this visitor's forms must contain.
    pub(crate) csrf: String,
    /// Who the visitor is.
    pub(crate) who: Who,
    /// The cookie to set, if the request had no visitor cookie.
    pub(crate) new_cookie: Option<String>,
}

/// Who a visitor is, as far as the server knows.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// The server has no keys: everyone who can reach it may do everything.
    Anybody,
    /// The visitor gave an accepted key, with the request or at login.
    Key {
        key: Arc<Key>,
        /// Whether the visitor logged in with a browser, so that pages show a button to log out.
        logged_in: bool,
    },
    /// The visitor gave no key, or a key that is not accepted.
    Nobody,
}

impl Who {
    /// Returns the name for the audit trail.
    pub(crate) fn actor(&self) -> &str {
        match self {
            Self::Anybody => "local",
            Self::Key { key, .. } => &key.name,
            Self::Nobody => "nobody",
        }
    }

    /// Returns whether the visitor may do something in `area` that needs `role`.
    pub(crate) fn may(&self, role: Role, area: &str) -> bool {
        match self {
            Self::Anybody => true,
            Self::Key { key, .. } => key.role >= role && key.covers(area),
            Self::Nobody => false,
        }
    }

    /// Returns whether the visitor logged in with a browser.
    pub(crate) fn is_logged_in(&self) -> bool {
        matches!(self, Self::Key { logged_in: true, .. })
    }
}

impl Visitor {
    /// Identifies the visitor by the cookie, or creates a new one. `is_secure` is true if the browser uses TLS.
    pub(crate) fn of(headers: &HeaderMap, secret: &Secret, who: Who, is_secure: bool) -> Result<Self> {
        let known = cookie(headers, VISITOR_COOKIE).filter(|id| id.len() == 32 && id.is_ascii());
        let (id, new_cookie) = match known {
            Some(id) => (id, None),
            None => {
                let id = to_hex(&random::<16>()?);
                let new = new_cookie(VISITOR_COOKIE, &id, 31_536_000, is_secure);
                (id, Some(new))
            }
        };
        Ok(Self {
            csrf: secret.sign("csrf", &id),
            id,
            who,
            new_cookie,
        })
    }

    /// Returns whether `token` is the form token of this visitor.
    pub(crate) fn sent(&self, token: &str, secret: &Secret) -> bool {
        self.new_cookie.is_none() && secret.verifies("csrf", &self.id, token)
    }
}

/// Returns the value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Returns the value of a `Set-Cookie` header.
pub(crate) fn new_cookie(name: &str, value: &str, seconds: i64, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// Returns the value of a `Set-Cookie` header that deletes a cookie.
pub(crate) fn removed_cookie(name: &str) -> String {
    new_cookie(name, "", 0, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookie(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_token_is_bound_to_its_visitor() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::open(folder.path()).unwrap();
        let first = Visitor::of(&HeaderMap::new(), &secret, Who::Nobody, false).unwrap();
        let cookies = first.new_cookie.clone().unwrap();
        let again = Visitor::of(&with_cookie(&cookies), &secret, Who::Nobody, false).unwrap();
        assert!(again.sent(&first.csrf, &secret));
        let other = Visitor::of(&HeaderMap::new(), &secret, Who::Nobody, false).unwrap();
        let other = Visitor::of(
            &with_cookie(&other.new_cookie.unwrap()),
            &secret,
            Who::Nobody,
            false,
        )
        .unwrap();
        assert!(!other.sent(&first.csrf, &secret));
    }
}
