//! The instruction set NEON, which every 64-bit ARM processor has.

use std::arch::aarch64::*;

use super::vector::{LANES, Simd};

/// Proves that the processor has NEON, which is part of the architecture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neon;

/// Four registers of four lanes.
type Quad = [float32x4_t; 4];

/// Calls intrinsics of NEON.
macro_rules! neon {
    ($call:expr) => {
        // SAFETY: NEON is part of AArch64; loads and stores are within arrays of 16 numbers.
        unsafe { $call }
    };
}

#[inline(always)]
fn map(f: impl Fn(usize) -> float32x4_t) -> Quad {
    std::array::from_fn(f)
}

impl Simd for Neon {
    type Vector = Quad;

    // Twenty-four of the thirty-two registers hold sums.
    const TILE_VECTORS: usize = 1;
    const TILE_ROWS: usize = 6;

    #[inline(always)]
    fn splat(self, value: f32) -> Quad {
        map(|_| neon!(vdupq_n_f32(value)))
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Quad {
        map(|part| neon!(vld1q_f32(from.as_ptr().add(4 * part))))
    }
    #[inline(always)]
    fn store(self, value: Quad, to: &mut [f32; LANES]) {
        for (part, lanes) in value.into_iter().enumerate() {
            neon!(vst1q_f32(to.as_mut_ptr().add(4 * part), lanes));
        }
    }
    #[inline(always)]
    fn add(self, a: Quad, b: Quad) -> Quad {
        map(|part| neon!(vaddq_f32(a[part], b[part])))
    }
    #[inline(always)]
    fn sub(self, a: Quad, b: Quad) -> Quad {
        map(|part| neon!(vsubq_f32(a[part], b[part])))
    }
    #[inline(always)]
    fn mul(self, a: Quad, b: Quad) -> Quad {
        map(|part| neon!(vmulq_f32(a[part], b[part])))
    }
    #[inline(always)]
    fn div(self, a: Quad, b: Quad) -> Quad {
        map(|part| neon!(vdivq_f32(a[part], b[part])))
    }
    #[inline(always)]
    fn fma(self, a: Quad, b: Quad, c: Quad) -> Quad {
        map(|part| neon!(vfmaq_f32(c[part], a[part], b[part])))
    }
    #[inline(always)]
    fn sqrt(self, a: Quad) -> Quad {
        map(|part| neon!(vsqrtq_f32(a[part])))
    }
    #[inline(always)]
    fn max(self, a: Quad, b: Quad) -> Quad {
        map(|part| neon!(vbslq_f32(vcgtq_f32(a[part], b[part]), a[part], b[part])))
    }
    #[inline(always)]
    fn min(self, a: Quad, b: Quad) -> Quad {
        map(|part| neon!(vbslq_f32(vcltq_f32(a[part], b[part]), a[part], b[part])))
    }
    #[inline(always)]
    fn round(self, a: Quad) -> Quad {
        map(|part| neon!(vrndnq_f32(a[part])))
    }
    #[inline(always)]
    fn exp2(self, n: Quad) -> Quad {
        map(|part| {
            neon!({
                let exponent = vaddq_s32(vcvtq_s32_f32(n[part]), vdupq_n_s32(127));
                vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent))
            })
        })
    }
    #[inline(always)]
    fn select_less(self, a: Quad, b: Quad, yes: Quad, no: Quad) -> Quad {
        map(|part| neon!(vbslq_f32(vcltq_f32(a[part], b[part]), yes[part], no[part])))
    }
}
