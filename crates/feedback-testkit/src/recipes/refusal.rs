//! Why a recipe refused something.

use std::error::Error;
use std::fmt;

use super::place::Place;

/// An error of a recipe, as text.
#[derive(Debug)]
pub struct Refusal {
    /// The message and its causes.
    pub message: String,
    /// What to do next, with settings named as in the libraries (`on_bad_row`).
    pub hint: Option<String>,
    /// Whether a setting is invalid, which a program reports as wrong usage.
    pub is_usage: bool,
}

impl Refusal {
    /// Describes an error by its message, its causes and its hint.
    pub fn new(error: &dyn Error, hint: Option<impl ToString>, is_usage: bool) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                message += &format!("\ncaused by: {text}");
            }
            cause = error.source();
        }
        Self {
            message,
            hint: hint.map(|hint| hint.to_string()),
            is_usage,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<feedback_pipeline::Error> for Refusal {
    fn from(error: feedback_pipeline::Error) -> Self {
        Self::new(&error, error.hint(), error.is_usage())
    }
}

impl From<feedback_inference::Error> for Refusal {
    fn from(error: feedback_inference::Error) -> Self {
        Self::new(&error, error.hint(), false)
    }
}

impl From<clap::Error> for Refusal {
    fn from(error: clap::Error) -> Self {
        Self::new(&error, None::<&str>, true)
    }
}

impl Place {
    /// Asserts that a recipe fails because of its input, with all `parts` in its message and its hint, and changes no file. In the
    /// message, paths are relative to the folder.
    ///
    /// # Panics
    ///
    /// If it succeeds, a part or the hint is missing, a setting is to blame, or a file was changed.
    pub fn refused<T, E: Into<Refusal>>(&self, act: impl FnOnce() -> Result<T, E>, parts: &[&str]) -> String {
        let refusal = self.refusal(act);
        assert!(!refusal.is_usage, "a setting is to blame: {refusal}");
        assert!(refusal.hint.is_some(), "no hint: {refusal}");
        self.check_message(&refusal, parts)
    }

    /// Asserts that a recipe fails because of a setting, with all `parts` in its message and its hint, and changes no file.
    ///
    /// # Panics
    ///
    /// If it succeeds, a part is missing, no setting is to blame, or a file was changed.
    pub fn refused_setting<T, E: Into<Refusal>>(
        &self,
        act: impl FnOnce() -> Result<T, E>,
        parts: &[&str],
    ) -> String {
        let refusal = self.refusal(act);
        assert!(refusal.is_usage, "no setting is to blame: {refusal}");
        self.check_message(&refusal, parts)
    }

    /// Asserts that a recipe fails and changes no file, and returns why.
    ///
    /// # Panics
    ///
    /// If it succeeds, or a file was changed.
    pub fn refusal<T, E: Into<Refusal>>(&self, act: impl FnOnce() -> Result<T, E>) -> Refusal {
        match self.unchanged(act) {
            Ok(_) => panic!("it was not refused"),
            Err(error) => error.into(),
        }
    }

    /// Asserts that a refusal has all `parts`, and returns it with paths relative to the folder.
    ///
    /// # Panics
    ///
    /// If a part is missing.
    pub fn check_message(&self, refusal: &Refusal, parts: &[&str]) -> String {
        let folder = self.folder().display().to_string();
        let message = refusal
            .to_string()
            .replace(&format!("{folder}/"), "")
            .replace(&folder, ".");
        for part in parts {
            assert!(message.contains(part), "`{part}` is missing: {message}");
        }
        message
    }
}
