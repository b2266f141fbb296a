//! Whoever is at the other end of a request.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use feedback_files::to_hex;

use super::keys::Key;
use super::role::Role;
use super::secret::{Secret, random};
use crate::error::Result;

/// The cookie that a form's token is bound to.
pub(crate) const VISITOR_COOKIE: &str = "feedback_visitor";
/// The cookie that stands for a key.
pub(crate) const LOGIN_COOKIE: &str = "feedback_login";

/// Whoever is at the other end of a request.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    id: String,
    /// What forms of this visitor must carry.
    pub(crate) csrf: String,
    /// Who it is.
    pub(crate) who: Who,
    /// The cookie to be set, where the visitor came without one.
    pub(crate) new_cookie: Option<String>,
}

/// Who a visitor is, as far as the server knows.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// The server has no keys: everybody who reaches it may do everything.
    Anybody,
    /// Gave a key, with the request or to log in.
    Key {
        key: Arc<Key>,
        /// Whether a browser logged in, so that the pages show a way to log out.
        logged_in: bool,
    },
    /// Gave no key, or none that is accepted.
    Nobody,
}

impl Who {
    /// The name in audit logs.
    pub(crate) fn actor(&self) -> &str {
        match self {
            Self::Anybody => "local",
            Self::Key { key, .. } => &key.name,
            Self::Nobody => "nobody",
        }
    }

    /// Whether this one may do what needs a role, in this part of the server.
    pub(crate) fn may(&self, role: Role, area: &str) -> bool {
        match self {
            Self::Anybody => true,
            Self::Key { key, .. } => key.role >= role && key.covers(area),
            Self::Nobody => false,
        }
    }

    /// Whether a browser logged in.
    pub(crate) fn is_logged_in(&self) -> bool {
        matches!(self, Self::Key { logged_in: true, .. })
    }
}

impl Visitor {
    /// Knows a visitor by the cookie, or meets a new one. `is_secure` if the browser speaks TLS.
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

    /// Whether a form carries this visitor's token.
    pub(crate) fn sent(&self, token: &str, secret: &Secret) -> bool {
        self.new_cookie.is_none() && secret.verifies("csrf", &self.id, token)
    }
}

/// The value of a cookie.
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

/// A cookie of this server, as the header sets it.
pub(crate) fn new_cookie(name: &str, value: &str, seconds: i64, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// What makes a browser forget a cookie.
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
