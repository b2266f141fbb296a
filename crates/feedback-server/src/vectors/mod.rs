//! The vectors of the stored texts: computed once for each text, kept in a file beside the database, and searched.
//!
//! [`Keeper`] computes them in the background, [`KeptVectors`] has the file. A text that is erased takes its vector with it.

mod encoder;
mod keeper;
mod kept;

pub(crate) use encoder::Encoder;
pub use encoder::EncoderLoader;
pub(crate) use keeper::{Keeper, Sources};
pub(crate) use kept::KeptVectors;
