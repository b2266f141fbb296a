//! Which parts of a model are trained.

use feedback_trainer::Parts;
use serde::{Deserialize, Serialize};

use super::adapters::Adapters;

/// Which parts of a model are trained. By default all, from the first step on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Parts of the model")
)]
#[serde(default, deny_unknown_fields)]
pub struct Tuning {
    /// Parts of the model to leave as they are, by name: embeddings,encoder.layer.0-3
    #[cfg_attr(feature = "clap", arg(long, value_name = "PARTS"))]
    pub freeze: Option<Parts>,
    /// Train the head alone in the first epoch, and more blocks in each, until all are trained after so many epochs
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "EPOCHS", conflicts_with = "lora_rank")
    )]
    pub gradual_unfreezing: Option<usize>,
    /// Low-rank adapters to train with the head instead of all weights.
    #[cfg_attr(feature = "clap", command(flatten))]
    pub lora: Adapters,
}
