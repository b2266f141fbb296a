//! How token vectors are combined into one vector.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How the encoder's output is combined into one vector for the classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Pooling {
    /// The vector of the first token, passed through a dense layer and an activation (tanh in BERT), as in
    /// Hugging Face's head.
    #[default]
    Cls,
    /// The mean of all token vectors except padding, without a further layer.
    Mean,
}

impl std::str::FromStr for Pooling {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "cls" => Ok(Self::Cls),
            "mean" => Ok(Self::Mean),
            _ => Err(Error::config("pooling", "`cls` or `mean`", name)),
        }
    }
}

impl std::fmt::Display for Pooling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cls => "cls",
            Self::Mean => "mean",
        })
    }
}
