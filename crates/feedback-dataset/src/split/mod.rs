//! Divides rows into train, validation and test.
//!
//! [`split`] stratifies by class and keeps groups, such as duplicates, together; [`split_dataset`] does this for a
//! [`Dataset`](crate::Dataset). [`time_split`] divides by time. [`multi_label_split`] divides rows that have several labels,
//! by [`iterative_stratification`], which also divides them into any number of parts.

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
pub use multi_label::{iterative_stratification, multi_label_split};
pub use options::SplitOptions;
pub use size::{ParseSplitSizeError, SplitSize};
pub use stratified::{split, split_dataset};
pub use time::{TimeSplit, time_split};
