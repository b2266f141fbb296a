//! Names, quotes and sizes of themes.

mod describe;
mod phrases;
mod quotes;
mod words;

pub use describe::ThemeSummary;
pub use quotes::typical_texts;
