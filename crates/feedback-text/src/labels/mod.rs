//! Labels as people and annotation tools write them: several in a cell, or an object instead of a list.

mod listed;
mod several;

pub use listed::{is_choices, listed_labels};
pub use several::{SeveralLabels, several_labels};
