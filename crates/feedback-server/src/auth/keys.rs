//! API keys: who they stand for, what they may do, and until when. Kept as hashes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use feedback_files::{sha256, to_hex};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::role::{AREAS, Role};
use crate::clock::{DAY_MS, locked, now_ms, parse};
use crate::error::{Error, Result};

/// The shortest key that is taken, in characters.
const MIN_LENGTH: usize = 16;

/// A key. Only its SHA-256 is held; keys are long and random, so no slow hash is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    hash: [u8; 32],
    /// Whom it stands for: a person or a program.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The parts of the server that it is limited to; `None` for all.
    scopes: Option<Vec<String>>,
    /// From when it is not accepted any more, in milliseconds since 1970.
    expires: Option<i64>,
    /// When the running server first saw it, in milliseconds since 1970; 0 if it was there at the start.
    added: i64,
}

impl Key {
    /// The hash, by which a session finds its key again.
    pub(crate) fn id(&self) -> String {
        to_hex(&self.hash)
    }

    /// Whether it may be used in this part of the server. What is in none of the parts, such as the login, is open to all.
    pub(crate) fn covers(&self, area: &str) -> bool {
        let is_in_scope = |scopes: &Vec<String>| scopes.iter().any(|scope| scope == area);
        !AREAS.contains(&area) || self.scopes.as_ref().is_none_or(is_in_scope)
    }

    fn is_current(&self, now: i64) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// The keys that open the server. The file is read again once it changes, so that a key is revoked by removing its line.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    path: PathBuf,
    read: Arc<Mutex<Read>>,
}

#[derive(Debug)]
struct Read {
    keys: Arc<Vec<Arc<Key>>>,
    /// Time and size of the file when it was read.
    version: Option<(SystemTime, u64)>,
}

impl ApiKeys {
    /// Reads a file with a key on each line: the key itself, or `sha256:` and the 64 hex digits of its hash. Blank
    /// lines and those that begin with `#` are skipped.
    ///
    /// After a key may stand, in any order: `name=anna` (default: the number of the line), `role=read`, `label` or `admin` (the
    /// default), `expires=2027-01-31` (the last day), and `scopes=classify,history` (default: everything).
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] naming the line, or that there is no key at all, or no file.
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

    /// The keys as they are now in the file.
    fn keys(&self) -> Arc<Vec<Arc<Key>>> {
        let found = version(&self.path);
        let mut last = locked(&self.read);
        if found != last.version {
            last.version = found;
            let keys = read_again(&self.path, &last.keys, now_ms());
            tracing::info!(keys = keys.len(), "the file of API keys was read again");
            last.keys = Arc::new(keys);
        }
        Arc::clone(&last.keys)
    }

    /// Whether this is one of the keys, and has not expired. Takes the same time whichever it is, and whether it is one.
    pub fn accepts(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// The key that was given. Takes the same time whichever it is, and whether it is one.
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

    /// The key with this id, if it is still in the file and has not expired, for a session that began then. One that began before
    /// the key was removed and added again is not continued.
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
        return Err(problem("it has no key".into()));
    }
    Ok(keys)
}

/// The keys of a file that changed while the server runs. A line that cannot be used opens nothing, and neither does a file that is
/// gone: whoever removed a key must be sure that it is revoked.
fn read_again(path: &Path, before: &[Arc<Key>], now: i64) -> Vec<Arc<Key>> {
    let text = fs_err::read_to_string(path).unwrap_or_else(|error| {
        tracing::error!(%error, "the file of API keys is gone; no key is accepted");
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
                keys.push(Arc::new(key));
            }
            Err(reason) => tracing::error!(
                line = number,
                reason,
                "a line of the file of API keys is not accepted"
            ),
        }
    }
    keys.retain(|key| !doubtful.contains(&key.hash));
    keys
}

/// Editors on Windows begin a file with a byte order mark.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn parse_line(line: &str, number: usize) -> std::result::Result<Key, String> {
    let mut words = line.split_whitespace();
    let secret = words.next().unwrap_or_default();
    let hash = match secret.strip_prefix("sha256:") {
        Some(hex) => from_hex(hex).ok_or("expected 64 hex digits after `sha256:`")?,
        None if secret.chars().count() < MIN_LENGTH => {
            return Err(format!("a key of fewer than {MIN_LENGTH} characters"));
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
                key.role = role.ok_or_else(|| format!("the role `{value}` is none of read, label, admin"))?;
            }
            "expires" => {
                let last_day = parse(value).filter(|_| value.len() == 10);
                let last_day = last_day.ok_or_else(|| format!("`{value}` is no date such as 2027-01-31"))?;
                key.expires = Some(last_day + DAY_MS);
            }
            "scopes" => {
                let scopes: Vec<String> = value.split(',').map(str::to_owned).collect();
                if let Some(unknown) = scopes.iter().find(|scope| !AREAS.contains(&scope.as_str())) {
                    return Err(format!("the scope `{unknown}` is none of {}", AREAS.join(", ")));
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
        // The keys are read again if the file changes; kept, so that it does not disappear.
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
    fn a_key_has_a_name_a_role_scopes_and_a_last_day() {
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
        assert_eq!(keys.by_id(&id, began), None, "its old sessions were not");
        assert!(keys.by_id(&id, now_ms()).is_some());
        fs_err::write(&path, "short\nthe-third-long-key-12\n").unwrap();
        assert!(
            keys.accepts("the-third-long-key-12") && !keys.accepts("the-first-long-key-1"),
            "a broken line closes no other, and opens nothing"
        );
        let twice = "\u{feff}the-fourth-long-key1\nthe-third-long-key-12 role=read\nthe-third-long-key-12\n";
        fs_err::write(&path, twice).unwrap();
        assert!(keys.accepts("the-fourth-long-key1") && !keys.accepts("the-third-long-key-12"));
        fs_err::remove_file(&path).unwrap();
        assert!(!keys.accepts("the-third-long-key-12"));
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_line() {
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
