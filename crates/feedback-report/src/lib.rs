#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! - [`Input`] holds the texts and what is known about them: vectors, dates, labels, fields such as country and stars.
//! - [`Report::new`] finds themes, compares the last period with the one before, and says what moved beyond chance: [`Headline`]s with
//!   intervals, segments and quotes. [`ReportOptions`] choose periods and fields.
//! - There are two levels: themes, and groups of similar themes. If people describe the same thing in many ways, a group has all
//!   of the texts. If the [`Mix`] of themes moved but no single theme stands out, the report says so.
//! - [`Report::to_json`], [`Report::to_markdown`], [`Report::to_html`] and [`Report::to_xlsx`] render it, and [`Report::write`] writes all
//!   four files.

mod changes;
mod coverage;
mod days;
mod document;
mod error;
mod fields;
mod files;
mod headlines;
mod input;
mod levels;
mod linked;
mod measured;
mod measures;
mod mix;
mod moved;
mod notes;
mod options;
mod periods;
mod quotes;
mod report;
mod sets;
mod stories;
mod study;
mod topics;
mod words;
mod workbook;

pub use changes::{Change, Driver, SegmentChange};
pub use coverage::{Coverage, LeftOutRows};
pub use error::{Error, Result};
pub use fields::{FieldRole, FieldUse};
pub use headlines::{Headline, HeadlineKind, HeadlineSegment};
pub use input::{Input, Label, LabelSource};
pub use measured::Measured;
pub use measures::{Measure, MeasureKind};
pub use mix::Mix;
pub use notes::Note;
pub use options::{Audits, Comparison, PeriodLength, ReportOptions};
pub use quotes::Quote;
pub use report::{Method, Period, Periods, Rating, Report};
pub use sets::{Count, Level, RowSet};
pub use topics::{Impact, Topic};
