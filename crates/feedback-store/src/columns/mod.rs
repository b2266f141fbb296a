//! The columns of all predictions in memory, so that a store of millions of texts is counted in milliseconds.
//!
//! Databases keep a row together, so counting a column reads all texts. Here, each column is a list of numbers. Before each answer, the
//! columns take over what has changed in the database since the last one, so they say what the database would say.

mod answers;
mod dictionary;
mod fields;
mod keeper;
mod selection;
mod table;

pub(crate) use keeper::Columns;
pub(crate) use table::Table;
