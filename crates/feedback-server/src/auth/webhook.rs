//! Signatures of webhooks, those that come and those that go, as in the specification of Standard Webhooks 1.0.
//!
//! What is signed is `<id>.<timestamp>.<body>`, by HMAC-SHA256; the signature is `v1,` and its base64. Libraries for it
//! exist in most languages, and a line of `openssl` does it as well.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::error::{Error, Result};

/// The address of webhooks. It needs no key if there is a secret: the signature proves who sends.
pub(crate) const PATH: &str = "/api/v1/webhooks/feedback";
/// The shortest secret that is taken, in bytes, which is what the specification asks for.
const MIN_LENGTH: usize = 24;
/// Most signatures of one message that are looked at. Senders give two while they change their secret.
const MAX_SIGNATURES: usize = 8;

/// The secrets that this server shares with those who send it webhooks, and with those who get its alerts.
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
    /// Reads a file with a secret on each line: `whsec_` and the base64 of its bytes, or at least 24 characters that are
    /// taken as they are. What comes may be signed with any of them; what goes is signed with the first. Blank lines and
    /// those that begin with `#` are skipped.
    ///
    /// # Errors
    ///
    /// [`Error::SecretFile`] naming the line, or that there is no secret at all, or no file.
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
                    "line {place}: a secret of fewer than {MIN_LENGTH} bytes"
                )));
            }
            secrets.push(secret);
        }
        if secrets.is_empty() {
            return Err(problem("it has no secret".into()));
        }
        Ok(Self { secrets })
    }

    /// The signature of a message with the first secret, as it stands in the header `webhook-signature`.
    ///
    /// `timestamp` is in seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let secret = self.secrets.first().map_or(&[][..], Vec::as_slice);
        let mac = mac(secret, id, timestamp, body);
        format!("v1,{}", STANDARD.encode(mac))
    }

    /// Whether one of `signatures`, which spaces divide, is that of the message with one of the secrets. Takes the same
    /// time whichever it is, and whether one is.
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

    /// By Python's `hmac.new(base64.b64decode(secret), b"msg_p5j.1614265330." + body, "sha256")`.
    #[test]
    fn signatures_are_those_of_another_implementation() {
        let signature = file(SECRET).unwrap().sign("msg_p5j", 1_614_265_330, BODY);
        assert_eq!(signature, "v1,fh9Bmd6TRV2pBw8Y9JlyeuTQnNqv5bSyVLMYXZXidsc=");
        let signature = file(PLAIN).unwrap().sign("msg_p5j", 1_614_265_330, BODY);
        assert_eq!(signature, "v1,iPP9yuy5Lgv8Y09K9RZrhuR9bxMImqza/V+IdXEBIxM=");
    }

    #[test]
    fn any_secret_and_any_signature_will_do_and_nothing_else() {
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
    fn weak_secrets_are_refused_by_line() {
        let error = file("# a\nshort\n").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(file("whsec_AAAA").is_err());
        assert!(file("whsec_not base64 at all, whatever its length").is_err());
        assert!(file("# nothing\n").is_err());
    }
}
