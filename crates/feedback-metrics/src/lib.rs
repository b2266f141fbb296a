//! Classification metrics with scikit-learn's numbers, and how far to trust them.
//!
//! Labels and predictions are class ids, `usize` from 0; scores are tables of `f64`. Nothing here
//! knows a tensor, a file or a model, so the crate serves any classifier.
//!
//! - [`ConfusionMatrix`] counts once, in integers, rows true and columns predicted. Accuracy,
//!   precision, recall, F-beta, balanced accuracy, Matthews' correlation and Cohen's kappa are read
//!   off it; [`ClassificationReport`] prints the table people know, character for character.
//! - [`Probabilities`] and [`Logits`] are checked tables of scores for [`calibration`] and
//!   [`ranking`]; [`MultiLabel`] is for rows with several labels.
//! - [`statistics`] gives intervals and paired tests, and [`slice_by`] the same scores by part.
//!
//! ```
//! use feedback_metrics::statistics::wilson_interval;
//! use feedback_metrics::{
//!     Average, ClassificationReport, ConfusionMatrix, ReportOptions, ZeroDivision,
//! };
//!
//! // Ten pieces of feedback; 0 is a bug, 1 a wish, 2 praise.
//! let labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
//! let predictions = [0, 0, 1, 1, 1, 1, 1, 2, 2, 0];
//! let matrix = ConfusionMatrix::new(&labels, &predictions, 3)?;
//!
//! assert_eq!(matrix.accuracy(), 0.7);
//! let weighted = matrix.average(Average::Weighted, ZeroDivision::Zero);
//! assert!((weighted.f1 - (4.0 * 4.0 / 7.0 + 3.0 * 0.75 + 3.0 * 0.8) / 10.0).abs() < 1e-12);
//!
//! // Ten rows are few: the accuracy of the same model on other rows may well be 0.4 or 0.9.
//! let interval = wilson_interval(matrix.n_correct(), matrix.n(), 0.95)?;
//! assert!(interval.low < 0.4 && interval.high > 0.89);
//!
//! let names = ["bug", "feature_request", "praise"].map(String::from).to_vec();
//! let options = ReportOptions { target_names: Some(names), ..ReportOptions::default() };
//! let report = ClassificationReport::new(&matrix, &options)?;
//! assert!(report.to_string().contains("feature_request       0.60      1.00      0.75         3\n"));
//! # Ok::<(), feedback_metrics::Error>(())
//! ```
//!
//! # Conventions
//!
//! - Scores are fractions; percent is for display.
//! - A score that is undefined is a value: the [`ZeroDivision`] asked for, or NaN as documented.
//!   An [`Error`] is for input that is wrong. Nothing panics.
//! - Whatever is random takes a seed and names its generator.
//! - What exists in scikit-learn 1.9.1 agrees with it within 1e-12, and is tested against it.

mod agreement;
mod averages;
pub mod calibration;
pub mod charts;
mod check;
mod classification_report;
mod confusion;
mod display_text;
pub mod document;
mod error;
mod multilabel;
mod probabilities;
pub mod ranking;
pub mod reports;
mod slices;
pub mod statistics;
mod sum;

pub use agreement::KappaWeights;
pub use averages::{Average, AverageScores, ClassScores, LabelCounts, ZeroDivision};
pub use confusion::{ConfusionMatrix, Normalization};
pub use error::{Error, Result};
pub use multilabel::MultiLabel;
pub use probabilities::{Logits, Probabilities, ROW_SUM_TOLERANCE};
pub use classification_report::{ClassificationReport, ReportLabels, ReportOptions, ReportRow};
pub use slices::{Buckets, Slice, slice_by};
