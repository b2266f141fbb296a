//! Texts with any number of labels: read them, split them, train a model, evaluate it.
//!
//! [`read_label_lists`] reads the labels from a list, a delimited cell, one column for each label, or repeated rows. [`split_file`] splits
//! a file so that every label has its share in each part. [`train::train`] makes a model folder, and [`evaluate()`] measures a model.
//!
//! ```
//! use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader, collect};
//! use feedback_multilabel::label_lists;
//! use feedback_pipeline::data::LabelLayout;
//!
//! // The labels are in one cell; the third text has none.
//! let rows = "text,label\nIt crashes,bug\nSlow and ugly,speed; look\nHello,\n";
//! let options = ReadOptions::default();
//! let reader = Reader::from_reader(rows.as_bytes(), "feedback.csv", Format::Csv, &options);
//! let layout = LabelLayout { label_separator: Some(";".to_owned()), ..LabelLayout::default() };
//! let lists = label_lists(collect(reader, OnBadRow::Fail)?, &options, &layout);
//! assert_eq!(lists.names, [vec!["bug"], vec!["look", "speed"], vec![]]);
//! assert_eq!(lists.without_labels(), 1);
//! # Ok::<(), feedback_dataset::Error>(())
//! ```

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

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
