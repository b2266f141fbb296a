//! Reports on the predictions of one model on labelled rows, or on the comparison of several models.
//!
//! [`EvaluationReport::new`] adds a verdict, slices, the worst errors and learning curves to the figures of an
//! [`crate::evaluation::Evaluation`]. [`ComparisonPage`] shows several models. Both can be turned into a
//! [`crate::document::Document`], and [`files`] writes a document as HTML, Markdown, text and CSV and adds the report
//! as JSON.
//!
//! ```
//! use feedback_metrics::Probabilities;
//! use feedback_metrics::evaluation::{Evaluation, EvaluationInput};
//! use feedback_metrics::reports::{EvaluationReport, ReportInput};
//!
//! let names = ["bug", "praise"].map(String::from);
//! let texts = ["it crashes", "love it", "crashes again", "nice"].map(String::from);
//! let labels = [0, 1, 0, 1];
//! let probabilities = Probabilities::new(vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.7, 0.3], 2)?;
//! let evaluation = Evaluation::measure(&EvaluationInput::new(&names, &labels, &probabilities))?;
//! let mut input = ReportInput::new("my model", &labels, &probabilities);
//! input.texts = &texts;
//! let report = EvaluationReport::new(evaluation, &input)?;
//!
//! assert_eq!((report.evaluation.n, report.evaluation.accuracy), (4, 0.75));
//! assert_eq!(report.worst_errors[0].text, "nice");
//! assert!(report.document().to_html().contains("<svg"));
//! # Ok::<(), feedback_metrics::Error>(())
//! ```

mod comparison;
mod curves;
mod evaluation;
mod evaluation_document;
mod evaluation_json;
mod facts;
mod files;
mod input;
mod risk_coverage;
mod slice_keys;
mod slices;
mod worst_errors;

pub use comparison::{ComparedModel, ComparedPair, ComparisonPage, GateLine};
pub use curves::{CurvePoint, LearningCurves};
pub use evaluation::{Abstaining, EvaluationReport};
pub use files::{ReportFile, files};
pub use input::ReportInput;
pub use slice_keys::{MAX_SLICES, SliceKey, SliceKeys};
pub use slices::SliceTable;
pub use worst_errors::{MAX_ERRORS, WorstError};
