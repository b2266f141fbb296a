//! API keys, with their owners, roles, scopes and expiry dates. Only the hashes of the keys are kept.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use feedback_files::{sha256, to_hex};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::role::{AREAS, Role};
use crate::clock::{DAY_MS, locked, now_ms, parse};
use crate::error::{Error, Result};

/// Minimum length of a key, in characters.
const MIN_LENGTH: usize = 16;

/// A key. Only its SHA-256 is kept; keys are long and random, so no slow hash is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    hash: [u8; 32],
    /// The owner of the key: a person or a program.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The areas of the server that the key is limited to; `None` for all areas.
    scopes: Option<Vec<String>>,
    /// When the key expires, in milliseconds since 1970; `None` if it does not expire.
    expires: Option<i64>,
    /// When the running server first read the key, in milliseconds since 1970; 0 if the file had it at the start.
    added: i64,
}

impl Key {
    /// Returns the hash in hex. Sessions refer to keys by this id.
    pub(crate) fn id(&self) -> String {
        to_hex(&self.hash)
    }

    /// Returns whether the key may be used in this area of the server. Addresses outside all areas, such as the login, are open to
    /// all keys.
    pub(crate) fn covers(&self, area: &str) -> bool {
        let is_in_scope = |scopes: &Vec<String>| scopes.iter().any(|scope| scope == area);
        !AREAS.contains(&area) || self.scopes.as_ref().is_none_or(is_in_scope)
    }

    fn is_current(&self, now: i64) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// The accepted API keys. Their file is read again when it changes, so removing a line from it revokes a key.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    path: PathBuf,
    read: Arc<Mutex<Read>>,
}

#[derive(Debug)]
struct Read {
    keys: Arc<Vec<Arc<Key>>>,
    /// Modification time and size of the file when it was read.
    version: Option<(SystemTime, u64)>,
}

impl ApiKeys {
    /// Reads a file with a key on each line: the key itself, or `sha256:` and the 64 hex digits of its hash. Blank lines and
    /// lines that begin with `#` are skipped.
    ///
    /// Options may follow the key, in any order. `name=anna` is the owner; the default is `key` and the line number. `role` is
    /// `read`, `label` or `admin` (the default). `expires=2027-01-31` is the last day on which the key is accepted; by default
    /// the key never expires. `scopes=classify,history` lists areas; by default the key gives access to all areas.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] if a line is not valid (the message has its number), the file has no key, or it cannot be read.
    pub fn from_file(path: &Path) -> Result<Self> {
        let version = version(path);
        Ok(Self {
            path: path.to_owned(),
            read: Arc::new(Mutex::new(Read {
                keys: Arc::new(read(path)?),
                version,
            })),
        })
    }

    /// Returns the keys that are in the file now.
    fn keys(&self) -> Arc<Vec<Arc<Key>>> {
        let found = version(&self.path);
        let mut last = locked(&self.read);
        if found != last.version {
            last.version = found;
            let keys = read_again(&self.path, &last.keys, now_ms());
            tracing::info!(keys = keys.len(), "the API key file was read again");
            last.keys = Arc::new(keys);
        }
        Arc::clone(&last.keys)
    }

    /// Returns whether `key` is one of the accepted keys and has not expired. The time taken does not depend on which key matches,
    /// if any.
    pub fn accepts(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Returns the given key if it is accepted. The time taken does not depend on which key matches, if any.
    pub(crate) fn find(&self, given: &str) -> Option<Arc<Key>> {
        let given = sha256(given);
        let keys = self.keys();
        let (mut found, mut place) = (Choice::from(0), 0_u64);
        for (index, key) in (0_u64..).zip(keys.iter()) {
            let is_this = key.hash.ct_eq(&given);
            place.conditional_assign(&index, is_this);
            found |= is_this;
        }
        let key = keys.get(usize::try_from(place).ok()?)?;
        (bool::from(found) && key.is_current(now_ms())).then(|| Arc::clone(key))
    }

    /// Returns the key with this id for a session that began at `began`; `None` if the key was removed or has expired.
    /// If a key is removed and added again, sessions that began before are not continued.
    pub(crate) fn by_id(&self, id: &str, began: i64) -> Option<Arc<Key>> {
        let keys = self.keys();
        let key = keys.iter().find(|key| key.id() == id)?;
        (key.is_current(now_ms()) && key.added <= began).then(|| Arc::clone(key))
    }
}

fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let found = fs_err::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

fn read(path: &Path) -> Result<Vec<Arc<Key>>> {
    let problem = |reason: String| Error::KeyFile {
        path: path.to_owned(),
        reason,
    };
    let text = fs_err::read_to_string(path).map_err(|error| problem(error.to_string()))?;
    let mut keys: Vec<Arc<Key>> = Vec::new();
    for (number, line) in (1..).zip(without_mark(&text).lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key = parse_line(line, number).map_err(|reason| problem(format!("line {number}: {reason}")))?;
        if keys.iter().any(|other| other.hash == key.hash) {
            return Err(problem(format!("line {number}: the same key is given twice")));
        }
        if keys.iter().any(|other| other.name == key.name) {
            return Err(problem(format!(
                "line {number}: the name `{}` is given twice",
                key.name
            )));
        }
        keys.push(Arc::new(key));
    }
    if keys.is_empty() {
        return Err(problem("the file has no key".into()));
    }
    Ok(keys)
}

/// Reads the file again after it changed while the server runs. Lines that are not valid are skipped. If the file is missing, no
/// key is accepted, because an operator who removes a key must be sure that it is revoked.
fn read_again(path: &Path, before: &[Arc<Key>], now: i64) -> Vec<Arc<Key>> {
    let text = fs_err::read_to_string(path).unwrap_or_else(|error| {
        tracing::error!(%error, "cannot read the API key file; no key is accepted");
        String::new()
    });
    let mut keys: Vec<Arc<Key>> = Vec::new();
    let mut doubtful: Vec<[u8; 32]> = Vec::new();
    for (number, line) in (1..).zip(without_mark(&text).lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match parse_line(line, number) {
            Ok(mut key) => {
                let known = before.iter().find(|other| other.hash == key.hash);
                key.added = known.map_or(now, |known| known.added);
                if keys.iter().any(|other| other.hash == key.hash) {
                    tracing::error!(line = number, "the same key is given twice; neither is accepted");
                    doubtful.push(key.hash);
                }
                if let Some(other) = keys.iter().find(|other| other.name == key.name) {
                    tracing::error!(
                        line = number,
                        name = key.name,
                        "the name is given twice; neither key is accepted"
                    );
                    doubtful.extend([other.hash, key.hash]);
                }
                keys.push(Arc::new(key));
            }
            Err(reason) => tracing::error!(
                line = number,
                reason,
                "skipping an invalid line of the API key file"
            ),
        }
    }
    keys.retain(|key| !doubtful.contains(&key.hash));
    keys
}

/// Removes a byte order mark, which editors on Windows may write.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn parse_line(line: &str, number: usize) -> std::result::Result<Key, String> {
    let mut words = line.split_whitespace();
    let secret = words.next().unwrap_or_default();
    let hash = match secret.strip_prefix("sha256:") {
        Some(hex) => from_hex(hex).ok_or("expected 64 hex digits after `sha256:`")?,
        None if secret.chars().count() < MIN_LENGTH => {
            return Err(format!("the key has fewer than {MIN_LENGTH} characters"));
        }
        None => sha256(secret),
    };
    let mut key = Key {
        hash,
        name: format!("key {number}"),
        role: Role::Admin,
        scopes: None,
        expires: None,
        added: 0,
    };
    for word in words {
        let expected =
            || format!("`{word}`: expected name=…, role=…, expires=… or scopes=…; a key has no spaces");
        let (name, value) = word.split_once('=').ok_or_else(expected)?;
        match name {
            "name" if !value.is_empty() => key.name = value.to_owned(),
            "role" => {
                let role = Role::from_name(value);
                key.role =
                    role.ok_or_else(|| format!("unknown role `{value}`; expected read, label or admin"))?;
            }
            "expires" => {
                let last_day = parse(value).filter(|_| value.len() == 10);
                let last_day =
                    last_day.ok_or_else(|| format!("`{value}` is not a date such as 2027-01-31"))?;
                key.expires = Some(last_day + DAY_MS);
            }
            "scopes" => {
                let scopes: Vec<String> = value.split(',').map(str::to_owned).collect();
                if let Some(unknown) = scopes.iter().find(|scope| !AREAS.contains(&scope.as_str())) {
                    return Err(format!(
                        "unknown scope `{unknown}`; expected one of {}",
                        AREAS.join(", ")
                    ));
                }
                key.scopes = Some(scopes);
            }
            _ => return Err(expected()),
        }
    }
    Ok(key)
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
        let keys = ApiKeys::from_file(&path);
        // The folder is kept, because no key is accepted once the file is removed.
        let _ = folder.keep();
        keys
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
    fn a_key_has_a_name_a_role_scopes_and_an_expiry_date() {
        let keys = file(
            "key-of-the-program role=read scopes=classify,history name=crm\nkey-of-the-owner-1234\n\
             key-of-yesterday-123 name=old expires=2020-01-31\n",
        )
        .unwrap();
        let program = keys.find("key-of-the-program").unwrap();
        assert_eq!((program.name.as_str(), program.role), ("crm", Role::Read));
        assert!(program.covers("history") && !program.covers("models"));
        let owner = keys.find("key-of-the-owner-1234").unwrap();
        assert_eq!((owner.name.as_str(), owner.role), ("key 2", Role::Admin));
        assert!(owner.covers("models"));
        assert_eq!(keys.by_id(&owner.id(), 0).unwrap(), owner);
        assert_eq!(keys.find("key-of-yesterday-123"), None, "it has expired");
    }

    #[test]
    fn a_key_is_revoked_by_removing_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        fs_err::write(&path, "the-first-long-key-1\nthe-second-long-key\n").unwrap();
        let keys = ApiKeys::from_file(&path).unwrap();
        let id = keys.find("the-second-long-key").unwrap().id();
        let began = now_ms();
        fs_err::write(&path, "the-first-long-key-1\n").unwrap();
        assert!(keys.accepts("the-first-long-key-1") && !keys.accepts("the-second-long-key"));
        assert_eq!(keys.by_id(&id, began), None);
        std::thread::sleep(std::time::Duration::from_millis(2));
        fs_err::write(&path, "the-first-long-key-1\nthe-second-long-key\n").unwrap();
        assert!(keys.accepts("the-second-long-key"), "it was added again");
        assert_eq!(keys.by_id(&id, began), None, "its old sessions are not continued");
        assert!(keys.by_id(&id, now_ms()).is_some());
        fs_err::write(&path, "short\nthe-third-long-key-12\n").unwrap();
        assert!(
            keys.accepts("the-third-long-key-12") && !keys.accepts("the-first-long-key-1"),
            "only the line that is not valid is skipped"
        );
        let twice = "\u{feff}the-fourth-long-key1\nthe-third-long-key-12 role=read\nthe-third-long-key-12\n";
        fs_err::write(&path, twice).unwrap();
        assert!(keys.accepts("the-fourth-long-key1") && !keys.accepts("the-third-long-key-12"));
        fs_err::remove_file(&path).unwrap();
        assert!(!keys.accepts("the-third-long-key-12"));
    }

    #[test]
    fn files_that_are_not_valid_are_refused_with_the_line() {
        for (text, part) in [
            ("# a\nshort\n", "line 2"),
            ("# nothing\n", "no key"),
            ("sha256:12", "64 hex digits"),
            ("a-key-of-enough-length role=boss", "`boss`"),
            ("a-key-of-enough-length expires=soon", "`soon`"),
            ("a-key-of-enough-length scopes=all", "`all`"),
            ("a-key-of-enough-length and more", "`and`"),
            (
                "a-key-of-enough-length name=a\nb-key-of-enough-length name=a",
                "line 2",
            ),
        ] {
            let error = file(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
