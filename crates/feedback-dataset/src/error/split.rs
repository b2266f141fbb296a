//! Errors when splitting or sampling rows.

/// The reason why rows cannot be split or sampled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// Two lists that describe the same rows differ in length.
    #[error("{what}: {found} entries, expected {expected}, one for each row")]
    LengthMismatch {
        /// The list that differs.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The expected length.
        expected: usize,
    },

    /// The requested size of a part is impossible.
    #[error("{part}_size = {size} is impossible: {reason}")]
    Size {
        /// `test` or `validation`.
        part: &'static str,
        /// The requested size.
        size: String,
        /// Why it is impossible.
        reason: String,
        /// What to do next.
        hint: String,
    },

    /// A class has one example, or all its examples are in one group.
    #[error("{} has {}, but a split needs at least two", class_name(*class, label.as_deref()), one_group(*rows))]
    SingleExample {
        /// The class id.
        class: usize,
        /// The name of the class, if it is known.
        label: Option<String>,
        /// How many rows the class has, all in one group.
        rows: usize,
    },

    /// There are too many rows.
    #[error("{rows} rows are too many for a split, which takes at most {}", u32::MAX)]
    TooManyRows {
        /// How many rows there are.
        rows: usize,
    },

    /// This number of folds is impossible.
    #[error("{n_folds} folds are impossible: {reason}")]
    Folds {
        /// The requested number.
        n_folds: usize,
        /// Why it is impossible.
        reason: String,
    },

    /// Rows cannot be sampled or split with these weights.
    #[error("invalid weights: {reason}")]
    Weights {
        /// Why the weights are invalid.
        reason: String,
    },
}

impl SplitError {
    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Size { hint, .. } => hint,
            Self::SingleExample { .. } => {
                "add examples of this class, give its rows another label, or leave them out"
            }
            Self::TooManyRows { .. } => "split a sample of them",
            Self::Folds { .. } => "choose another number of folds",
            Self::Weights { .. } => {
                "weights must be finite and not negative, and at least one must be above 0"
            }
            Self::LengthMismatch { .. } => return None,
        };
        Some(hint.to_string())
    }

    /// Adds the name of the class to an error that contains only the class id.
    #[must_use]
    pub fn name_class(self, name: impl FnOnce(usize) -> Option<String>) -> Self {
        match self {
            Self::SingleExample {
                class,
                label: None,
                rows,
            } => Self::SingleExample {
                class,
                label: name(class),
                rows,
            },
            other => other,
        }
    }
}

fn class_name(class: usize, label: Option<&str>) -> String {
    match label {
        Some(label) => format!("the label `{label}`"),
        None => format!("class {class}"),
    }
}

fn one_group(rows: usize) -> String {
    match rows {
        1 => "a single example".to_string(),
        _ => format!("{rows} examples in one group"),
    }
}
