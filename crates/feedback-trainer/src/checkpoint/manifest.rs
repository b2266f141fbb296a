//! The manifest of a checkpoint: the size and hash of each file.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use feedback_files::sha256_hex;
use serde::{Deserialize, Serialize};

/// The files of a checkpoint by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

const MANIFEST: &str = "manifest.json";
const MANIFEST_HASH: &str = "manifest.sha256";
const FORMAT_VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format_version: u32,
    files: BTreeMap<String, Entry>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    size: u64,
    sha256: String,
}

impl Entry {
    fn new(bytes: &[u8]) -> Self {
        Self {
            size: bytes.len() as u64,
            sha256: sha256_hex(bytes),
        }
    }
}

/// Why a folder is not a complete checkpoint.
pub(crate) type Reason = String;

/// Writes the files with their manifest into an empty folder, and verifies them by reading them back.
///
/// # Errors
///
/// The I/O error; [`io::ErrorKind::InvalidData`] if the files that were read back differ from those written.
pub(crate) fn write(folder: &Path, files: &Files) -> io::Result<()> {
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        files: files
            .iter()
            .map(|(name, bytes)| (name.clone(), Entry::new(bytes)))
            .collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    let hash = sha256_hex(&manifest).into_bytes();
    let manifest_files = [(MANIFEST, &manifest), (MANIFEST_HASH, &hash)];
    let all = files.iter().map(|(name, bytes)| (name.as_str(), bytes));
    for (name, bytes) in all.chain(manifest_files) {
        fs_err::write(folder.join(name), bytes)?;
    }
    match read(folder) {
        Ok(found) if found == *files => Ok(()),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the files that were read back differ from those written",
        )),
        Err(reason) => Err(io::Error::new(io::ErrorKind::InvalidData, reason)),
    }
}

/// Reads all files of a checkpoint and checks each against the manifest.
///
/// # Errors
///
/// A message that says which file is missing or differs, and how.
pub(crate) fn read(folder: &Path) -> Result<Files, Reason> {
    let manifest = read_file(folder, MANIFEST)?;
    let hash = read_file(folder, MANIFEST_HASH)?;
    if hash != sha256_hex(&manifest).as_bytes() {
        return Err(format!("`{MANIFEST}` and `{MANIFEST_HASH}` do not match"));
    }
    let manifest: Manifest =
        serde_json::from_slice(&manifest).map_err(|error| format!("`{MANIFEST}`: {error}"))?;
    if manifest.format_version != FORMAT_VERSION {
        return Err(format!(
            "`{MANIFEST}`: format_version {}, expected {FORMAT_VERSION}",
            manifest.format_version
        ));
    }
    let mut files = Files::new();
    for (name, entry) in manifest.files {
        let bytes = read_file(folder, &name)?;
        let found = Entry::new(&bytes);
        if found.size != entry.size {
            return Err(format!(
                "`{name}` has {} bytes, expected {}",
                found.size, entry.size
            ));
        }
        if found != entry {
            return Err(format!("`{name}` has changed: its hash differs"));
        }
        files.insert(name, bytes);
    }
    Ok(files)
}

fn read_file(folder: &Path, name: &str) -> Result<Vec<u8>, Reason> {
    fs_err::read(folder.join(name)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("`{name}` is missing"),
        _ => error.to_string(),
    })
}
