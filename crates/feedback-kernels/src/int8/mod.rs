//! Dense layers with weights of 8 bits.
//!
//! A weight is an integer from -63 to 63 times the scale of its output. Weights are rounded once, when a
//! model is loaded. Each row of `x` is rounded in each pass to integers from 0 to 255 that span the range of
//! the row (dynamic quantisation). AVX2 can multiply such 7-bit weights and 8-bit inputs without overflow.
//! All instruction sets use the same integers, so the results have the same bits everywhere.

mod activations;
mod packed;
mod product;
mod tile;

pub(crate) use packed::{ByteWeight, PackedBytes};
pub(crate) use product::forward;
