//! The arguments of `train`.

use std::path::PathBuf;

use clap::Parser;

use super::people::CorrectionArgs;
use super::settings::{GROUP, Settings};
use super::studies::StudyArgs;
use crate::arguments::{ConfigArgs, OutputFormat};
use crate::trackers::TrackerArgs;

/// The help heading of the arguments that are not training settings.
const RUNS: &str = "Runs";

/// Fine-tunes a BERT classifier on labelled feedback and writes a model folder and a run folder.
///
/// Without arguments it trains on fixtures/feedback.jsonl, starting from the English encoder that comes with the program. --model
/// names another encoder, or `scratch` for a new model.
#[derive(Debug, Parser)]
#[command(
    name = "train",
    version,
    after_help = "Examples:
  train
  train --data feedback.csv --model path/to/all-MiniLM-L6-v2 --pooling mean
  train --train train.jsonl --validation dev.jsonl --test test.jsonl --model path/to/bert-base-uncased --epochs 3
  train --data feedback.csv --model path/to/bert-base-uncased --freeze embeddings,encoder.layer.0-3
  train --data feedback.csv --model path/to/bert-base-uncased --lora-rank 8 --learning-rate 1e-3
  train --resume runs/20260131T235959Z-feedback_classifier
  train --reproduce runs/20260131T235959Z-feedback_classifier
  train --data feedback.csv --model path/to/all-MiniLM-L6-v2 --corrections --unlabelled more.csv --corrected-by anna
  train --data feedback.csv --model path/to/bert-base-uncased --find-learning-rate
  train --data feedback.csv --task multi-label --label-separator \";\"
  train --data feedback.csv --folds 5 --run-dir runs/folds
  train --data feedback.csv --seeds 1,2,3
  train --data feedback.csv --model path/to/all-MiniLM-L6-v2 --sweep sweep.toml
  train --data feedback.jsonl --model scratch:mini --output models/mini --seed 7 --format json > summary.json"
)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) settings: Settings,
    /// The run folder to create [default: runs/TIME-NAME]
    #[arg(
        long,
        value_name = "DIR",
        env = "FEEDBACK_RUN_DIR",
        help_heading = RUNS,
        hide_short_help = true
    )]
    pub(super) run_dir: Option<PathBuf>,
    /// Resume this run after an interruption, with its original settings
    #[arg(
        long,
        value_name = "RUN",
        help_heading = RUNS,
        conflicts_with_all = [GROUP, "run_dir", "find_learning_rate", "folds", "sweep", "seeds", "unlabelled", "corrections_limit"]
    )]
    pub(super) resume: Option<PathBuf>,
    /// Run this finished run again in a new folder and report every difference
    #[arg(
        long,
        value_name = "RUN",
        help_heading = RUNS,
        conflicts_with_all = [GROUP, "resume", "find_learning_rate", "folds", "sweep", "seeds", "unlabelled", "corrections_limit"],
        hide_short_help = true
    )]
    pub(super) reproduce: Option<PathBuf>,
    /// Do not train: try increasing learning rates in this many updates, and suggest one
    #[arg(
        long,
        value_name = "UPDATES",
        help_heading = RUNS,
        num_args = 0..=1,
        default_missing_value = "100",
        conflicts_with_all = ["folds", "sweep", "seeds", "corrections", "gradual_unfreezing"],
        hide_short_help = true
    )]
    pub(super) find_learning_rate: Option<usize>,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text", help_heading = RUNS)]
    pub(super) format: OutputFormat,
    #[command(flatten)]
    pub(super) people: CorrectionArgs,
    #[command(flatten)]
    pub(super) study: StudyArgs,
    #[command(flatten)]
    pub(super) trackers: TrackerArgs,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

impl Arguments {
    /// Returns the arguments of `train --reproduce RUN`.
    ///
    /// # Errors
    ///
    /// An environment variable has a value that its setting cannot have.
    pub(crate) fn reproducing(
        run: PathBuf,
        run_dir: Option<PathBuf>,
        format: OutputFormat,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            reproduce: Some(run),
            run_dir,
            format,
            ..Self::try_parse_from(["train"])?
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }
}
