//! Label names, class ids, aliases, variant spellings, conflicting labels and class balance.

pub(crate) mod aliases;
mod balance;
mod conflicts;
pub(crate) mod set;
mod variants;

pub use crate::error::LabelError;
pub use aliases::LabelAliases;
pub use balance::{ClassBalance, ClassWeighting, class_weights};
pub use conflicts::{Conflict, conflicting_labels};
pub use set::{DEFAULT_LABELS, LabelSet};
pub use variants::{LabelVariants, label_variants, merge_variants};
