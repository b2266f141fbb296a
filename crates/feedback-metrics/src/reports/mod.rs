//! Reports: everything there is to say of predictions on labelled rows, or of several models side by side.
//!
//! [`EvaluationReport::measure`] takes labels, probabilities and texts, and computes every figure; serialised
//! it is the JSON form. [`ComparisonPage`] is filled by whoever compares. Both become a
//! [`crate::document::Document`], which is written as text, Markdown, CSV and one HTML file; [`files`] has all.
//!
//! ```
//! use feedback_metrics::Probabilities;
//! use feedback_metrics::reports::{EvaluationReport, ReportInput};
//!
//! let names = ["bug", "praise"].map(String::from);
//! let texts = ["it crashes", "love it", "crashes again", "nice"].map(String::from);
//! let probabilities = Probabilities::new(vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.7, 0.3], 2)?;
//! let mut input = ReportInput::new("my model", &names, &[0, 1, 0, 1], &probabilities);
//! input.texts = &texts;
//! let report = EvaluationReport::measure(&input)?;
//!
//! assert_eq!((report.n, report.accuracy.value), (4, 0.75));
//! assert_eq!(report.worst_errors[0].text, "nice");
//! assert!(report.document().to_html().contains("<svg"));
//! # Ok::<(), feedback_metrics::Error>(())
//! ```

mod comparison;
mod curves;
mod evaluation;
mod evaluation_document;
mod slices;
mod worst_errors;

use serde::Serialize;

pub use comparison::{ComparedModel, ComparedPair, ComparisonPage, GateLine};
pub use curves::{CurvePoint, LearningCurves};
pub use evaluation::{Abstaining, CalibrationFigures, EvaluationReport, ReportInput, SliceTable};
pub use slices::{MAX_SLICES, SliceKeys};
pub use worst_errors::{MAX_ERRORS, WorstError};

use crate::display_text::percent;
use crate::document::{Document, Fact};
use crate::statistics::Interval;

/// A figure with the range it may as well have had.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure on the rows.
    pub value: f64,
    /// Its interval; absent where the rows allow none.
    pub interval: Option<Interval>,
}

impl Estimate {
    fn fact(&self, name: &str) -> Fact {
        let fact = Fact::new(name, percent(self.value));
        match self.interval {
            Some(interval) => fact.with_note(interval_words(interval)),
            None => fact,
        }
    }
}

/// `95 % interval 76.0 % to 84.4 %`.
fn interval_words(interval: Interval) -> String {
    let confidence = (100.0 * interval.confidence).round();
    format!(
        "{confidence} % interval {} to {}",
        percent(interval.low),
        percent(interval.high)
    )
}

/// The files of a report by name: `report.json`, `report.html`, `report.md`, `report.txt`, and a `.csv` for
/// each table.
///
/// # Errors
///
/// Where `report` cannot be serialised, which those of this module always can.
pub fn files(report: &impl Serialize, document: &Document) -> serde_json::Result<Vec<(String, String)>> {
    let mut files = vec![
        (
            "report.json".to_owned(),
            serde_json::to_string_pretty(report)? + "\n",
        ),
        ("report.html".to_owned(), document.to_html()),
        ("report.md".to_owned(), document.to_markdown()),
        ("report.txt".to_owned(), document.to_text()),
    ];
    files.extend(
        document
            .tables()
            .map(|table| (format!("{}.csv", table.name), table.to_csv())),
    );
    Ok(files)
}
