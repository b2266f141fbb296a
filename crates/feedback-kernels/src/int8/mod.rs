//! Dense layers with weights of 8 bits.
//!
//! Weights are integers from -63 to 63 times one number for each output, rounded once, when a model is loaded. The rows of `x` are
//! rounded in each pass to integers from 0 to 255, with the range of each row (dynamic quantisation). Seven bits of weights and eight
//! of `x` are what AVX2 multiplies without overflow, and all instruction sets use the same numbers, so the results have the same bits
//! everywhere.

mod activations;
mod packed;
mod product;
mod tile;

pub(crate) use packed::{ByteWeight, PackedBytes};
pub(crate) use product::forward;
