//! Computes with 16 numbers at a time, with the instruction set of the processor.
//!
//! A vector has 16 lanes everywhere: one register of AVX-512, two of AVX2, four of NEON, an array elsewhere. Kernels are written
//! once over [`vector::Simd`], and every instruction set does the same operations in the same order, with fused multiply-adds, so all
//! of them return the same bits.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod dispatch;
mod dot;
#[cfg(target_arch = "aarch64")]
mod dot_neon;
#[cfg(target_arch = "x86_64")]
mod dot_x86;
mod math;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod slices;
mod vector;

pub(crate) use dispatch::{ByteKernel, Kernel, run, run_at, run_bytes};
pub use dispatch::{Level, level};
#[cfg(test)]
pub(crate) use dispatch::{at_level, usable_levels};
pub(crate) use dot::{ByteBlock, Dot};
pub(crate) use math::{exp, gelu, gelu_gradient};
pub(crate) use slices::{dot, load_part, max, store_part, sum};
pub(crate) use vector::{LANES, Simd};
