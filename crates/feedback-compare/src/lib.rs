//! Compares models and baselines on the same rows, with paired statistics and a verdict in words.
//!
//! [`compare`] evaluates every model and every baseline on the rows of a test file. A [`Gate`] turns the comparison into a decision,
//! for example before a new model is deployed.
//!
//! ```
//! use feedback_bert::DeviceChoice;
//! use feedback_compare::{CompareOptions, compare};
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let file = |name: &str, pages: std::ops::Range<usize>| -> std::io::Result<std::path::PathBuf> {
//! #     let rows = pages.map(|page| {
//! #         let (text, label) = [("crashes", "bug"), ("is lovely", "praise")][page % 2];
//! #         format!(r#"{{"text":"page {page} {text}","label":"{label}"}}"#)
//! #     });
//! #     let path = folder.path().join(name);
//! #     std::fs::write(&path, rows.collect::<Vec<_>>().join("\n"))?;
//! #     Ok(path)
//! # };
//! let (train, test) = (file("train.jsonl", 0..40)?, file("test.jsonl", 100..140)?);
//! // `options.models` has the folders of the models; without any, only the baselines are compared.
//! let options = CompareOptions::new(train, test);
//! let (device, _) = DeviceChoice::Cpu.open()?;
//! let report = compare(&options, &device)?;
//! let score = |name: &str| report.contenders.iter().find(|one| one.name.contains(name)).map(|one| one.evaluation.figures.accuracy);
//! assert_eq!(score("TF-IDF"), Some(1.0)); // one word decides
//! assert_eq!(report.verdicts.len(), report.contenders.len() - 1);
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
