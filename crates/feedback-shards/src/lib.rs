#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`Job::open`] opens the folder, [`Job::claim`] takes a part, [`Part::commit`] ends it, and [`merge`] joins the parts.

mod claim;
mod error;
mod job;
mod lock;
mod merge;
mod run;
mod shard;

pub use claim::{Claim, Counts, Part};
pub use error::{Error, Result};
pub use job::Job;
pub use merge::{Merged, merge};
pub use run::Run;
pub use shard::Shard;
