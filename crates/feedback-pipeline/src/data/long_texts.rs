//! What happens to texts that are longer than a model reads at once, as settings.

use std::str::FromStr;

use feedback_bert::LongTexts;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What happens to texts that are longer than a model reads at once, as people set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LongTextKind {
    /// They are cut.
    Truncate,
    /// They are read in windows.
    Windows,
}

impl FromStr for LongTextKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "truncate" => Ok(Self::Truncate),
            "windows" => Ok(Self::Windows),
            _ => Err(Error::Choice {
                setting: "long_texts",
                found: name.to_owned(),
                expected: &["truncate", "windows"],
            }),
        }
    }
}

/// What happens to texts that are longer than a model reads at once. If nothing is set, training cuts them, and a trained model does what
/// its training did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default)]
#[non_exhaustive]
pub struct LongTextOptions {
    /// Texts longer than a model reads at once: truncate, or windows (read in parts that overlap, whose scores are averaged)
    ///
    /// By default, `train` cuts texts, and a trained model reads long texts as in its training. At most 64 windows of a text are read.
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "truncate|windows", env = "FEEDBACK_LONG_TEXTS")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_texts: Option<LongTextKind>,
    /// Tokens that two neighbouring windows have in common
    ///
    /// At most half of the maximum length. Default: as in the training of the model, or a quarter of the maximum length.
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", env = "FEEDBACK_WINDOW_OVERLAP")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_overlap: Option<usize>,
}

impl From<LongTexts> for LongTextOptions {
    fn from(long_texts: LongTexts) -> Self {
        match long_texts {
            LongTexts::Truncate => Self::default(),
            LongTexts::Windows { overlap } => Self {
                long_texts: Some(LongTextKind::Windows),
                window_overlap: Some(overlap),
            },
        }
    }
}

impl LongTextOptions {
    /// Returns what happens to texts of more than `max_length` tokens; `otherwise` is what happens if nothing is set.
    ///
    /// # Errors
    ///
    /// [`feedback_bert::Error::Config`] if the overlap is more than half of the maximum length, or if it is set although texts are cut.
    pub fn choose(&self, max_length: usize, otherwise: LongTexts) -> feedback_bert::Result<LongTexts> {
        let chosen = match self.long_texts {
            None => otherwise,
            Some(LongTextKind::Truncate) => LongTexts::Truncate,
            Some(LongTextKind::Windows) if otherwise.is_truncate() => LongTexts::windows(max_length),
            Some(LongTextKind::Windows) => otherwise,
        };
        match (chosen, self.window_overlap) {
            (_, None) => chosen.check(max_length),
            (LongTexts::Windows { .. }, Some(overlap)) => LongTexts::Windows { overlap }.check(max_length),
            (LongTexts::Truncate, Some(overlap)) => Err(feedback_bert::Error::Config {
                field: "window_overlap",
                expected: "no overlap, because long texts are cut; set `long_texts` to `windows`".into(),
                found: format!("`{overlap}`"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_does_what_its_training_did_unless_told_otherwise() {
        let trained = LongTexts::Windows { overlap: 20 };
        let choose = |kind, window_overlap, otherwise| {
            let options = LongTextOptions {
                long_texts: kind,
                window_overlap,
            };
            options.choose(128, otherwise)
        };
        let (cut, windows) = (Some(LongTextKind::Truncate), Some(LongTextKind::Windows));
        for (kind, overlap, otherwise, expected) in [
            (None, None, LongTexts::Truncate, LongTexts::Truncate),
            (None, None, trained, trained),
            (cut, None, trained, LongTexts::Truncate),
            (windows, None, trained, trained),
            (
                windows,
                None,
                LongTexts::Truncate,
                LongTexts::Windows { overlap: 32 },
            ),
            (windows, Some(8), trained, LongTexts::Windows { overlap: 8 }),
            (None, Some(8), trained, LongTexts::Windows { overlap: 8 }),
        ] {
            assert_eq!(choose(kind, overlap, otherwise).unwrap(), expected);
        }
        for (kind, overlap) in [(cut, 8), (None, 8), (windows, 65)] {
            let error = choose(kind, Some(overlap), LongTexts::Truncate).unwrap_err();
            assert!(error.to_string().contains("`window_overlap`"), "{error}");
        }
        assert_eq!(
            LongTextOptions::from(trained)
                .choose(128, LongTexts::Truncate)
                .unwrap(),
            trained
        );
    }
}
