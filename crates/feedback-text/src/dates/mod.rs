//! Reads columns of dates in the forms that people and programs write, such as `05.03.2025`, `Mar 5, 2025 10:00 AM` or `45721`.
//!
//! - [`DateColumn`] reads all values of a column. Whether the day or the month comes first in dates such as `03/05/2025` is decided
//!   from the whole column, or stated.
//! - [`DateScan`] and [`DateReader`] do the same for values that are not in memory: scan them once, then read them.
//!
//! A value that cannot be read stays without a date and is counted.

mod column;
mod field_name;
mod form;
mod names;
mod order;
mod parse;

pub use column::{DateColumn, DateReader, DateScan, DateValue};
pub use field_name::{DateName, DateNameKind, is_usual_for_dates};
pub use order::{DateOrder, FoundOrder, UnknownDateOrder};
