//! Signatures of incoming and outgoing webhooks, as specified by Standard Webhooks 1.0.
//!
//! A signature is `v1,` followed by the base64 of the HMAC-SHA256 of `<id>.<timestamp>.<body>`. There are libraries for most
//! languages, and `openssl` can compute it on the command line.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::error::{Error, Result};

/// The address of webhooks. It needs no key if there is a webhook secret: the signature proves who sent the request.
pub(crate) const PATH: &str = "/api/v1/webhooks/feedback";
/// Minimum length of a secret, in bytes, as the specification requires.
const MIN_LENGTH: usize = 24;
/// Maximum number of signatures of a message that are checked. Senders send two while they change their secret.
const MAX_SIGNATURES: usize = 8;

/// The secrets that this server shares with the senders of webhooks and the receivers of alerts.
///
/// ```
/// use feedback_server::WebhookSecrets;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("webhook-secret");
/// std::fs::write(&path, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")?;
/// let secrets = WebhookSecrets::from_file(&path)?;
/// let signature = secrets.sign("msg_1", 1_614_265_330, b"{}");
/// assert!(secrets.verifies("msg_1", 1_614_265_330, b"{}", &signature));
/// assert!(!secrets.verifies("msg_1", 1_614_265_331, b"{}", &signature));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WebhookSecrets {
    secrets: Vec<Vec<u8>>,
}

impl std::fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecrets(..)")
    }
}

impl WebhookSecrets {
    /// Reads a file with a secret on each line: `whsec_` and the base64 of at least 24 bytes, or at least 24 bytes of text, which
    /// are used unchanged. Incoming webhooks may be signed with any of the secrets; alerts are signed with the first one. Blank
    /// lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    ///
    /// [`Error::SecretFile`] if a line is not valid (the message has its number), the file has no secret, or it cannot be read.
    pub fn from_file(path: &Path) -> Result<Self> {
        let problem = |reason: String| Error::SecretFile {
            path: path.to_owned(),
            reason,
        };
        let text = fs_err::read_to_string(path).map_err(|error| problem(error.to_string()))?;
        let mut secrets = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = index + 1;
            let secret = match line.strip_prefix("whsec_") {
                Some(encoded) => STANDARD
                    .decode(encoded)
                    .map_err(|_| problem(format!("line {place}: expected base64 after `whsec_`")))?,
                None => line.as_bytes().to_vec(),
            };
            if secret.len() < MIN_LENGTH {
                return Err(problem(format!(
                    "line {place}: the secret has fewer than {MIN_LENGTH} bytes"
                )));
            }
            secrets.push(secret);
        }
        if secrets.is_empty() {
            return Err(problem("the file has no secret".into()));
        }
        Ok(Self { secrets })
    }

    /// Signs a message with the first secret. Returns the value for the header `webhook-signature`.
    ///
    /// `timestamp` is in seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let secret = self.secrets.first().map_or(&[][..], Vec::as_slice);
        let mac = mac(secret, id, timestamp, body);
        format!("v1,{}", STANDARD.encode(mac))
    }

    /// Returns whether one of the space-separated `signatures` matches the message and one of the secrets. The time taken does not
    /// depend on which signature matches, if any.
    pub fn verifies(&self, id: &str, timestamp: i64, body: &[u8], signatures: &str) -> bool {
        let given: Vec<Vec<u8>> = signatures
            .split(' ')
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
            .take(MAX_SIGNATURES)
            .collect();
        let mut found = Choice::from(0);
        for secret in &self.secrets {
            let expected = mac(secret, id, timestamp, body);
            for signature in &given {
                found |= expected.ct_eq(signature.as_slice());
            }
        }
        found.into()
    }
}

fn mac(secret: &[u8], id: &str, timestamp: i64, body: &[u8]) -> [u8; 32] {
    let mut mac = match Hmac::<Sha256>::new_from_slice(secret) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<WebhookSecrets> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs_err::write(&path, text).unwrap();
        WebhookSecrets::from_file(&path)
    }

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const PLAIN: &str = "a plain secret of enough length";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    /// Computed with Python: `hmac.new(base64.b64decode(secret), b"msg_p5j.1614265330." + body, "sha256")`.
    #[test]
    fn signatures_match_another_implementation() {
        let signature = file(SECRET).unwrap().sign("msg_p5j", 1_614_265_330, BODY);
        assert_eq!(signature, "v1,fh9Bmd6TRV2pBw8Y9JlyeuTQnNqv5bSyVLMYXZXidsc=");
        let signature = file(PLAIN).unwrap().sign("msg_p5j", 1_614_265_330, BODY);
        assert_eq!(signature, "v1,iPP9yuy5Lgv8Y09K9RZrhuR9bxMImqza/V+IdXEBIxM=");
    }

    #[test]
    fn one_matching_signature_with_one_of_the_secrets_is_required() {
        let old = file(SECRET).unwrap();
        let both = file(&format!("# new\n{PLAIN}\n# old\n{SECRET}\n")).unwrap();
        let signature = old.sign("m", 5, BODY);
        assert!(both.verifies("m", 5, BODY, &signature));
        assert!(both.verifies("m", 5, BODY, &format!("v1a,AAAA v1,AAAA {signature}")));
        assert_eq!(both.sign("m", 5, BODY), file(PLAIN).unwrap().sign("m", 5, BODY));
        assert!(!both.verifies("n", 5, BODY, &signature));
        assert!(!both.verifies("m", 6, BODY, &signature));
        assert!(!both.verifies("m", 5, b"{}", &signature));
        for wrong in ["", "v1,", "v1,AAAA", "v2,", &signature[..20], &signature[3..]] {
            assert!(!both.verifies("m", 5, BODY, wrong), "{wrong}");
        }
    }

    #[test]
    fn weak_secrets_are_refused_with_the_line() {
        let error = file("# a\nshort\n").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(file("whsec_AAAA").is_err());
        assert!(file("whsec_not base64 at all, whatever its length").is_err());
        assert!(file("# nothing\n").is_err());
    }
}
