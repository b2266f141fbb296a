//! Protects from decoders that panic on damaged input.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::FormatError;

/// Runs a decoder of another crate. A panic becomes [`FormatError::Damaged`]: these decoders index into their input, and a damaged
/// file must not end the program. The panic hook still reports it on standard error.
pub(crate) fn guarded<T>(what: &'static str, decode: impl FnOnce() -> T) -> Result<T, FormatError> {
    catch_unwind(AssertUnwindSafe(decode)).map_err(|_| FormatError::Damaged {
        what,
        message: "its decoder failed".to_string(),
    })
}
