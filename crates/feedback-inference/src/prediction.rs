//! What a model predicts for a text.

use feedback_bert::windows::Window;
use serde::{Deserialize, Serialize};

/// A label and its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// The label.
    pub label: String,
    /// Its probability, 0 to 1.
    pub score: f64,
}

/// What a model answers to a further question about a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The name of the question.
    pub question: String,
    /// The most likely label with its probability. For a question with several labels per text: all labels whose
    /// probability reaches the question's threshold, most likely first; there may be none.
    pub labels: Vec<Score>,
}

/// Why a prediction abstains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AbstainReason {
    /// The confidence is below the model's threshold.
    LowConfidence,
    /// The model's vocabulary knows no token of the text, such as one in a foreign script.
    NoKnownToken,
}

impl AbstainReason {
    /// The name in outputs: `low_confidence` or `no_known_token`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LowConfidence => "low_confidence",
            Self::NoKnownToken => "no_known_token",
        }
    }

    /// Returns the reason to abstain, if there is one.
    pub(crate) fn find(confidence: f64, threshold: Option<f64>, unknown_share: f64) -> Option<Self> {
        if unknown_share >= 1.0 {
            return Some(Self::NoKnownToken);
        }
        let is_low = threshold.is_some_and(|threshold| confidence < threshold);
        is_low.then_some(Self::LowConfidence)
    }
}

/// How a text was read that is longer than the model reads at once. The logits of the text are the mean of those of its windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InWindows {
    /// The number of windows, 2 or more.
    pub count: usize,
    /// The number of the window that decided, from 1: the one that has, read alone, the highest logit for the label of the text.
    pub deciding: usize,
    /// Index of the first code point of this window in the text that the model read, which is the text after cleaning: in Python, the
    /// window is `text[start:end]`.
    pub start: usize,
    /// Index of the code point after the window.
    pub end: usize,
}

impl InWindows {
    /// Describes the windows of a text; `deciding` is a position in `windows`, from 0.
    pub(crate) fn new(windows: &[Window], deciding: usize) -> Self {
        let chars = windows.get(deciding).map_or(0..0, |window| window.chars.clone());
        Self {
            count: windows.len(),
            deciding: deciding + 1,
            start: chars.start,
            end: chars.end,
        }
    }
}

/// The prediction for one text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The label with the highest score.
    pub predicted_label: String,
    /// The probability of the predicted label, 0 to 1: softmax of logits / temperature.
    pub confidence: f64,
    /// Whether there is a reason to abstain; absent if there is none and the model has no threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstained: Option<bool>,
    /// The reason to abstain, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstain_reason: Option<AbstainReason>,
    /// The share of the text's tokens that the model's vocabulary does not know, 0 to 1.
    pub unknown_share: f64,
    /// All labels with their probabilities, most likely first. The probabilities sum to 1.
    pub scores: Vec<Score>,
    /// The answers to the model's further questions, in their order; most models have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// Whether the text was too long and was cut.
    pub truncated: bool,
    /// How the text was read; absent if it was read at once.
    #[serde(rename = "text_windows", skip_serializing_if = "Option::is_none")]
    pub windows: Option<InWindows>,
    /// How unfamiliar the text is, 0 to 1: the share of the texts that the model was checked with that are closer to its labels. Absent if
    /// the model folder does not say where the texts of its labels are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfamiliarity: Option<f64>,
    /// Whether the unfamiliarity is above 0.95: probably no label fits the text. Absent together with `unfamiliarity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfamiliar: Option<bool>,
}
