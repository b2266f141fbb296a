//! Pretraining: adapts a model to unlabelled texts.
//!
//! [`pretrain`] trains a model according to [`PretrainOptions`]. The [`PretrainObjective`] is to predict masked words, or to
//! agree with a larger model (distillation). `pretrain` writes a model folder that [`feedback_pipeline::train`] can start from.
//! It prints nothing: it returns the results and reports progress through callbacks (notices).
//!
//! ```
//! # use feedback_bert::config::{Pooling, ScratchPreset};
//! # use feedback_bert::folder::FeedbackManifest;
//! # use feedback_bert::model::ParameterInit;
//! # use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, ModelFolder};
//! use feedback_pipeline::train::BaseModel;
//! use feedback_pretrain::{PretrainOptions, pretrain};
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let lines: Vec<String> = (0..80).map(|page| format!("the app crashes again on page {page}")).collect();
//! let texts = folder.path().join("texts.txt");
//! std::fs::write(&texts, lines.join("\n"))?;
//! # let encoder = folder.path().join("encoder");
//! # let (device, _) = DeviceChoice::Cpu.open()?;
//! # let tokenizer = BertTokenizer::train(&lines, 100, 16)?;
//! # let labels = ["bug".to_string(), "praise".to_string()];
//! # let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &labels);
//! # let mut init = ParameterInit::normal(42, config.initializer_range, &device)?;
//! # let model = BertForSequenceClassification::new(&config, Pooling::Mean, &mut init);
//! # let manifest = FeedbackManifest::new(16, Pooling::Mean, "scratch:tiny", 42);
//! # ModelFolder::new(config, tokenizer, model, manifest).save(&encoder)?;
//!
//! // `encoder` is the folder of a pretrained encoder; in this example, the encoder is untrained.
//! let mut options = PretrainOptions::new(texts, BaseModel::Folder(encoder), folder.path().join("adapted"));
//! options.validation_rows = 16;
//! options.max_length = 16;
//! options.arguments.num_train_epochs = 4;
//! options.arguments.learning_rate = 2e-3;
//! # options.device = DeviceChoice::Cpu;
//! let summary = pretrain(&options, Vec::new(), &mut |_| ())?;
//! assert_eq!((summary.train_rows, summary.validation_rows), (64, 16));
//! assert!(summary.after["loss"] < summary.before["loss"]);
//! assert!(summary.model.join("model.safetensors").is_file());
//! # Ok(())
//! # }
//! ```

mod checkpoints;
mod distillation;
pub mod encoder;
mod error;
mod masked_lm;
mod options;
mod progress;
mod recipe;
mod tasks;
#[cfg(test)]
mod tests;
mod texts;

pub use distillation::DistillationTarget;
pub use error::{Error, Result};
pub use masked_lm::MaskedLmScope;
pub use options::{PretrainObjective, PretrainOptions};
pub use progress::{PretrainNotice, PretrainSummary};
pub use recipe::pretrain;
pub use texts::UnlabelledTexts;
