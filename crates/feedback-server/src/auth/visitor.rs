//! Whoever is at the other end of a request.

use axum::http::{HeaderMap, header};
use feedback_files::to_hex;

use super::secret::{Secret, random};
use crate::clock::now_ms;
use crate::error::Result;

/// The cookie that a form's token is bound to.
pub(crate) const VISITOR_COOKIE: &str = "feedback_visitor";
/// The cookie that stands for a key.
pub(crate) const LOGIN_COOKIE: &str = "feedback_login";
/// How long a login lasts.
const LOGIN_MS: i64 = 12 * 3_600_000;

/// Whoever is at the other end of a request.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    id: String,
    /// What forms of this visitor must carry.
    pub(crate) csrf: String,
    /// Whether the pages show a way to log out.
    pub(crate) logged_in: bool,
    /// The cookie to be set, where the visitor came without one.
    pub(crate) new_cookie: Option<String>,
}

impl Visitor {
    /// Knows a visitor by the cookies, or meets a new one.
    pub(crate) fn of(headers: &HeaderMap, secret: &Secret) -> Result<Self> {
        let known = cookie(headers, VISITOR_COOKIE).filter(|id| id.len() == 32 && id.is_ascii());
        let (id, new_cookie) = match known {
            Some(id) => (id, None),
            None => {
                let id = to_hex(&random::<16>()?);
                let cookie =
                    format!("{VISITOR_COOKIE}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000");
                (id, Some(cookie))
            }
        };
        let logged_in = cookie(headers, LOGIN_COOKIE).is_some_and(|login| is_login(&login, secret));
        Ok(Self {
            csrf: secret.sign("csrf", &id),
            id,
            logged_in,
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

/// A cookie that opens the pages for twelve hours.
pub(crate) fn login_cookie(secret: &Secret) -> String {
    let until = (now_ms() + LOGIN_MS).to_string();
    let signature = secret.sign("login", &until);
    let seconds = LOGIN_MS / 1000;
    format!("{LOGIN_COOKIE}={until}.{signature}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// What makes a browser forget a cookie.
pub(crate) fn removed_cookie(name: &str) -> String {
    format!("{name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
}

fn is_login(value: &str, secret: &Secret) -> bool {
    let Some((until, signature)) = value.split_once('.') else {
        return false;
    };
    secret.verifies("login", until, signature) && until.parse().is_ok_and(|until: i64| now_ms() < until)
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
    fn a_login_is_known_and_a_forged_or_old_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::open(folder.path()).unwrap();
        let logged_in = |cookie: &str| Visitor::of(&with_cookie(cookie), &secret).unwrap().logged_in;
        let good = login_cookie(&secret);
        assert!(logged_in(&good));
        assert!(!logged_in(&good.replace("login=1", "login=2")));
        let old = format!("{LOGIN_COOKIE}=1000.{}", secret.sign("login", "1000"));
        assert!(!logged_in(&old));
        assert!(!logged_in("feedback_login="));
    }

    #[test]
    fn a_token_is_bound_to_its_visitor() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::open(folder.path()).unwrap();
        let first = Visitor::of(&HeaderMap::new(), &secret).unwrap();
        let cookies = first.new_cookie.clone().unwrap();
        let again = Visitor::of(&with_cookie(&cookies), &secret).unwrap();
        assert!(again.sent(&first.csrf, &secret));
        let other = Visitor::of(&HeaderMap::new(), &secret).unwrap();
        let other = Visitor::of(&with_cookie(&other.new_cookie.unwrap()), &secret).unwrap();
        assert!(!other.sent(&first.csrf, &secret));
    }
}
