//! The recipes: split a file, train a classifier, evaluate it, compare it with honest baselines.
//!
//! Each binary is one call into this crate: [`split_file`], [`train()`](train()), [`evaluate()`](evaluate()),
//! [`compare()`](compare()). Libraries print nothing: what is worth telling comes back as values and notices.
//!
//! ```
//! use std::io::Write;
//! use feedback_pipeline::*;
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("feedback.jsonl");
//! let mut file = std::fs::File::create(&path)?;
//! for page in 0..40 {
//!     writeln!(file, r#"{{"text": "it crashes on page {page}", "label": "bug"}}"#)?;
//!     writeln!(file, r#"{{"text": "i love the look of page {page}", "label": "praise"}}"#)?;
//! }
//!
//! // Split 70 / 10 / 20, learn a vocabulary and a tiny BERT, evaluate on the test part.
//! let data = DataOptions::new(DataFiles::Single(path));
//! let base = BaseModel::parse("scratch:tiny")?;
//! let mut options = TrainOptions::new(data, base, folder.path().join("model"));
//! options.run_dir = Some(folder.path().join("run"));
//! options.arguments.num_train_epochs = 6;
//! options.device = feedback_bert::DeviceChoice::Cpu;
//! let summary = train(&options, Vec::new(), &mut |_| ())?;
//! let test = summary.test.ok_or("there is a test part")?;
//! assert_eq!(test.n, 16);
//! assert!(test.accuracy > 0.9, "{}", test.accuracy);
//! # Ok(())
//! # }
//! ```

pub mod baselines;
mod compare;
mod data;
mod error;
mod evaluate;
mod examples;
mod objective;
mod output;
mod reproduce;
mod run_folder;
mod saved_options;
mod split;
mod train;

pub use compare::{CompareOptions, ComparisonReport, Contender, UNTRAINED_SEED, Verdict, compare};
pub use data::{DataFiles, DataOptions, LeakPolicy, PreparedData, prepare_data};
pub use error::{Error, Result};
pub use evaluate::{Calibration, Evaluation, Leakage, Scored, evaluate, examples_for, leakage, score};
pub use examples::{Examples, read_labelled};
pub use objective::{ClassificationEvaluator, ClassificationObjective, EncodedExamples};
pub use reproduce::{Reproduction, reproduce};
pub use split::{SplitFileOptions, SplitSummary, duplicate_summary, split_file};
pub use train::{BaseModel, MAXIMUM_RISK, TrainNotice, TrainOptions, TrainSummary, resume, train};
