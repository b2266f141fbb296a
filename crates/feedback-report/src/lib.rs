//! Says in words what changed in texts: compares the themes, categories and ratings of two periods, by segment, and names the
//! texts behind every number.
//!
//! - [`Input`] holds the texts and what is known about them: vectors, dates, labels, fields such as country and stars.
//! - [`Report::new`] finds themes, compares the last period with the one before, and says what moved beyond chance: [`Headline`]s with
//!   intervals, segments and quotes. [`ReportOptions`] choose periods and fields.
//! - There are two levels: themes, and groups of similar themes. If people describe the same thing in many ways, a group has all
//!   of the texts. If the [`Mix`] of themes moved but no single theme stands out, the report says so.
//! - [`Report::to_json`], [`Report::to_markdown`], [`Report::to_html`] and [`Report::to_xlsx`] render it, and [`Report::write`] writes all
//!   four files.
//!
//! The crate runs no model, reads no files and does not use the current time: periods are counted back from the last date of the
//! texts. The same input gives the same bytes.
//!
//! # Examples
//!
//! ```
//! use feedback_insight::{ThemeOptions, Themes, Vectors};
//! use feedback_report::{Input, Report, ReportOptions};
//!
//! // 200 texts in two weeks. Crashes are rare in the first; then they are frequent, on tablets only.
//! let n = 200;
//! let device: Vec<&str> = (0..n).map(|row| ["phone", "tablet"][row % 2]).collect();
//! let crash = |row: usize| row % 20 == 1 || (row >= 100 && row % 2 == 1 && row % 5 < 4);
//! let texts: Vec<String> = (0..n)
//!     .map(|row| if crash(row) { format!("the app crashes {row}") } else { format!("nice colours {row}") })
//!     .collect();
//! let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
//! // An encoder gives vectors of a few hundred numbers; these have two.
//! let noise = |row: usize| (37 * row % 100) as f32 / 1e4;
//! let values: Vec<f32> = (0..n).flat_map(|row| if crash(row) { [1.0, noise(row)] } else { [noise(row), 1.0] }).collect();
//! let vectors = Vectors::new(2, &values)?;
//! let dates: Vec<Option<i64>> = (0..n as i64).map(|row| Some(14 * row / 200 * 86_400_000_000)).collect();
//!
//! let input = Input::new(&texts, &vectors)?.with_dates(&dates)?.with_field("Device", &device)?;
//! // `Report::new` finds the themes of real texts; here, two coarse ones are enough.
//! let themes = Themes::fit(&vectors, &ThemeOptions::default().with_resolution(0.1))?;
//! let report = Report::from_themes(&input, &themes, &ReportOptions::default())?;
//! let is_about = |text: &str| text.starts_with("Texts about “app crashes” rose from 5 % to 4");
//! let headline = report.headlines.iter().find(|headline| is_about(&headline.text)).ok_or("no headline")?;
//! assert!(headline.text.contains("most of it in Device tablet"), "{}", headline.text);
//! assert!(report.to_markdown().lines().take(10).any(|line| line.contains("app crashes")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod changes;
mod coverage;
mod document;
mod error;
mod fields;
mod files;
mod headlines;
mod input;
mod levels;
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
pub use mix::Mix;
pub use notes::Note;
pub use options::{Comparison, PeriodLength, ReportOptions};
pub use quotes::Quote;
pub use report::{Method, Period, Periods, Rating, Report};
pub use sets::{Count, Level, RowSet};
pub use topics::{Impact, Topic};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
