//! The instruction set that every processor has.

use super::vector::{LANES, Simd};

/// Plain Rust, with tiles of any size. Its multiply-adds are fused too, which is slow if the processor has no
/// instruction for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar<const VECTORS: usize, const ROWS: usize>;

#[inline(always)]
fn map(f: impl Fn(usize) -> f32) -> [f32; LANES] {
    std::array::from_fn(f)
}

impl<const VECTORS: usize, const ROWS: usize> Simd for Scalar<VECTORS, ROWS> {
    type Vector = [f32; LANES];

    const TILE_VECTORS: usize = VECTORS;
    const TILE_ROWS: usize = ROWS;

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        [value; LANES]
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::Vector {
        *from
    }
    #[inline(always)]
    fn store(self, value: Self::Vector, to: &mut [f32; LANES]) {
        *to = value;
    }
    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(|lane| a[lane] + b[lane])
    }
    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(|lane| a[lane] - b[lane])
    }
    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(|lane| a[lane] * b[lane])
    }
    #[inline(always)]
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(|lane| a[lane] / b[lane])
    }
    #[inline(always)]
    fn fma(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        map(|lane| a[lane].mul_add(b[lane], c[lane]))
    }
    #[inline(always)]
    fn sqrt(self, a: Self::Vector) -> Self::Vector {
        map(|lane| a[lane].sqrt())
    }
    #[inline(always)]
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(|lane| if a[lane] > b[lane] { a[lane] } else { b[lane] })
    }
    #[inline(always)]
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        map(|lane| if a[lane] < b[lane] { a[lane] } else { b[lane] })
    }
    #[inline(always)]
    fn round(self, a: Self::Vector) -> Self::Vector {
        map(|lane| a[lane].round_ties_even())
    }
    #[inline(always)]
    fn exp2(self, n: Self::Vector) -> Self::Vector {
        map(|lane| f32::from_bits(((n[lane] as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    fn select_less(
        self,
        a: Self::Vector,
        b: Self::Vector,
        yes: Self::Vector,
        no: Self::Vector,
    ) -> Self::Vector {
        map(|lane| if a[lane] < b[lane] { yes[lane] } else { no[lane] })
    }
}
