//! The settings of pretraining.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_bert::DeviceChoice;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_pipeline::train::BaseModel;
use feedback_trainer::TrainingArguments;

use crate::distillation::DistillationTarget;
use crate::error::{Error, Result};
use crate::masked_lm::MaskedLmScope;

/// What to learn from unlabelled texts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PretrainObjective {
    /// To predict masked words.
    MaskedLm {
        /// Share of the tokens that are masked; 0.15 in BERT.
        probability: f64,
        /// Which part of the model to train.
        scope: MaskedLmScope,
    },
    /// To agree with a larger model, the teacher.
    Distillation {
        /// The folder of the teacher: a trained classifier for soft targets, otherwise any encoder.
        teacher: PathBuf,
        /// The output on which both models should agree.
        target: DistillationTarget,
    },
}

impl PretrainObjective {
    /// Returns the name of the objective: `masked_lm` or `distillation`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MaskedLm { .. } => "masked_lm",
            Self::Distillation { .. } => "distillation",
        }
    }
}

/// The settings of `pretrain`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PretrainOptions {
    /// The texts: `.txt` with one text per line, JSONL or CSV; labels are ignored.
    pub input: PathBuf,
    /// How to read the texts.
    pub read: ReadOptions,
    /// What to do about unusable rows.
    pub on_bad_row: OnBadRow,
    /// Number of texts to hold out for evaluation.
    pub validation_rows: usize,
    /// What to train: a folder with an encoder or, in distillation, also a new model with the teacher's vocabulary.
    pub base: BaseModel,
    /// What to learn.
    pub objective: PretrainObjective,
    /// The model folder to write.
    pub output: PathBuf,
    /// Maximum length of a text in tokens; longer texts are truncated.
    pub max_length: usize,
    /// How to train; the arguments in [`WITHOUT_EFFECT`] must have their defaults.
    pub arguments: TrainingArguments,
    /// The device to train on.
    pub device: DeviceChoice,
    /// A folder for checkpoints. Training continues from the newest complete checkpoint in it. By default, no checkpoints are
    /// saved.
    pub checkpoints: Option<PathBuf>,
    /// Set to true to end training at the next step. A checkpoint is saved first if `checkpoints` is set.
    pub interrupt: Arc<AtomicBool>,
}

impl PretrainOptions {
    /// Returns the default options: masked language modelling with whole-word masking, one epoch, learning rate 1e-4, 512
    /// texts held out, 128 tokens per text.
    pub fn new(input: PathBuf, base: BaseModel, output: PathBuf) -> Self {
        let arguments = default_arguments();
        Self {
            input,
            read: ReadOptions::default(),
            on_bad_row: OnBadRow::Fail,
            validation_rows: 512,
            base,
            objective: PretrainObjective::MaskedLm {
                probability: 0.15,
                scope: MaskedLmScope::All,
            },
            output,
            max_length: 128,
            arguments,
            device: DeviceChoice::Auto,
            checkpoints: None,
            interrupt: Arc::default(),
        }
    }
}

/// The training arguments that have no effect in pretraining: the best model is the one with the lowest loss, and there are no labels.
pub const WITHOUT_EFFECT: [&str; 3] = [
    "label_smoothing_factor",
    "metric_for_best_model",
    "greater_is_better",
];

fn default_arguments() -> TrainingArguments {
    let mut arguments = TrainingArguments::default();
    arguments.num_train_epochs = 1;
    arguments.learning_rate = 1e-4;
    arguments.metric_for_best_model = "loss".into();
    arguments.greater_is_better = Some(false);
    arguments
}

/// Refuses arguments that would be ignored.
pub(crate) fn check_arguments(arguments: &TrainingArguments) -> Result<()> {
    let default = default_arguments();
    let changed = [
        arguments.label_smoothing_factor.to_bits() != default.label_smoothing_factor.to_bits(),
        arguments.metric_for_best_model != default.metric_for_best_model,
        arguments.greater_is_better != default.greater_is_better,
    ];
    match WITHOUT_EFFECT
        .into_iter()
        .zip(changed)
        .find(|(_, changed)| *changed)
    {
        Some((setting, _)) => Err(Error::WithoutEffect { setting }),
        None => Ok(()),
    }
}
