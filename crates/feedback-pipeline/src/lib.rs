//! The recipes: split a file, train a classifier, evaluate it, compare it with honest baselines.
//!
//! Each binary is one call into this crate: [`split_file`], [`inspect()`](inspect()), [`train()`](train()), [`evaluate()`](evaluate()),
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
mod card;
mod compare;
mod comparison_page;
pub mod corrections;
mod data;
mod error;
mod evaluate;
mod examples;
mod frozen_encoder;
mod gate;
mod imbalance;
mod inspect;
mod learning;
mod multi_label;
mod nan_guard;
mod objective;
mod output;
pub mod pretrain;
mod report;
mod reproduce;
pub mod retrain;
mod run_folder;
mod saved_options;
mod slices;
mod split;
pub mod studies;
#[cfg(test)]
mod tests_learning;
mod token_objective;
mod top_losses;
mod train;
mod tuning;

pub use compare::{CompareOptions, ComparisonReport, Contender, UNTRAINED_SEED, Verdict, compare};
pub use data::{DataFiles, DataOptions, LeakPolicy, PreparedData, prepare_data};
pub use error::{Error, Result};
pub use evaluate::{Calibration, Evaluation, Leakage, Scored, evaluate, examples_for, leakage, score};
pub use examples::{Examples, read_labelled};
pub use frozen_encoder::{FrozenEncoder, FrozenEncoderLogisticRegression};
pub use gate::{Gate, GateError, GateMetric, GateResult};
pub use imbalance::{ClassWeights, ImbalanceOptions, LossKind, Sampler};
pub use inspect::{
    BadRowFinding, ChangedRow, ConflictFinding, ConflictSide, DiffFinding, DropDuplicates, DuplicateCounts,
    DuplicateHealth, FieldChange, Fix, FixOptions, FixSummary, InspectOptions, Inspection, LabelErrorFinding,
    LabelErrorRow, LabelErrors, LabelHealth, LeakFinding, LeakPair, OutOfFold, PersonalHealth, RowHealth,
    VariantFinding, inspect, out_of_fold_probabilities,
};
pub use learning::learning_curves;
pub use multi_label::{
    EncodedMultiLabel, MultiLabelEvaluator, MultiLabelExamples, MultiLabelObjective, read_multi_label,
};
pub use nan_guard::NanGuardOptions;
pub use objective::{ClassificationEvaluator, ClassificationObjective, EncodedExamples};
pub use pretrain::{PretrainNotice, PretrainObjective, PretrainOptions, PretrainSummary, pretrain};
pub use report::{evaluation_report, write_report};
pub use reproduce::{Reproduction, reproduce};
pub use split::{SplitFileOptions, SplitSummary, duplicate_summary, split_file};
pub use token_objective::{EncodedSpans, TokenBatch, TokenClassificationObjective};
pub use train::{
    BaseModel, MAXIMUM_RISK, TrainNotice, TrainOptions, TrainSummary, find_learning_rate, recipe_of_run,
    resume, train,
};
pub use tuning::Tuning;
