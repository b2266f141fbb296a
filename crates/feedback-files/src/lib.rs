#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`write_file`] and [`AtomicFile`] write one file, [`AtomicFolder`] writes a folder. [`write_json`] and [`read_json`] write and read a
//! JSON file. [`sha256_of_file`], [`sha256_hex`] and [`Sha256Writer`] compute hashes.

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
