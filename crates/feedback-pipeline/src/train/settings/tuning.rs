//! Which parts of a model are trained.

use feedback_trainer::Parts;
use serde::{Deserialize, Serialize};

use super::adapters::Adapters;

/// Which parts of a model are trained. By default, all parts are trained from the first step on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Parts of the model")
)]
#[serde(default, deny_unknown_fields)]
pub struct Tuning {
    /// Fit only a linear classifier on the frozen encoder and on token n-grams
    ///
    /// Takes seconds. Needs a pretrained encoder, whose token vectors are pooled by `mean`. By default the encoder is trained too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(
        feature = "clap",
        arg(long, conflicts_with_all = ["freeze", "gradual_unfreezing", "lora_rank", "pooling"])
    )]
    pub head_only: bool,
    /// Parts of the model to freeze, such as embeddings,encoder.layer.0-3
    ///
    /// Comma-separated segments of parameter names; `0-3` covers the layers 0 to 3. By default nothing is frozen.
    #[cfg_attr(feature = "clap", arg(long, value_name = "PARTS"))]
    pub freeze: Option<Parts>,
    /// Number of epochs over which to unfreeze the layers, from the head down
    ///
    /// 1 to the number of layers + 1. The first epoch trains only the head; each later epoch trains more layers. By
    /// default all layers are trained from the start. Howard and Ruder 2018.
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "EPOCHS", conflicts_with = "lora_rank")
    )]
    pub gradual_unfreezing: Option<usize>,
    /// Low-rank adapters to train together with the head, instead of all weights.
    #[cfg_attr(feature = "clap", command(flatten))]
    pub lora: Adapters,
}
