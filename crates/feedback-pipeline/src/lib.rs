//! The recipes: split a file, train a classifier, evaluate it.
//!
//! The main entry points are [`data::split_file`], [`train::train`] and [`evaluate::evaluate`]. The crate prints nothing: functions return their results and report progress through callbacks (notices).
//!
//! ```
//! use std::io::Write;
//! use feedback_pipeline::data::{DataFiles, DataOptions};
//! use feedback_pipeline::train::{BaseModel, TrainOptions, train};
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
//! // Split 70 / 10 / 20, train a vocabulary and a tiny BERT, evaluate on the test part.
//! let data = DataOptions::new(DataFiles::Single(path));
//! let base = BaseModel::parse("scratch:tiny")?;
//! let mut options = TrainOptions::new(data, base, folder.path().join("model"));
//! options.run_dir = Some(folder.path().join("run"));
//! options.arguments.num_train_epochs = 6;
//! options.model.device = feedback_bert::DeviceChoice::Cpu;
//! let summary = train(&options, Vec::new(), &mut |_| ())?;
//! let test = summary.test.ok_or("there is a test part")?;
//! assert_eq!(test.figures.n, 16);
//! assert!(test.figures.accuracy > 0.9, "{}", test.figures.accuracy);
//! # Ok(())
//! # }
//! ```

pub mod corrections;
pub mod data;
mod error;
pub mod evaluate;
pub mod objectives;
pub mod retrain;
pub mod run_folder;
pub mod train;

pub use error::{DataError, Error, Hint, Result, RunError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
