//! Tables that are stored by column: Parquet and Arrow.

mod ahead;
mod arrow;
mod class_names;
mod folder;
mod nested;
mod open;
mod output;
mod parquet;
mod rows;
mod scalar;
mod short_input;
mod temporal;

pub(crate) use folder::{is_dataset_folder, open_folder};
pub(crate) use open::{open_arrow, open_parquet};
