//! Planted and absent shifts, and saved profiles.

mod saved;
mod shifts;
mod texts;
