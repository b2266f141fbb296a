//! Which themes are the same after they were found again.

mod ids;
mod overlap;

pub use ids::{ThemeChange, ThemeIds};
