//! How to load a checkpoint without a complete head, and which tensors were not read from it.

/// What to do if a file lacks tensors of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingHead {
    /// Return an error: the file must be a trained classifier.
    Refuse,
    /// Initialise pooler and classifier from this seed: the file is an encoder to be fine-tuned. A classifier
    /// with a different number of labels is initialised as well.
    Initialise {
        /// Seed of the generator.
        seed: u64,
    },
    /// Like `Initialise`, but initialise the last layer even if it fits, since it was trained for different labels.
    Replace {
        /// Seed of the generator.
        seed: u64,
    },
}

impl MissingHead {
    /// Returns the seed, if initialising is allowed.
    pub(crate) fn seed(self) -> Option<u64> {
        match self {
            Self::Refuse => None,
            Self::Initialise { seed } | Self::Replace { seed } => Some(seed),
        }
    }
}

/// The tensors that were initialised or ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Hugging Face's names of the tensors that were initialised, because they were missing in the file, had a different shape or
    /// were trained for different labels.
    pub initialised: Vec<String>,
    /// Hugging Face's names of the tensors in the file that the model does not use.
    pub ignored: Vec<String>,
}
