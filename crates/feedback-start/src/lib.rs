#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`Texts::read`] reads the texts. A [`Session`] chooses the texts whose labels help most, and has a classifier at any time.
//! Before the first answer, this classifier compares texts with the descriptions of the labels. [`ask`] asks a person at a
//! terminal; [`LabelledFile`] keeps the answers as a file to train on later, and [`Encoder::publish`] writes the model folder.

mod dialogue;
mod error;
mod labelled_file;
mod proposals;
mod publish;
mod selection;
mod session;
mod texts;

pub use dialogue::ask;
pub use error::{Error, Result};
pub use labelled_file::{LabelledFile, LabelledText};
pub use proposals::propose_labels;
pub use publish::{Encoder, check_output};
pub use session::{Estimate, Session};
pub use texts::Texts;
