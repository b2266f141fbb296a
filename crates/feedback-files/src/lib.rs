//! Files and folders that are complete or absent, with their hashes.
//!
//! [`write_file`] and [`AtomicFile`] write one file, [`AtomicFolder`] a whole folder: beside its place first, synced, then
//! renamed, and the parent folder is synced as well. After a crash or a power cut the old content is there or the new one,
//! never a part of it. [`read_json`] and [`write_json`] do the same for whole JSON files, and [`sha256_of_file`],
//! [`sha256_hex`] and [`Sha256Writer`] hash what was written. Every [`Error`] names the path and what was to be done.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use feedback_files::{AtomicFolder, JsonLayout, read_json, sha256_of_file, write_json};
//!
//! let place = tempfile::tempdir()?;
//! let target = place.path().join("model");
//!
//! let folder = AtomicFolder::create(&target)?;
//! let counts = BTreeMap::from([("bug".to_owned(), 3)]);
//! write_json(folder.path().join("counts.json"), &counts, JsonLayout::Pretty)?;
//! assert!(!target.exists());
//! folder.commit()?;
//!
//! let path = target.join("counts.json");
//! assert_eq!(read_json::<BTreeMap<String, u32>>(&path)?, counts);
//! assert_eq!(fs_err::read_to_string(&path)?, "{\n  \"bug\": 3\n}");
//! assert!(sha256_of_file(&path)?.starts_with("aa799774"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![expect(
    clippy::disallowed_methods,
    reason = "every error of this crate names the path; that of fs-err would name it twice"
)]

mod atomic_file;
mod atomic_folder;
mod error;
mod hash;
mod hex;
mod json;
mod location;
mod permissions;
mod sync;

pub use atomic_file::{AtomicFile, is_stream, move_into_place, write_bytes, write_file};
pub use atomic_folder::{AtomicFolder, previous_path, remove_folder};
pub use error::{Action, Error, Result};
pub use hash::{Sha256Writer, sha256, sha256_hex, sha256_of_file};
pub use hex::{from_hex, to_hex};
pub use json::{JsonLayout, read_json, write_json};
pub use location::is_leftover;
pub use permissions::{make_private, make_readable};
pub use sync::sync_file;
