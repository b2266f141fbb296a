//! Finds themes in texts, that is, what people write about, from sentence vectors and without labels.
//!
//! - [`Vectors`] holds the vectors of an encoder, checked and normalised.
//! - [`Themes::fit`] groups similar texts and leaves out texts that fit no theme; nobody has to choose the number of themes.
//!   [`Themes::describe`] names each theme, finds typical quotes and states its share with an interval.
//! - [`Themes::groups`] joins similar themes, because texts about one thing can be in several themes; [`Themes::describe_groups`]
//!   names the groups.
//! - [`typical_texts`] finds the texts that are typical of any rows, such as those of a theme in one month.
//! - [`Themes::assign`] finds the themes of new texts. [`Themes::refit`] finds themes again. [`ThemeIds`] keeps their ids and
//!   says which themes are new, merged, split or gone.
//! - [`Themes::select_for_labelling`] chooses the texts to label first.
//!
//! The crate reads and writes no files and runs no model. The same input gives the same bytes on every processor and with any
//! number of threads. Vectors are integers, so that sums do not depend on the order of addition, and everything random has a
//! seed.
//!
//! # Examples
//!
//! ```
//! use feedback_insight::{ThemeOptions, Themes, Vectors};
//!
//! let texts = ["My card arrived late", "the card arrived broken", "Love the dark mode", "dark mode is great"];
//! // An encoder gives vectors of a few hundred numbers; these have two.
//! let vectors = Vectors::new(2, &[1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0])?;
//! let options = ThemeOptions::default().with_n_neighbours(2).with_min_size(2);
//! let themes = Themes::fit(&vectors, &options)?;
//! assert_eq!(themes.of_rows(), [Some(0), Some(0), Some(1), Some(1)]);
//!
//! let summaries = themes.describe(&texts, &vectors)?;
//! assert_eq!(summaries[0].name, "card arrived");
//! assert_eq!(summaries[1].name, "dark mode");
//!
//! let new = Vectors::new(2, &[0.05, 1.0, -1.0, 0.0])?;
//! assert_eq!(themes.assign(&new)?, [Some(1), None]);
//! # Ok::<(), feedback_insight::Error>(())
//! ```

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

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
