//! Labels as people and annotation tools write them: several in a cell, an object instead of a list, or another spelling.

mod fasttext;
mod listed;
mod several;
mod variants;

pub use fasttext::split_fasttext;
pub use listed::{is_choices, listed_labels};
pub use several::{SeveralLabels, several_labels};
pub use variants::{LabelVariants, label_variants};
