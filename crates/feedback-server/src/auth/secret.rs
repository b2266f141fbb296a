//! The secret with which the server signs the tokens of its forms.

use std::io::Write;
use std::path::Path;

use feedback_files::{AtomicFile, from_hex, to_hex};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{Error, Result};

const FILE: &str = "secret";

/// 32 random bytes that are stored in the state folder, so that open forms stay valid after a restart.
#[derive(Clone)]
pub(crate) struct Secret([u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// Reads the secret from the folder, or creates one.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        if let Ok(bytes) = fs_err::read(&path)
            && let Ok(secret) = bytes.try_into()
        {
            return Ok(Self(secret));
        }
        let secret = random::<32>()?;
        let mut file = AtomicFile::create_private(&path)?;
        file.write_all(&secret)?;
        file.commit()?;
        Ok(Self(secret))
    }

    /// Returns a signature of `data` for one purpose, in hex.
    pub(crate) fn sign(&self, purpose: &str, data: &str) -> String {
        to_hex(&self.mac(purpose, data).finalize().into_bytes())
    }

    /// Returns whether `signature` is what [`Secret::sign`] returns. Compares in constant time.
    pub(crate) fn verifies(&self, purpose: &str, data: &str, signature: &str) -> bool {
        from_hex(signature).is_some_and(|bytes| self.mac(purpose, data).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, purpose: &str, data: &str) -> Hmac<Sha256> {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => unreachable!("HMAC takes keys of any length"),
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(data.as_bytes());
        mac
    }
}

/// Returns random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_stored_and_signatures_depend_on_purpose_and_data() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::open(folder.path()).unwrap();
        let signature = secret.sign("login", "a");
        let again = Secret::open(folder.path()).unwrap();
        assert!(again.verifies("login", "a", &signature));
        assert!(!again.verifies("csrf", "a", &signature));
        assert!(!again.verifies("login", "b", &signature));
        assert!(!again.verifies("login", "a", "zz"));
        assert!(!again.verifies("login", "a", ""));
    }
}
