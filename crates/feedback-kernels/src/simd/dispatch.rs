//! Finds the processor's instruction set once, at run time.

use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512::Avx512;
use super::dot::{Dot, ScalarDot};
#[cfg(target_arch = "aarch64")]
use super::dot_neon::NeonDot;
#[cfg(target_arch = "x86_64")]
use super::dot_x86::{Avx2Dot, Avx512VnniDot, AvxVnniDot};
#[cfg(target_arch = "aarch64")]
use super::neon::Neon;
use super::scalar::Scalar;
use super::vector::Simd;

/// The environment variable that selects a lower level than the processor supports, for comparisons: `scalar`
/// or `avx2`.
const VARIABLE: &str = "FEEDBACK_SIMD";

/// The name of an instruction set. The variants are ordered from slowest to fastest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// Plain Rust, on any processor.
    Scalar,
    /// Plain Rust, with the tile size that the AVX-512 kernels use.
    #[cfg(test)]
    WideScalar,
    /// ARM's NEON.
    Neon,
    /// AVX2 with FMA.
    Avx2,
    /// AVX-512.
    Avx512,
}

/// Returns the instruction set that the kernels use on this processor.
///
/// The environment variable `FEEDBACK_SIMD` (`avx2` or `scalar`) selects a lower one. The results have the same
/// bits with all of them.
pub fn level() -> Level {
    #[cfg(test)]
    if let Some(level) = *FORCED.lock().unwrap() {
        return level;
    }
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let asked = match std::env::var(VARIABLE).as_deref() {
            Ok("scalar") => Level::Scalar,
            Ok("avx2") => Level::Avx2,
            _ => Level::Avx512,
        };
        let usable = usable_levels().filter(|level| *level <= asked);
        usable.max().unwrap_or(Level::Scalar)
    })
}

/// The level that a test has selected.
#[cfg(test)]
static FORCED: std::sync::Mutex<Option<Level>> = std::sync::Mutex::new(None);

/// Runs `f` with this level on all threads. Only one test at a time can do this.
#[cfg(test)]
pub(crate) fn at_level<T>(level: Level, f: impl FnOnce() -> T) -> T {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *FORCED.lock().unwrap() = Some(level);
    let result = f();
    *FORCED.lock().unwrap() = None;
    result
}

/// Returns the levels that this processor supports.
pub(crate) fn usable_levels() -> impl Iterator<Item = Level> {
    let levels = [
        Level::Scalar,
        #[cfg(test)]
        Level::WideScalar,
        Level::Neon,
        Level::Avx2,
        Level::Avx512,
    ];
    levels.into_iter().filter(|level| match level {
        Level::Scalar => true,
        #[cfg(test)]
        Level::WideScalar => true,
        Level::Neon => cfg!(target_arch = "aarch64"),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => Avx2::detect().is_some(),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => Avx512::detect().is_some(),
        #[cfg(not(target_arch = "x86_64"))]
        Level::Avx2 | Level::Avx512 => false,
    })
}

/// A computation written for any instruction set.
pub(crate) trait Kernel {
    /// The type of the result.
    type Output;
    /// Runs the kernel. This function and all functions that it calls must be `#[inline(always)]`, so that they
    /// are compiled for the instruction set.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Runs a kernel with the processor's instruction set.
#[inline]
pub(crate) fn run<K: Kernel>(kernel: K) -> K::Output {
    run_at(level(), kernel)
}

/// Runs a kernel with this instruction set, or as plain Rust if the processor does not support it.
#[inline]
pub(crate) fn run_at<K: Kernel>(level: Level, kernel: K) -> K::Output {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => {
            if let Some(simd) = Avx512::detect() {
                // SAFETY: the processor has the instruction set that the function is compiled for.
                return unsafe { with_avx512(kernel, simd) };
            }
        }
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => {
            if let Some(simd) = Avx2::detect() {
                // SAFETY: the processor has the instruction set that the function is compiled for.
                return unsafe { with_avx2(kernel, simd) };
            }
        }
        #[cfg(target_arch = "aarch64")]
        Level::Neon => return kernel.run(Neon),
        // With this level, the tile size of the AVX-512 kernels is tested on processors without AVX-512.
        #[cfg(test)]
        Level::WideScalar => return kernel.run(Scalar::<2, 12>),
        _ => {}
    }
    kernel.run(Scalar::<1, 4>)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<K: Kernel>(kernel: K, simd: Avx2) -> K::Output {
    kernel.run(simd)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn with_avx512<K: Kernel>(kernel: K, simd: Avx512) -> K::Output {
    kernel.run(simd)
}

/// A computation with products of bytes, written for any instruction set.
pub(crate) trait ByteKernel {
    /// The type of the result.
    type Output;
    /// Runs the kernel. Like [`Kernel::run`], it must be `#[inline(always)]`.
    fn run<S: Simd, D: Dot>(self, simd: S, dot: D) -> Self::Output;
}

/// Runs a kernel at this level, with the fastest byte-product instructions that the processor supports at or below it. On a
/// processor without AVX-512 VNNI, for example, the level `Avx512` runs an AVX2 kernel.
#[inline]
pub(crate) fn run_bytes<K: ByteKernel>(level: Level, kernel: K) -> K::Output {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 | Level::Avx2 => {
            if level == Level::Avx512
                && let (Some(simd), Some(dot)) = (Avx512::detect(), Avx512VnniDot::detect())
            {
                // SAFETY: the processor has the instruction sets that the function is compiled for.
                return unsafe { with_avx512_vnni(kernel, simd, dot) };
            }
            if let (Some(simd), Some(dot)) = (Avx2::detect(), AvxVnniDot::detect()) {
                // SAFETY: the processor has the instruction sets that the function is compiled for.
                return unsafe { with_avx_vnni(kernel, simd, dot) };
            }
            if let (Some(simd), Some(dot)) = (Avx2::detect(), Avx2Dot::detect()) {
                // SAFETY: the processor has the instruction sets that the function is compiled for.
                return unsafe { with_avx2_bytes(kernel, simd, dot) };
            }
        }
        #[cfg(target_arch = "aarch64")]
        Level::Neon => return kernel.run(Neon, NeonDot),
        _ => {}
    }
    kernel.run(Scalar::<1, 4>, ScalarDot)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2_bytes<K: ByteKernel>(kernel: K, simd: Avx2, dot: Avx2Dot) -> K::Output {
    kernel.run(simd, dot)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avxvnni,avx2,fma")]
fn with_avx_vnni<K: ByteKernel>(kernel: K, simd: Avx2, dot: AvxVnniDot) -> K::Output {
    kernel.run(simd, dot)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512vnni,avx512f,avx2,fma")]
fn with_avx512_vnni<K: ByteKernel>(kernel: K, simd: Avx512, dot: Avx512VnniDot) -> K::Output {
    kernel.run(simd, dot)
}
