#![doc = include_str!("../README.md")]
//!
//! # Operations
//!
//! - [`look_up`]: rows of a table of embeddings
//! - [`linear`], [`linear_gelu`], [`projections`]: dense layers
//! - [`attention`]: self-attention of several texts that are concatenated without padding
//! - [`mean_pool`]: one vector for each text
//! - [`residual_norm`]: dropout, residual connection and layer normalisation
//! - [`dropout`]
//! - [`adamw`], [`sum_of_squares`], [`scale`]: the optimizer's step and the norm of gradients
//!
//! On Burn's CPU backend, `flex`, an operation is one pass over memory; with autodiff it has its own backward pass. The number of threads
//! is that of Rayon (`RAYON_NUM_THREADS`).

#[cfg(feature = "flex")]
mod activation;
#[cfg(feature = "flex")]
mod adamw;
mod adamw_step;
#[cfg(feature = "flex")]
mod attention;
#[cfg(feature = "flex")]
mod buffers;
mod byte_scheme;
#[cfg(feature = "flex")]
mod dropout;
#[cfg(feature = "flex")]
mod embedding;
#[cfg(feature = "flex")]
mod extension;
mod finite;
#[cfg(feature = "flex")]
mod gemm;
#[cfg(feature = "flex")]
mod int8;
#[cfg(feature = "flex")]
mod linear;
#[cfg(feature = "flex")]
mod mean;
#[cfg(feature = "flex")]
mod norm;
mod ops;
#[cfg(feature = "flex")]
mod ours;
mod plain;
mod quantize;
#[cfg(feature = "flex")]
mod rows;
mod sequences;
#[cfg(feature = "flex")]
mod shared;
#[cfg(feature = "flex")]
mod simd;
#[cfg(all(test, feature = "flex"))]
#[expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]
mod tests;

pub use adamw_step::AdamWStep;
pub use finite::are_finite;
pub use ops::{
    adamw, attention, dropout, linear, linear_gelu, look_up, mean_pool, projections, residual_norm, scale,
    sum_of_squares,
};
pub use quantize::quantize;
pub use sequences::Sequences;
#[cfg(feature = "flex")]
pub use simd::{Level, level};
