//! Why a text got no prediction.

/// Why a text got no prediction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServingError {
    /// More texts are waiting than can be classified in time.
    #[error("more texts are waiting than can be classified in time; try again in {retry_after_s} s")]
    Overloaded {
        /// Seconds after which the client should try again.
        retry_after_s: u64,
    },
    /// A text is empty or white space only.
    #[error("text {position} of {count} is empty")]
    EmptyText {
        /// The position of the text in the request, from 1.
        position: usize,
        /// The number of texts in the request.
        count: usize,
    },
    /// The deadline passed before the text was classified.
    #[error("the deadline passed before the text was classified")]
    DeadlineExceeded,
    /// The model cannot be explained, or the text has too many words. Contains the reason.
    #[error("{0}")]
    ExplainNotAvailable(String),
    /// The model does not have the label to explain.
    #[error("`explain_label` is `{0}`, which is not a label of the serving model")]
    UnknownLabel(String),
    /// The engine was stopped.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The model failed on this text, even when it was classified alone.
    #[error("the model failed on this text: {0}")]
    ModelFailed(String),
}
