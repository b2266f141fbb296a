//! The values of a `config.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::activation::HiddenAct;
use super::architecture::Architecture;
use super::defaults;

/// The configuration of a model of the BERT family and of its classification head.
///
/// Fields are named as in `transformers.BertConfig`, and the defaults at the fields are BERT's. The other
/// architectures have the defaults of their configuration class in Transformers (`RobertaConfig`, …).
/// DistilBERT's file uses other names (`dim`, `n_layers`, …), which are translated on reading and writing.
/// Keys that this crate does not use are kept in [`BertConfig::other`] and written back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")] // `json.rs` implements the traits with the functions derived here
#[non_exhaustive]
pub struct BertConfig {
    /// Which member of the family this is. Default `bert`.
    #[serde(default)]
    pub model_type: Architecture,
    /// Number of entries in the vocabulary. Default 30522.
    #[serde(default = "defaults::vocab_size")]
    pub vocab_size: usize,
    /// Width of the encoder; a multiple of `num_attention_heads`. Default 768.
    #[serde(default = "defaults::hidden_size")]
    pub hidden_size: usize,
    /// Number of transformer blocks. Default 12.
    #[serde(default = "defaults::layers")]
    pub num_hidden_layers: usize,
    /// Number of attention heads in each block. Default 12.
    #[serde(default = "defaults::layers")]
    pub num_attention_heads: usize,
    /// Width between the two linear layers of a block. Default 3072.
    #[serde(default = "defaults::intermediate_size")]
    pub intermediate_size: usize,
    /// Activation between the two linear layers of a block. Default `gelu`.
    #[serde(default = "defaults::hidden_act")]
    pub hidden_act: HiddenAct,
    /// Dropout after embeddings and each block's dense layers, 0 to below 1. Default 0.1.
    #[serde(default = "defaults::dropout")]
    pub hidden_dropout_prob: f64,
    /// Dropout of attention probabilities, 0 to below 1. Default 0.1.
    #[serde(default = "defaults::dropout")]
    pub attention_probs_dropout_prob: f64,
    /// Dropout before the classifier. Default `hidden_dropout_prob`.
    #[serde(default)]
    pub classifier_dropout: Option<f64>,
    /// Width of the embeddings if it differs from `hidden_size`; ELECTRA then has a dense layer between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding_size: Option<usize>,
    /// Number of position embeddings. Default 512. RoBERTa never uses the first `pad_token_id + 1` of them: see
    /// [`BertConfig::max_tokens`].
    #[serde(default = "defaults::max_position_embeddings")]
    pub max_position_embeddings: usize,
    /// Number of segment ids. Default 2; 0 for DistilBERT.
    #[serde(default = "defaults::type_vocab_size")]
    pub type_vocab_size: usize,
    /// Standard deviation of initial weights. Default 0.02.
    #[serde(default = "defaults::initializer_range")]
    pub initializer_range: f64,
    /// Added to the variance in layer normalisation. Default 1e-12.
    #[serde(default = "defaults::layer_norm_eps")]
    pub layer_norm_eps: f64,
    /// Id of the padding token. Default 0.
    #[serde(default)]
    pub pad_token_id: usize,
    /// Label names by class id; the ids are decimal strings. Default: two labels, as in Transformers.
    #[serde(default = "defaults::id2label")]
    pub id2label: BTreeMap<String, String>,
    /// Class ids by label name.
    #[serde(default)]
    pub label2id: BTreeMap<String, usize>,
    /// All other keys, unchanged.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Default for BertConfig {
    /// The configuration of `bert-base`, as in `transformers.BertConfig()`.
    fn default() -> Self {
        Self {
            model_type: Architecture::Bert,
            vocab_size: defaults::vocab_size(),
            hidden_size: defaults::hidden_size(),
            num_hidden_layers: defaults::layers(),
            num_attention_heads: defaults::layers(),
            intermediate_size: defaults::intermediate_size(),
            hidden_act: defaults::hidden_act(),
            hidden_dropout_prob: defaults::dropout(),
            attention_probs_dropout_prob: defaults::dropout(),
            classifier_dropout: None,
            embedding_size: None,
            max_position_embeddings: defaults::max_position_embeddings(),
            type_vocab_size: defaults::type_vocab_size(),
            initializer_range: defaults::initializer_range(),
            layer_norm_eps: defaults::layer_norm_eps(),
            pad_token_id: 0,
            id2label: defaults::id2label(),
            label2id: BTreeMap::new(),
            other: Map::new(),
        }
    }
}

impl BertConfig {
    /// Returns the maximum input length in tokens, including special tokens.
    pub fn max_tokens(&self) -> usize {
        self.max_position_embeddings
            .saturating_sub(self.position_offset())
    }

    /// Returns the position of the first token: `pad_token_id + 1` in RoBERTa's family, otherwise 0.
    pub(crate) fn position_offset(&self) -> usize {
        if self.model_type.positions_follow_padding() {
            self.pad_token_id + 1
        } else {
            0
        }
    }

    /// Returns the width of the embeddings, before any projection to `hidden_size`.
    pub(crate) fn embedding_size(&self) -> usize {
        self.embedding_size.unwrap_or(self.hidden_size)
    }

    /// Returns the dropout in the head of a sequence classifier.
    pub(crate) fn head_dropout(&self) -> f64 {
        self.classifier_dropout.unwrap_or(self.hidden_dropout_prob)
    }

    /// Returns the dropout in the head of a token classifier; DistilBERT's `seq_classif_dropout` applies to
    /// sequences only.
    pub(crate) fn token_head_dropout(&self) -> f64 {
        match self.model_type {
            Architecture::DistilBert => self.hidden_dropout_prob,
            _ => self.head_dropout(),
        }
    }
}
