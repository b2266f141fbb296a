//! CPU kernels for transformers, with their gradients, as an extension of [Burn](burn).
//!
//! Each operation takes and returns Burn's tensors. On Burn's CPU backend, `flex`, an operation is one pass
//! over memory, on all threads and with the processor's widest instructions; with autodiff it has its own
//! backward pass. On every other backend it is composed of Burn's operations, so that the same model code runs
//! everywhere.
//!
//! - [`look_up`]: rows of a table of embeddings
//! - [`linear`], [`linear_gelu`], [`projections`]: dense layers
//! - [`attention`]: self-attention of several texts that are concatenated without padding
//! - [`mean_pool`]: one vector for each text
//! - [`residual_norm`]: dropout, residual connection and layer normalisation
//! - [`dropout`]
//! - [`adamw`], [`sum_of_squares`], [`scale`]: the optimizer's step and the norm of gradients
//!
//! The result of a row does not depend on the other rows, on the number of threads (`RAYON_NUM_THREADS`), or on the instruction set
//! ([`level`]): its bits are always the same. This is the only crate of the project with `unsafe` code.
//!
//! # Examples
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use feedback_kernels::linear;
//!
//! let device = Device::flex();
//! let x = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device); // [rows, input]
//! let weight = Tensor::<2>::from_floats([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], &device); // [input, output]
//! let bias = Tensor::<1>::from_floats([0.0, 0.0, 10.0], &device); // [output]
//! let output = linear(x, weight, bias).into_data();
//! assert_eq!(output.try_to_vec::<f32>().unwrap(), [1.0, 2.0, 13.0, 3.0, 4.0, 17.0]);
//! ```

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
