#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! - [`Vectors`] holds the vectors of an encoder, checked and normalised.
//! - [`Themes::fit`] groups similar texts and leaves out texts that fit no theme. [`Themes::describe`] names each theme, finds typical
//!   quotes and states its share with an interval.
//! - [`Themes::groups`] joins similar themes, because texts about one thing can be in several themes; [`Themes::describe_groups`]
//!   names the groups.
//! - [`typical_texts`] finds the texts that are typical of any rows, such as those of a theme in one month.
//! - [`Themes::assign`] finds the themes of new texts. [`Themes::refit`] finds themes again. [`ThemeIds`] keeps their ids and
//!   says which themes are new, merged, split or gone.
//! - [`Themes::select_for_labelling`] chooses the texts to label first.
//!
//! Vectors are integers, so that sums do not depend on the order of addition, and everything random has a seed.

mod error;
mod graph;
mod identity;
mod names;
mod neighbours;
mod random;
#[cfg(test)]
mod sample;
mod selection;
mod themes;
mod vectors;

pub use error::{Error, Result};
pub use identity::{ThemeChange, ThemeIds};
pub use names::{ThemeSummary, typical_texts};
pub use themes::{ThemeOptions, Themes};
pub use vectors::Vectors;
