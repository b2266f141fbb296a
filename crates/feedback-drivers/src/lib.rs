#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! A metric is a number per row, such as stars or confidence. Two further examples: 1 for rows of a category and 0 for
//! others, with the category's share as the mean; and 100, 0 or −100 for a promoter, passive or detractor, with the net
//! promoter score as the mean. A field divides the rows into segments, such as countries or versions.
//!
//! - [`find_drivers`] breaks the change of the mean of each metric down by the segments of each field. A segment's
//!   **rate effect** comes from a change within the segment, its **mix effect** from a change of the segment's size. The
//!   effects of a field add up to the change. Each has a bootstrap interval and a p-value, and those that stand out are
//!   marked, with the false discovery rate controlled over all tests together.
//! - [`composition_p_value`] tests whether the shares of classes, such as themes, differ between the periods at all.
//! - [`theme_impact`] compares a metric with and without the rows of a theme.
//! - [`cross_segments`] combines two fields, such as country and category, into one.

mod breakdown;
mod composition;
mod error;
mod find;
mod impact;
mod options;
mod permutation;
mod resampling;
mod rows;
mod segment_tests;
mod segments;

pub use breakdown::{Breakdown, Contribution, Effect};
pub use composition::composition_p_value;
pub use error::{Error, Result};
pub use find::{Drivers, find_drivers};
pub use impact::{Impact, theme_impact};
pub use options::DriverOptions;
pub use rows::{Field, Metric, Rows};
pub use segments::{Segment, cross_segments};
