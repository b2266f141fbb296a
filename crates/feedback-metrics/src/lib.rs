#![doc = include_str!("../README.md")]
//!
//! # Where to start
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
