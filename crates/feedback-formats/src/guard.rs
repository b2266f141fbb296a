//! Protects from decoders that panic on damaged input.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::FormatError;

/// Runs a decoder of another crate. These decoders index into their input, so they may panic on a damaged file. Such a panic becomes
/// [`FormatError::Damaged`], so that it does not end the program. The panic hook still reports the panic on standard error.
pub(crate) fn guarded<T>(what: &'static str, decode: impl FnOnce() -> T) -> Result<T, FormatError> {
    catch_unwind(AssertUnwindSafe(decode)).map_err(|_| FormatError::Damaged {
        what,
        message: "its decoder failed".to_string(),
    })
}
