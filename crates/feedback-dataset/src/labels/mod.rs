//! Label names, class ids, aliases, variant spellings, rare labels, several labels in a cell, conflicting labels and class balance.

pub(crate) mod aliases;
mod balance;
mod conflicts;
mod rare;
pub(crate) mod set;

pub use crate::error::LabelError;
pub use aliases::{LabelAliases, merge_variants};
pub use balance::{ClassBalance, ClassWeighting, class_weights};
pub use conflicts::{Conflict, conflicting_labels};
pub use feedback_text::labels::{
    LabelVariants, SeveralLabels, label_variants, listed_labels, several_labels,
};
pub use rare::{RareLabelSummary, RareLabels};
pub use set::{DEFAULT_LABELS, LabelSet};
