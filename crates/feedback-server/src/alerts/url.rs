//! The addresses of alert receivers.

use std::str::FromStr;

use axum::http::Uri;

use crate::error::Error;

/// The address of an alert receiver: `http`, or `https` with the feature `tls`. Anyone who knows the address can post to it, so
/// neither `Debug` output nor logs contain it.
///
/// ```
/// use feedback_server::AlertUrl;
///
/// let url: AlertUrl = "http://127.0.0.1:9000/services/T0/B0/X0".parse()?;
/// assert_eq!(format!("{url:?}"), "AlertUrl(..)");
/// assert!("file:///etc/passwd".parse::<AlertUrl>().is_err());
/// # Ok::<(), feedback_server::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AlertUrl(String);

impl AlertUrl {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AlertUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AlertUrl(..)")
    }
}

impl FromStr for AlertUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |why: &str| Error::Invalid(format!("the address of an alert receiver {why}"));
        let no_web_address = || refused("must start with `http://` or `https://`");
        let uri: Uri = text.parse().map_err(|_| no_web_address())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(no_web_address());
        }
        if uri.scheme_str() == Some("https") && !cfg!(feature = "tls") {
            return Err(refused(
                "begins with `https://`, which needs a build with the feature `tls`",
            ));
        }
        match uri.authority() {
            Some(authority) if authority.as_str().contains('@') => {
                Err(refused("must not contain a user name or password"))
            }
            Some(authority) if !authority.host().is_empty() => Ok(Self(text.to_owned())),
            _ => Err(refused("has no host")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_addresses_are_accepted() {
        for good in [
            "http://127.0.0.1:9000/x",
            "http://example.org/hooks?a=b",
            "HTTP://[::1]/",
        ] {
            assert!(good.parse::<AlertUrl>().is_ok(), "{good}");
        }
        let secure = "https://hooks.example.org/a".parse::<AlertUrl>();
        assert_eq!(secure.is_ok(), cfg!(feature = "tls"));
        for bad in [
            "",
            "example.org",
            "/hooks",
            "ftp://example.org",
            "file:///etc",
            "http://",
            "http://a:b@c/",
            "http://a b/",
        ] {
            let error = bad.parse::<AlertUrl>().unwrap_err().to_string();
            assert!(!error.contains("a:b"), "{error}");
        }
    }
}
