//! Model sizes for training without a pretrained encoder.

use serde::{Deserialize, Serialize};

use super::bert_config::BertConfig;
use crate::error::{Error, Result};

/// Size of a BERT that is trained from scratch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ScratchPreset {
    /// 2 layers of width 128, 2 heads: the size of BERT-tiny (Turc et al. 2019).
    #[default]
    Tiny,
    /// 4 layers of width 256, 4 heads: BERT-mini.
    Mini,
    /// 4 layers of width 512, 8 heads: BERT-small.
    Small,
}

impl std::str::FromStr for ScratchPreset {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "tiny" => Ok(Self::Tiny),
            "mini" => Ok(Self::Mini),
            "small" => Ok(Self::Small),
            _ => Err(Error::config("scratch preset", "`tiny`, `mini` or `small`", name)),
        }
    }
}

impl std::fmt::Display for ScratchPreset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tiny => "tiny",
            Self::Mini => "mini",
            Self::Small => "small",
        })
    }
}

impl ScratchPreset {
    /// Returns the size of the WordPiece vocabulary to train on the training texts.
    pub fn vocab_size(self) -> usize {
        4000
    }

    /// Returns the configuration for a vocabulary of this size and these labels.
    pub fn config(self, vocab_size: usize, labels: &[String]) -> BertConfig {
        let (hidden_size, layers, heads) = match self {
            Self::Tiny => (128, 2, 2),
            Self::Mini => (256, 4, 4),
            Self::Small => (512, 4, 8),
        };
        let base = BertConfig {
            vocab_size,
            hidden_size,
            num_hidden_layers: layers,
            num_attention_heads: heads,
            intermediate_size: 4 * hidden_size,
            ..BertConfig::default()
        };
        base.with_labels(labels)
    }
}
