#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`VectorFile`] keeps the vectors of one encoder. [`search`](VectorFile::search) compares a vector with all of them.
//! [`forget`](VectorFile::forget) overwrites vectors with zeros.

mod error;
mod file;
mod half;
mod record;
mod search;

pub use error::{Error, Result};
pub use file::{Condition, Entry, VectorFile};
pub use record::Key;
pub use search::{Accept, Found, Hit, Query};
