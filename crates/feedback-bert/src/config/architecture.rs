//! The members of the BERT family, and how they differ.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::activation::HiddenAct;
use crate::error::{Error, Result};

/// A member of the BERT family, as `model_type` in `config.json` names it. MiniLM is `bert`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Architecture {
    /// BERT (Devlin et al. 2019), and MiniLM (Wang et al. 2020), which is a BERT with different layer sizes.
    #[default]
    #[serde(rename = "bert")]
    Bert,
    /// DistilBERT (Sanh et al. 2019). It has no segment ids and no dropout after attention, and its head uses ReLU.
    #[serde(rename = "distilbert")]
    DistilBert,
    /// RoBERTa (Liu et al. 2019). Positions start after the padding token's id, and there is only one segment.
    #[serde(rename = "roberta")]
    Roberta,
    /// XLM-RoBERTa (Conneau et al. 2020): RoBERTa with a different vocabulary.
    #[serde(rename = "xlm-roberta")]
    XlmRoberta,
    /// ELECTRA's discriminator (Clark et al. 2020): embeddings may be narrower than the hidden states.
    #[serde(rename = "electra")]
    Electra,
}

/// How the classification head transforms the vector of the first token before its last dense layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeadShape {
    /// The activation after the first dense layer.
    pub(crate) activation: HiddenAct,
    /// Whether dropout precedes the first dense layer as well.
    pub(crate) dropout_first: bool,
}

impl Architecture {
    /// Every member that this crate implements.
    pub const ALL: [Self; 5] = [
        Self::Bert,
        Self::DistilBert,
        Self::Roberta,
        Self::XlmRoberta,
        Self::Electra,
    ];

    /// Returns the architecture that a `config.json` names; `bert` if it names none.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the architecture is not in [`Architecture::ALL`].
    pub(crate) fn from_keys(keys: &Map<String, Value>) -> Result<Self> {
        let Some(found) = keys.get("model_type") else {
            return Ok(Self::default());
        };
        let named = Self::ALL.into_iter().find(|member| found == member.name());
        named.ok_or_else(|| {
            let known = Self::ALL.map(|member| format!("`{member}`")).join(", ");
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            Error::config("model_type", known, found)
        })
    }

    /// Returns the value of `model_type` for this architecture.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::DistilBert => "distilbert",
            Self::Roberta => "roberta",
            Self::XlmRoberta => "xlm-roberta",
            Self::Electra => "electra",
        }
    }

    /// Returns the prefix of Transformers' class names: `Bert` in `BertForSequenceClassification`.
    pub(crate) fn class_prefix(self) -> &'static str {
        match self {
            Self::Bert => "Bert",
            Self::DistilBert => "DistilBert",
            Self::Roberta => "Roberta",
            Self::XlmRoberta => "XLMRoberta",
            Self::Electra => "Electra",
        }
    }

    /// Returns whether there are segment embeddings.
    pub(crate) fn has_segments(self) -> bool {
        self != Self::DistilBert
    }

    /// Returns whether positions start after the padding token's id and skip padding, as in fairseq.
    pub(crate) fn positions_follow_padding(self) -> bool {
        matches!(self, Self::Roberta | Self::XlmRoberta)
    }

    /// Returns whether dropout follows the output projection of attention.
    pub(crate) fn drops_attention_output(self) -> bool {
        self != Self::DistilBert
    }

    /// Returns the shape of the head of `…ForSequenceClassification`.
    pub(crate) fn head(self) -> HeadShape {
        let (activation, dropout_first) = match self {
            Self::Bert => (HiddenAct::Tanh, false),
            Self::DistilBert => (HiddenAct::Relu, false),
            Self::Roberta | Self::XlmRoberta => (HiddenAct::Tanh, true),
            Self::Electra => (HiddenAct::Gelu, true),
        };
        HeadShape {
            activation,
            dropout_first,
        }
    }

    /// Renames the keys of a `config.json` to BERT's, and adds this architecture's defaults for missing keys.
    pub(crate) fn read_keys(self, keys: &mut Map<String, Value>) {
        for (own, bert) in self.own_keys() {
            if let Some(value) = keys.remove(*own) {
                keys.insert((*bert).to_owned(), value);
            }
        }
        for (name, default) in self.defaults() {
            keys.entry(name).or_insert(default);
        }
        if self == Self::DistilBert {
            // Transformers' code uses constants and ignores these keys.
            for (name, value) in [("type_vocab_size", json!(0)), ("layer_norm_eps", json!(1e-12))] {
                keys.insert(name.to_owned(), value);
            }
        }
    }

    /// Renames BERT's keys to this architecture's, and removes keys that this architecture does not have.
    pub(crate) fn write_keys(self, keys: &mut Map<String, Value>) {
        for (own, bert) in self.own_keys() {
            if let Some(value) = keys.remove(*bert) {
                keys.insert((*own).to_owned(), value);
            }
        }
        if self == Self::DistilBert {
            for absent in ["type_vocab_size", "layer_norm_eps"] {
                keys.remove(absent);
            }
        }
    }

    /// Returns pairs of a key in DistilBERT's config.json and BERT's key for the same setting; empty for the
    /// other architectures.
    fn own_keys(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::DistilBert => &[
                ("dim", "hidden_size"),
                ("n_layers", "num_hidden_layers"),
                ("n_heads", "num_attention_heads"),
                ("hidden_dim", "intermediate_size"),
                ("activation", "hidden_act"),
                ("dropout", "hidden_dropout_prob"),
                ("attention_dropout", "attention_probs_dropout_prob"),
                ("seq_classif_dropout", "classifier_dropout"),
            ],
            _ => &[],
        }
    }

    /// Returns the defaults of this architecture's configuration class in Transformers that differ from those
    /// of `BertConfig`.
    fn defaults(self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Bert => vec![],
            Self::DistilBert => vec![
                ("num_hidden_layers", json!(6)),
                ("classifier_dropout", json!(0.2)),
            ],
            Self::Roberta => vec![("vocab_size", json!(50265)), ("pad_token_id", json!(1))],
            Self::XlmRoberta => vec![("pad_token_id", json!(1))],
            Self::Electra => vec![
                ("embedding_size", json!(128)),
                ("hidden_size", json!(256)),
                ("num_attention_heads", json!(4)),
                ("intermediate_size", json!(1024)),
            ],
        }
    }
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
