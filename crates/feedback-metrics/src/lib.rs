//! Classification metrics that match scikit-learn's, with confidence intervals, calibration and reports.
//!
//! Labels and predictions are class ids, `usize` from 0; scores are tables of `f64`. The crate does not
//! depend on tensors, files or models, so it works with any classifier.
//!
//! - [`ConfusionMatrix`] holds integer counts; rows are true classes, columns are predicted classes. It computes
//!   accuracy, precision, recall, F-beta, balanced accuracy, Matthews' correlation and Cohen's kappa.
//!   [`ClassificationReport`] prints scikit-learn's table, character for character.
//! - [`Probabilities`] and [`Logits`] are checked tables of scores for [`calibration`] and [`ranking`];
//!   [`MultiLabel`] is for rows with several labels.
//! - [`statistics`] has confidence intervals and paired tests, and [`slice_by`] computes scores for parts of the rows.
//! - [`prevalence`] estimates the true share of each class from predictions with mistakes.
//! - [`clustering`] compares clusters with labels.
//! - [`evaluation`] computes the figures of one model on one labelled file. With the feature `reports`, the module
//!   `reports` turns them into a `document` with `charts`, which can be written as HTML, Markdown, text and CSV.
//!
//! ```
//! use feedback_metrics::statistics::wilson_interval;
//! use feedback_metrics::{
//!     Average, ClassificationReport, ConfusionMatrix, ReportOptions, ZeroDivision,
//! };
//!
//! // Ten pieces of feedback: 0 is a bug, 1 a feature request, 2 praise.
//! let labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
//! let predictions = [0, 0, 1, 1, 1, 1, 1, 2, 2, 0];
//! let matrix = ConfusionMatrix::new(&labels, &predictions, 3)?;
//!
//! assert_eq!(matrix.accuracy(), 0.7);
//! let weighted = matrix.average(Average::Weighted, ZeroDivision::Zero);
//! assert!((weighted.f1 - (4.0 * 4.0 / 7.0 + 3.0 * 0.75 + 3.0 * 0.8) / 10.0).abs() < 1e-12);
//!
//! // Ten rows are few: on other rows, the accuracy of the same model may well be 0.4 or 0.89.
//! let interval = wilson_interval(matrix.n_correct(), matrix.n(), 0.95)?;
//! assert!(interval.low < 0.4 && interval.high > 0.89);
//!
//! let names = ["bug", "feature_request", "praise"].map(String::from).to_vec();
//! let options = ReportOptions::default().with_target_names(names);
//! let report = ClassificationReport::new(&matrix, &options)?;
//! assert!(report.to_string().contains("feature_request       0.60      1.00      0.75         3\n"));
//! # Ok::<(), feedback_metrics::Error>(())
//! ```
//!
//! # Conventions
//!
//! - Scores are fractions; percentages are used only for display.
//! - An undefined score is not an error but a value: the chosen [`ZeroDivision`], or NaN as documented; in
//!   [`evaluation`] it is `None`. An [`Error`] means that the input is wrong. No function panics.
//! - Every function that draws random numbers takes a seed, and its documentation names the generator.
//! - Metrics that scikit-learn 1.9.1 also has are tested against it and agree within 1e-12.

mod agreement;
mod averages;
pub mod calibration;
#[cfg(feature = "reports")]
pub mod charts;
mod check;
mod classification_report;
pub mod clustering;
mod confusion;
#[cfg(feature = "reports")]
mod display_text;
#[cfg(feature = "reports")]
pub mod document;
mod error;
pub mod evaluation;
mod multilabel;
pub mod prevalence;
mod probabilities;
pub mod ranking;
#[cfg(feature = "reports")]
pub mod reports;
mod slices;
pub mod statistics;
mod sum;

pub use agreement::KappaWeights;
pub use averages::{Average, AverageScores, ClassScores, LabelCounts, ZeroDivision};
pub use classification_report::{ClassificationReport, ReportLabels, ReportOptions, ReportRow};
pub use confusion::{ConfusionMatrix, Normalization};
pub use error::{Error, Result};
pub use multilabel::MultiLabel;
pub use probabilities::{Logits, Probabilities, ROW_SUM_TOLERANCE};
pub use slices::{Buckets, Slice, slice_by};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
