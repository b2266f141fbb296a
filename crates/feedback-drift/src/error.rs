//! Errors in the input.

/// Why a profile could not be made, or two profiles could not be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text has a label that is not in the list of labels.
    #[error("text {row}: label {found}, expected one below {n_labels}")]
    Label {
        /// The text, counted from 0.
        row: usize,
        /// The label found.
        found: usize,
        /// The number of labels.
        n_labels: usize,
    },

    /// A number of a text is out of range.
    #[error("text {row}: `{what}` is {found}, expected {expected}")]
    Value {
        /// The text, counted from 0.
        row: usize,
        /// The field.
        what: &'static str,
        /// The value found.
        found: f64,
        /// The expected range.
        expected: &'static str,
    },

    /// The vectors of the texts differ in length, or one is empty or zero.
    #[error("text {row}: the vector has {found} numbers, expected {expected}, not all of them zero")]
    Vector {
        /// The text, counted from 0.
        row: usize,
        /// The length found.
        found: usize,
        /// The length of the first vector.
        expected: usize,
    },

    /// The profiles belong to models with different labels.
    #[error(
        "the profiles have different labels: {} and {}",
        reference.join(", "), current.join(", ")
    )]
    Labels {
        /// The labels of the reference.
        reference: Vec<String>,
        /// The labels of the other profile.
        current: Vec<String>,
    },

    /// The profiles belong to models with different encoders.
    #[error("the profiles come from different encoders (`{reference}` and `{current}`)")]
    Encoders {
        /// The fingerprint of the reference's encoder.
        reference: String,
        /// The fingerprint of the other encoder.
        current: String,
    },

    /// A profile has too few texts for a comparison.
    #[error("{which} has {found} different texts, expected at least {expected}")]
    TooFewTexts {
        /// The profile: "the reference" or "the current period".
        which: &'static str,
        /// The number of texts.
        found: usize,
        /// The smallest number that can be compared.
        expected: usize,
    },

    /// A saved profile is damaged, or was written by a later version.
    #[error("the profile cannot be used: {reason}")]
    Damaged {
        /// What is wrong.
        reason: String,
    },

    /// An option is out of range.
    #[error("`{option}` is {found}, expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// The value found.
        found: f64,
        /// The expected range.
        expected: &'static str,
    },

    /// An interval or a correction cannot be computed.
    #[error(transparent)]
    Statistics(#[from] feedback_metrics::Error),
}

impl Error {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Labels { .. } | Self::Encoders { .. } => Some("make both with the same model".to_owned()),
            Self::TooFewTexts { .. } => Some("compare longer periods".to_owned()),
            Self::Statistics(error) => error.hint(),
            _ => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
