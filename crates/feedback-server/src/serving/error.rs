//! Why a text got no prediction.

/// Why a text got no prediction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServingError {
    /// There is more work than can be done in time.
    #[error("more texts are waiting than can be classified in time; try again in {retry_after_s} s")]
    Overloaded {
        /// When trying again makes sense.
        retry_after_s: u64,
    },
    /// A text is empty or white space only.
    #[error("text {position} of {count} is empty")]
    EmptyText {
        /// Which one, from 1.
        position: usize,
        /// How many there are.
        count: usize,
    },
    /// The deadline passed before the text was classified.
    #[error("the deadline passed before the text was classified")]
    DeadlineExceeded,
    /// The model cannot explain, or not this text.
    #[error("{0}")]
    ExplainNotAvailable(String),
    /// The engine has ended.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The model failed on this text, also when it was alone.
    #[error("the model failed on this text: {0}")]
    ModelFailed(String),
}
