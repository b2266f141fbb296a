//! API keys, kept as hashes.

use std::path::Path;

use feedback_files::sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::error::{Error, Result};

/// The shortest key that is taken, in characters.
const MIN_LENGTH: usize = 16;

/// The keys that open the server. Only their SHA-256 is held; keys are long and random, so no slow hash is needed.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    hashes: Vec<[u8; 32]>,
}

impl ApiKeys {
    /// Reads a file with a key on each line: the key itself, or `sha256:` and the 64 hex digits of its hash. Blank
    /// lines and those that begin with `#` are skipped.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] naming the line, or that there is no key at all, or no file.
    pub fn from_file(path: &Path) -> Result<Self> {
        let problem = |reason: String| Error::KeyFile {
            path: path.to_owned(),
            reason,
        };
        let text = fs_err::read_to_string(path).map_err(|error| problem(error.to_string()))?;
        let mut hashes = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let hash = match line.strip_prefix("sha256:") {
                Some(hex) => from_hex(hex).ok_or_else(|| {
                    problem(format!(
                        "line {}: expected 64 hex digits after `sha256:`",
                        index + 1
                    ))
                })?,
                None if line.chars().count() < MIN_LENGTH => {
                    return Err(problem(format!(
                        "line {}: a key of fewer than {MIN_LENGTH} characters",
                        index + 1
                    )));
                }
                None => sha256(line),
            };
            hashes.push(hash);
        }
        if hashes.is_empty() {
            return Err(problem("it has no key".into()));
        }
        Ok(Self { hashes })
    }

    /// Whether this is one of the keys. Takes the same time whichever it is, and whether it is one.
    pub fn accepts(&self, key: &str) -> bool {
        let given = sha256(key);
        let found = self
            .hashes
            .iter()
            .fold(Choice::from(0), |found, hash| found | hash.ct_eq(&given));
        found.into()
    }
}

fn from_hex(hex: &str) -> Option<[u8; 32]> {
    feedback_files::from_hex(hex)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<ApiKeys> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        fs_err::write(&path, text).unwrap();
        ApiKeys::from_file(&path)
    }

    #[test]
    fn keys_and_hashes_are_accepted_and_nothing_else() {
        let text = "# ours\n\ncorrect-horse-battery\n";
        let keys = file(text).unwrap();
        assert!(keys.accepts("correct-horse-battery"));
        assert!(!keys.accepts("correct-horse-batterz"));
        assert!(!keys.accepts(""));
        let hashed = sha256("another-long-key-here");
        let text: String = hashed.iter().map(|byte| format!("{byte:02X}")).collect();
        assert!(
            file(&format!("sha256:{text}"))
                .unwrap()
                .accepts("another-long-key-here")
        );
    }

    #[test]
    fn short_keys_and_empty_files_are_refused_by_line() {
        let error = file("# a\nshort\n").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(file("# nothing\n").is_err());
        assert!(file("sha256:12").is_err());
    }
}
