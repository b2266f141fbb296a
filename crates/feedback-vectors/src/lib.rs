//! A file of sentence vectors that is appended to, searched exactly and erased from.
//!
//! [`VectorFile`] keeps the vectors of one encoder as 16-bit floats, each with the id and a hash of its text.
//! [`search`](VectorFile::search) compares a vector with all of them, on several threads; a million vectors of 384 numbers take about a
//! sixth of a second on two cores. [`forget`](VectorFile::forget) overwrites vectors with zeros.
//!
//! The file has a checksum for each vector. What was half written when a process was killed is found when the file is opened, and removed.
//! The same vectors give the same results on every processor, with any number of threads.
//!
//! The crate knows neither texts nor models: the caller computes the vectors and the hashes.
//!
//! # Examples
//!
//! ```
//! use feedback_vectors::{Entry, Query, VectorFile};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("vectors.f16");
//! let mut file = VectorFile::create(&path, "encoder 1", 2)?;
//! let entry = |id, key, vector| Entry { id, key: [key; 16], vector };
//! file.append(&[entry(7, 1, &[1.0, 0.0]), entry(8, 2, &[0.0, 2.0]), entry(9, 3, &[3.0, 4.0])])?;
//!
//! let query = Query { vector: &[1.0, 1.0], k: 2, min_similarity: 0.7, accept: None, threads: 2 };
//! let found = file.search(&query)?;
//! assert_eq!((found.count, found.hits[0].id, found.hits[1].id), (3, 9, 7));
//!
//! assert_eq!(file.forget(&[9])?, 1);
//! assert_eq!(file.search(&query)?.hits[0].id, 7);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod file;
mod half;
mod record;
mod search;

pub use error::{Error, Result};
pub use file::{Condition, Entry, VectorFile};
pub use record::Key;
pub use search::{Accept, Found, Hit, Query};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
