//! Tables that are stored by column: Parquet and Arrow.

mod arrow;
mod nested;
mod open;
mod output;
mod parquet;
mod rows;
mod scalar;
mod temporal;

pub(crate) use open::{open_arrow, open_parquet};
