//! Model shapes for training without a pretrained encoder.

use serde::{Deserialize, Serialize};

use crate::{BertConfig, Error, Result};

/// Sizes of a BERT that is trained from nothing.
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
            _ => Err(Error::Config {
                field: "scratch preset",
                expected: "`tiny`, `mini` or `small`".into(),
                found: format!("`{name}`"),
            }),
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
    /// Entries of the WordPiece vocabulary that is trained on the training texts.
    pub fn vocab_size(self) -> usize {
        4000
    }

    /// The configuration for a vocabulary of this size and these labels.
    pub fn config(self, vocab_size: usize, labels: &[String]) -> BertConfig {
        let (hidden_size, layers, heads) = match self {
            Self::Tiny => (128, 2, 2),
            Self::Mini => (256, 4, 4),
            Self::Small => (512, 4, 8),
        };
        let base: BertConfig = BertConfig {
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
