#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`read_label_lists`] reads the labels of a file. [`split_file`] splits a file so that every label has its share in each part.
//! [`train::train`] makes a model folder, [`evaluate()`] measures a model, and [`compare()`] compares several.

mod compare;
mod compare_counts;
mod data;
mod decisions;
mod error;
mod evaluate;
mod examples;
mod objective;
mod problem;
mod rare;
mod read;
pub mod retrain;
mod split;
pub mod train;

pub use compare::{MultiLabelComparison, MultiLabelContender, MultiLabelPair, ScoreDifference, compare};
pub use data::MultiLabelData;
pub use decisions::fit_decisions;
pub use error::{Error, Result};
pub use evaluate::{LabelCalibration, MultiLabelEvaluation, evaluate};
pub use examples::MultiLabelExamples;
pub use objective::{EncodedMultiLabel, METRICS, MultiLabelEvaluator, MultiLabelObjective};
pub use problem::{LabelProblem, LabelReason};
pub use rare::RareLabelLists;
pub use read::{LabelLists, label_lists, read_label_lists};
pub use split::{MultiLabelSplit, split_file};
