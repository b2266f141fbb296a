//! What a training tells on its way.

/// Progress of a training run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetrainEvent {
    /// What was found in the data, and what is not used; one sentence without a full stop.
    Note {
        /// The sentence.
        text: String,
    },
    /// The data are ready.
    Rows {
        /// Number of training rows.
        train: usize,
        /// Number of validation rows.
        validation: usize,
        /// Number of test rows.
        test: usize,
    },
    /// The model is ready to train.
    Model {
        /// Number of parameters.
        parameters: usize,
    },
    /// Training continues from a checkpoint.
    Resumed {
        /// Number of optimizer updates done.
        global_step: usize,
    },
    /// Training was interrupted.
    Stopped {
        /// Number of optimizer updates done.
        global_step: usize,
    },
}
