//! The guard, which keeps validation and test texts out of training.

use std::collections::HashSet;

use feedback_dataset::text::fingerprint;

/// Knows every validation and test text of a run by the hash of its normalised form.
///
/// A text is found in any spelling that has the same normalised form: case, accents, width, punctuation and white space
/// make no difference. The set of texts is fixed when the run begins. A validation row that is later removed from the
/// metrics is still in the set, so it never becomes a training row.
///
/// # Examples
///
/// ```
/// use feedback_corrections::Guard;
///
/// let guard = Guard::new(["The app crashes"], ["Great!"]);
/// assert_eq!(guard.refusal("  the APP crashes..."), Some("the same text is in validation"));
/// assert_eq!(guard.refusal("great"), Some("the same text is in test"));
/// assert_eq!(guard.refusal("The app is slow"), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Guard {
    validation: HashSet<u64>,
    test: HashSet<u64>,
}

impl Guard {
    /// Creates a guard that knows these texts.
    pub fn new<'a>(
        validation: impl IntoIterator<Item = &'a str>,
        test: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            validation: validation.into_iter().map(fingerprint).collect(),
            test: test.into_iter().map(fingerprint).collect(),
        }
    }

    /// Returns the reason why a text must not enter training; `None` if it may enter training.
    pub fn refusal(&self, text: &str) -> Option<&'static str> {
        let found = fingerprint(text);
        if self.test.contains(&found) {
            Some("the same text is in test")
        } else if self.validation.contains(&found) {
            Some("the same text is in validation")
        } else {
            None
        }
    }
}
