//! Replacements for personal data.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::path::Path;

use feedback_text::personal_data::{PersonalKind, mask_personal_data, replace_personal_data};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::KeyError;

/// A key with fewer bytes could be found by trying.
const MIN_KEY_BYTES: usize = 16;
/// Number of hex digits of a pseudonym. With eight digits, the probability of any collision among 10,000 different values is about 1 %.
const PSEUDONYM_DIGITS: usize = 8;

/// How personal data are replaced: by `[email]`, `[phone]`, `[card]` and `[iban]` or, with a key, by pseudonyms such as
/// `[email:5f1c09ab]`.
#[derive(Debug, Clone, Default)]
pub struct Masking {
    key: Option<PseudonymKey>,
}

/// A secret from which pseudonyms are computed. The same key and value always give the same pseudonym; without the key, a pseudonym
/// cannot be traced back to a value.
#[derive(Clone)]
pub struct PseudonymKey(Vec<u8>);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(…)")
    }
}

impl PseudonymKey {
    /// Reads a key from a file: its bytes without white space at both ends.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`], or [`KeyError::Short`] if the key has fewer than 16 bytes.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let bytes = fs_err::read(path)?;
        let key = bytes.trim_ascii();
        if key.len() < MIN_KEY_BYTES {
            return Err(KeyError::Short {
                path: path.to_owned(),
                found: key.len(),
                min: MIN_KEY_BYTES,
            });
        }
        Ok(Self(key.to_vec()))
    }

    /// Returns the pseudonym of a value: the first hex digits of its HMAC-SHA256.
    fn pseudonym(&self, kind: PersonalKind, value: &str) -> String {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => unreachable!("HMAC accepts keys of any length"),
        };
        mac.update(kind.mask().as_bytes());
        mac.update(canonical(kind, value).as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut digits = String::with_capacity(PSEUDONYM_DIGITS);
        for byte in digest.iter().take(PSEUDONYM_DIGITS / 2) {
            let _ = write!(digits, "{byte:02x}"); // writing to a string cannot fail
        }
        digits
    }
}

/// Returns the form that all spellings of a value share: letters in lower case and, except in e-mail addresses, no separators; `00`
/// before a phone number becomes `+`.
fn canonical(kind: PersonalKind, value: &str) -> String {
    let value = value.to_lowercase();
    if kind == PersonalKind::Email {
        return value;
    }
    let plain: String = value
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '+')
        .collect();
    match (kind, plain.strip_prefix("00")) {
        (PersonalKind::Phone, Some(rest)) => format!("+{rest}"),
        _ => plain,
    }
}

impl Masking {
    /// Replaces personal data by pseudonyms.
    #[must_use]
    pub fn with_pseudonyms(key: PseudonymKey) -> Self {
        Self { key: Some(key) }
    }

    /// Returns the text with all personal data replaced.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(key) = &self.key else {
            return mask_personal_data(text);
        };
        replace_personal_data(text, |kind, value| {
            let name = kind.mask().trim_end_matches(']');
            format!("{name}:{}]", key.pseudonym(kind, value))
        })
    }
}
