//! Former names of constructors. They go with the old paths.

use crate::duplicates::DuplicateSummary;
use crate::labels::ClassBalance;
use crate::personal_data::PersonalSummary;
use crate::text::{LengthSummary, TextLengths};

impl ClassBalance {
    #[doc(hidden)]
    #[must_use]
    pub fn of(labels: &[usize], n_classes: usize) -> Self {
        Self::from_labels(labels, n_classes)
    }
}

impl DuplicateSummary {
    #[doc(hidden)]
    #[must_use]
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        Self::from_texts(texts)
    }
}

impl LengthSummary {
    #[doc(hidden)]
    #[must_use]
    pub fn of(lengths: impl IntoIterator<Item = usize>) -> Option<Self> {
        Self::from_lengths(lengths)
    }
}

impl PersonalSummary {
    #[doc(hidden)]
    #[must_use]
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::from_texts(texts)
    }
}

impl TextLengths {
    #[doc(hidden)]
    #[must_use]
    pub fn of<S: AsRef<str>>(texts: &[S]) -> Option<Self> {
        Self::from_texts(texts)
    }
}
