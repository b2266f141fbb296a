//! Duplicate texts: equal, equal after normalising, or nearly equal.

mod candidates;
mod exact;
mod minhash;
pub(crate) mod near;

pub use exact::{DuplicateKind, DuplicateSummary, duplicate_groups};
pub use near::{NearOptions, group_near_duplicates};
