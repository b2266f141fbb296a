//! Errors when splitting or sampling rows.

use crate::quote::shown;

/// A class with too few examples for a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RareClass {
    /// The class id.
    pub class: usize,
    /// The name of the class, if it is known.
    pub label: Option<String>,
    /// How many rows the class has, all in one group.
    pub rows: usize,
}

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

    /// Some classes have one example, or all their examples are in one group.
    #[error("{}, but a split needs at least two", rare_classes(classes))]
    SingleExample {
        /// All these classes, in the order of their ids; at least one.
        classes: Vec<RareClass>,
    },

    /// A part is empty because the groups of rows cannot be divided as requested.
    #[error(
        "the {part} part would be empty: {wanted} of {rows} rows were requested, but the rows are in {groups} groups that stay together"
    )]
    EmptyPart {
        /// `test`, `validation` or `training`.
        part: &'static str,
        /// Number of rows that were requested for the part.
        wanted: usize,
        /// Number of rows of all parts.
        rows: usize,
        /// Number of groups.
        groups: usize,
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
                "add examples of these classes, give their rows another label, or leave them out"
            }
            Self::EmptyPart { .. } => {
                "group by a field with more values, choose another size, or set the size of this part to 0"
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

    /// Adds the names of the classes to an error that contains only class ids.
    #[must_use]
    pub fn name_class(mut self, name: impl Fn(usize) -> Option<String>) -> Self {
        if let Self::SingleExample { classes } = &mut self {
            for class in classes.iter_mut().filter(|class| class.label.is_none()) {
                class.label = name(class.class);
            }
        }
        self
    }
}

fn rare_classes(classes: &[RareClass]) -> String {
    match classes {
        [class] => match class.rows {
            1 => format!("{} has a single example", class_name(class, "the label ")),
            rows => format!(
                "{} has {rows} examples in one group",
                class_name(class, "the label ")
            ),
        },
        _ => {
            let names = classes
                .iter()
                .map(|class| format!("{} ({})", class_name(class, ""), class.rows));
            format!(
                "{} labels have a single example or all examples in one group: {}",
                classes.len(),
                names.collect::<Vec<_>>().join(", ")
            )
        }
    }
}

fn class_name(class: &RareClass, before: &str) -> String {
    match &class.label {
        Some(label) => format!("{before}`{}`", shown(label)),
        None => format!("class {}", class.class),
    }
}
