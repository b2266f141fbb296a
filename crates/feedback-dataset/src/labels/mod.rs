//! Label names, class ids, aliases, variant spellings, rare labels, several labels in a cell, conflicting labels and class balance.

pub(crate) mod aliases;
mod balance;
mod conflicts;
pub(crate) mod listed;
mod rare;
pub(crate) mod set;
mod several;
mod variants;

pub use crate::error::LabelError;
pub use aliases::LabelAliases;
pub use balance::{ClassBalance, ClassWeighting, class_weights};
pub use conflicts::{Conflict, conflicting_labels};
pub use listed::listed_labels;
pub use rare::{RareLabelSummary, RareLabels};
pub use set::{DEFAULT_LABELS, LabelSet};
pub use several::{SeveralLabels, several_labels};
pub use variants::{LabelVariants, label_variants, merge_variants};
