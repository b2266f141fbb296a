//! Which model is trained, and on which device.

use feedback_bert::config::Pooling;
use feedback_bert::{DeviceChoice, LongTexts};
use serde::{Deserialize, Serialize};

use super::base_model::BaseModel;
use crate::data::LongTextOptions;
use crate::error::Result;

/// Which model is trained, and on which device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args), command(next_help_heading = "Model"))]
#[non_exhaustive]
pub struct ModelOptions {
    /// Pretrained encoder: builtin, a folder or a Hugging Face Hub name; or scratch[:tiny, :mini, :small]
    ///
    /// A model on the hub is taken from the local cache or, with the feature `hub`, downloaded. Default `builtin`: the encoder
    /// that comes with the program. `scratch` is a new model with random weights.
    #[serde(rename = "model")]
    #[cfg_attr(
        feature = "clap",
        arg(id = "model", long = "model", value_name = "builtin, DIR, HUB-ID or scratch:SIZE", value_parser = |name: &str| BaseModel::parse(name))
    )]
    pub base: BaseModel,
    /// Branch, tag or commit of the model on the hub
    ///
    /// Default `main`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    pub revision: Option<String>,
    /// How token vectors are pooled into one: cls (first token) or mean
    ///
    /// Default: as the base model was trained (`mean` for the built-in encoder), else `cls`, as in Transformers. `mean` suits
    /// sentence encoders.
    #[cfg_attr(feature = "clap", arg(long, value_name = "KIND"))]
    pub pooling: Pooling,
    /// Maximum length of a text in tokens; longer texts are cut, or read in windows (--long-texts)
    ///
    /// At most the number of positions of the model. Default 256.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N"))]
    pub max_length: usize,
    /// What happens to longer texts.
    #[serde(flatten)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub long_texts: LongTextOptions,
    /// Device: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    ///
    /// Default `auto`: the best device of this build.
    #[serde(with = "crate::data::as_text")]
    #[cfg_attr(feature = "clap", arg(long, value_name = "DEVICE"))]
    pub device: DeviceChoice,
}

impl ModelOptions {
    /// Returns the default settings for this base model: the pooling that it was trained with, else `cls`; 256 tokens; the best
    /// device.
    pub fn new(base: BaseModel) -> Self {
        Self {
            pooling: base.default_pooling(),
            base,
            revision: None,
            max_length: 256,
            long_texts: LongTextOptions::default(),
            device: DeviceChoice::Auto,
        }
    }

    /// Returns what happens to texts of more than `max_length` tokens.
    ///
    /// # Errors
    ///
    /// The overlap of windows is more than half of `max_length`, or it is set although texts are cut.
    pub(crate) fn choose_long_texts(&self) -> Result<LongTexts> {
        Ok(self.long_texts.choose(self.max_length, LongTexts::Truncate)?)
    }
}
