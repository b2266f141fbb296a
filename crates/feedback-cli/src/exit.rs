//! Exit codes, and which error leads to which code.

use std::fmt;

/// The command succeeded.
pub const OK: u8 = 0;
/// The command failed.
pub const FAILED: u8 = 1;
/// The command was called incorrectly.
pub const USAGE: u8 = 2;
/// The command succeeded, but left out unusable rows.
pub const SET_ASIDE: u8 = 3;

/// Returns the exit code of a command that succeeded and left out this many rows.
pub fn after_setting_aside(rows: usize) -> u8 {
    if rows == 0 { OK } else { SET_ASIDE }
}

/// Wrong usage that clap cannot detect, such as an invalid combination of arguments.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// An error whose exit code depends on more than the error, such as the signal that caused it.
#[derive(Debug)]
pub struct WithCode {
    code: u8,
    error: anyhow::Error,
}

impl WithCode {
    /// Wraps the error so that the command ends with this exit code.
    pub fn new(code: u8, error: anyhow::Error) -> Self {
        Self { code, error }
    }
}

impl fmt::Display for WithCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for WithCode {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The wrapped error is part of the chain, so that its type can be found there; the hint depends on the type.
        Some(self.error.as_ref())
    }
}

/// Returns the exit code for an error.
pub(crate) fn code_of(error: &anyhow::Error) -> u8 {
    if let Some(error) = error.downcast_ref::<WithCode>() {
        return error.code;
    }
    let is_usage = error
        .downcast_ref::<feedback_pipeline::Error>()
        .is_some_and(feedback_pipeline::Error::is_usage)
        || error
            .downcast_ref::<feedback_studies::Error>()
            .is_some_and(feedback_studies::Error::is_usage)
        || error
            .downcast_ref::<feedback_multilabel::Error>()
            .is_some_and(feedback_multilabel::Error::is_usage)
        || error
            .downcast_ref::<feedback_pretrain::Error>()
            .is_some_and(feedback_pretrain::Error::is_usage)
        || error
            .downcast_ref::<feedback_report::Error>()
            .is_some_and(feedback_report::Error::is_usage)
        || error
            .downcast_ref::<feedback_bert::Error>()
            .is_some_and(|error| matches!(error, feedback_bert::Error::Device { .. }))
        || error.is::<UsageError>();
    if is_usage { USAGE } else { FAILED }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn usage_errors_and_explicit_codes_are_found_below_a_context() {
        assert_eq!(code_of(&anyhow::anyhow!("it broke")), FAILED);
        let usage: anyhow::Result<()> = Err(UsageError("both".into()).into());
        assert_eq!(code_of(&usage.context("while reading").unwrap_err()), USAGE);
        let interrupted = WithCode::new(130, anyhow::anyhow!("interrupted"));
        assert_eq!(code_of(&interrupted.into()), 130);
    }

    #[test]
    fn an_invalid_pretraining_setting_is_a_usage_error() {
        let wrong = feedback_bert::masked_lm::WholeWordMasking::check_probability(2.0).unwrap_err();
        assert_eq!(code_of(&feedback_pretrain::Error::from(wrong).into()), USAGE);
        assert_eq!(code_of(&feedback_pretrain::Error::Vocabularies.into()), FAILED);
    }

    #[test]
    fn an_explicit_code_hides_neither_the_error_nor_its_causes() {
        let error = anyhow::anyhow!("the disk").context("the run stopped");
        let error = anyhow::Error::from(WithCode::new(130, error));
        let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
        assert_eq!(chain, ["the run stopped", "the run stopped", "the disk"]);
    }
}
