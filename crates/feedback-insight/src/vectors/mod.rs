//! Sentence vectors, checked and normalised.

mod dot;
mod matrix;

pub use matrix::Vectors;
pub(crate) use matrix::cosine;
