//! Errors in a file of rules.

/// Why a file of rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not TOML, has an unknown key or a value of another type.
    #[error("line {line}, column {column}: {message}")]
    Toml {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong and what was expected.
        message: String,
    },

    /// A value cannot be used.
    #[error("line {line}, column {column}: `{key}`: found {found}, expected {expected}")]
    Value {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The key with the value.
        key: &'static str,
        /// The value, or the number of values.
        found: String,
        /// What was expected.
        expected: String,
    },

    /// The file is too large.
    #[error("the rules have {bytes} bytes, the maximum is {max}")]
    TooLarge {
        /// The size of the file.
        bytes: usize,
        /// The maximum size.
        max: usize,
    },
}

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Returns the line and the column, from 1, of a byte of a text.
pub(crate) fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    (
        before.matches('\n').count() + 1,
        before[line..].chars().count() + 1,
    )
}
