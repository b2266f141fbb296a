//! Spreadsheets.

mod biff;
mod cell;
mod choose;
mod compound;
mod ods;
mod ods_text;
mod open;
mod table;
mod xls;
mod xlsx;

pub(crate) use open::{open_compound, open_ods, open_xlsx};
