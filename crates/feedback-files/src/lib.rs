//! Writes files and folders atomically, and hashes them.
//!
//! [`write_file`] and [`AtomicFile`] write one file, [`AtomicFolder`] writes a folder. The content is first written next to its
//! final path and synced, then renamed; the parent folder is synced as well. After a crash or a power cut, either the complete
//! old content or the complete new content is there. [`write_json`] writes a JSON file in this way, and [`read_json`] reads
//! one. [`sha256_of_file`], [`sha256_hex`] and [`Sha256Writer`] compute SHA-256 hashes. Every [`Error`] names the path and says
//! what failed.
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
    reason = "every error of this crate names the path; with fs-err, it would be named twice"
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
pub use hash::{Sha256Writer, sha256, sha256_hex, sha256_of_file, sha256_of_input};
pub use hex::{from_hex, to_hex};
pub use json::{JsonLayout, read_json, write_json};
pub use location::is_leftover;
pub use permissions::{make_private, make_readable};
pub use sync::sync_file;
