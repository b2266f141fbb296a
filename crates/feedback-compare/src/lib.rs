//! Compares models and baselines on the same rows, with paired statistics and a verdict in words.
//!
//! [`compare`] evaluates every model and every baseline on the rows of a test file. A [`Gate`] turns the comparison into a decision,
//! for example before a new model is deployed.
//!
//! ```
//! use feedback_compare::{CompareOptions, compare};
//! # use feedback_bert::DeviceChoice;
//! # use feedback_pipeline::data::{DataFiles, DataOptions};
//! # use feedback_pipeline::train::{BaseModel, TrainOptions, train};
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let row = |page: usize, word: &str, label: &str| format!(r#"{{"text":"page {page} {word}","label":"{label}"}}"#);
//! # let rows = |from: usize| (from..from + 40).map(|n| row(n, ["crashes", "is lovely"][n % 2], ["bug", "praise"][n % 2]));
//! # let file = |name: &str, from| -> std::io::Result<std::path::PathBuf> {
//! #     let path = folder.path().join(name);
//! #     std::fs::write(&path, rows(from).collect::<Vec<_>>().join("\n"))?;
//! #     Ok(path)
//! # };
//! # let (training, test) = (file("train.jsonl", 0)?, file("test.jsonl", 100)?);
//! # let data = DataOptions::new(DataFiles::Single(training.clone()));
//! # let model = folder.path().join("model");
//! # let mut options = TrainOptions::new(data, BaseModel::parse("scratch:tiny")?, model.clone());
//! # options.run_dir = Some(folder.path().join("run"));
//! # options.arguments.num_train_epochs = 1;
//! # options.model.device = DeviceChoice::Cpu;
//! # train(&options, Vec::new(), &mut |_| ())?;
//! // `model` is a folder written by training, `training` and `test` are labelled files.
//! let mut options = CompareOptions::new(training, test);
//! options.models = vec![model];
//! options.device = DeviceChoice::Cpu;
//! let report = compare(&options, &mut |_| ())?;
//! assert_eq!(report.contenders.len(), 4); // the model, the untrained one, TF-IDF, and the most frequent label
//! # Ok(())
//! # }
//! ```

mod comparison;
mod contenders;
mod frozen_encoder;
mod gate;
mod options;
mod page;
mod report;
mod verdicts;

pub use comparison::compare;
pub use gate::{Gate, GateError, GateMetric, GateResult};
pub use options::CompareOptions;
pub use report::{ComparisonReport, Contender, Verdict};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
