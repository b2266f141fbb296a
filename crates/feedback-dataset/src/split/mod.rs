//! Divides rows into train, validation and test.
//!
//! [`split`] stratifies by class and keeps groups, such as duplicates, together; [`split_dataset`] does this for a
//! [`Dataset`](crate::Dataset). [`time_split`] divides by time, and
//! [`iterative_stratification`] divides rows that have several labels.

mod indices;
mod multi_label;
mod options;
mod pool;
pub(crate) mod shares;
mod size;
mod stratified;
mod time;

pub use crate::error::{RareClass, SplitError};
pub use crate::shuffle::GENERATOR;
pub use indices::SplitIndices;
pub use multi_label::iterative_stratification;
pub use options::SplitOptions;
pub use size::{ParseSplitSizeError, SplitSize};
pub use stratified::{split, split_dataset};
pub use time::time_split;
