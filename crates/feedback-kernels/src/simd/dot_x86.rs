//! Products of bytes on x86-64.

use std::arch::x86_64::*;

use super::dot::{ByteBlock, Dot};
use super::vector::LANES;

/// Defines an instruction set with two registers of eight sums.
macro_rules! pair {
    ($(#[$doc:meta])* $name:ident, $features:expr, rows: $rows:literal, |$sums:ident, $left:ident, $right:ident| $add:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name(());

        impl $name {
            pub(crate) fn detect() -> Option<Self> {
                $features.then_some(Self(()))
            }
        }

        impl Dot for $name {
            type Sums = [__m256i; 2];

            const TILE_VECTORS: usize = 1;
            const TILE_ROWS: usize = $rows;

            #[inline(always)]
            fn zero(self) -> Self::Sums {
                // SAFETY: a value of this type exists only where the processor has the instructions.
                unsafe { [_mm256_setzero_si256(); 2] }
            }
            #[inline(always)]
            fn add(self, $sums: Self::Sums, left: [u8; 4], right: &ByteBlock) -> Self::Sums {
                // SAFETY: as in `zero`; the block has 64 bytes, and these loads need no alignment.
                unsafe {
                    let $left = _mm256_set1_epi32(i32::from_ne_bytes(left));
                    let $right = [
                        _mm256_loadu_si256(right.as_ptr().cast()),
                        _mm256_loadu_si256(right.as_ptr().add(32).cast()),
                    ];
                    $add
                }
            }
            #[inline(always)]
            fn to_array(self, sums: Self::Sums) -> [i32; LANES] {
                let mut lanes = [0; LANES];
                // SAFETY: as in `add`.
                unsafe {
                    _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums[0]);
                    _mm256_storeu_si256(lanes.as_mut_ptr().add(8).cast(), sums[1]);
                }
                lanes
            }
        }
    };
}

pair! {
    /// AVX2. Pairs of products are added in 16 bits, then pairs of these sums in 32 bits.
    Avx2Dot, is_x86_feature_detected!("avx2"), rows: 4, |sums, left, right| {
        let ones = _mm256_set1_epi16(1);
        let low = _mm256_madd_epi16(_mm256_maddubs_epi16(left, right[0]), ones);
        let high = _mm256_madd_epi16(_mm256_maddubs_epi16(left, right[1]), ones);
        [_mm256_add_epi32(sums[0], low), _mm256_add_epi32(sums[1], high)]
    }
}

pair! {
    /// AVX-VNNI. One instruction computes and adds four products.
    AvxVnniDot, is_x86_feature_detected!("avxvnni"), rows: 6, |sums, left, right| [
        _mm256_dpbusd_avx_epi32(sums[0], left, right[0]),
        _mm256_dpbusd_avx_epi32(sums[1], left, right[1]),
    ]
}

/// AVX-512 with VNNI.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512VnniDot(());

impl Avx512VnniDot {
    pub(crate) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni")).then_some(Self(()))
    }
}

impl Dot for Avx512VnniDot {
    type Sums = __m512i;

    const TILE_VECTORS: usize = 2;
    const TILE_ROWS: usize = 12;

    #[inline(always)]
    fn zero(self) -> __m512i {
        // SAFETY: a value of this type exists only where the processor has the instructions.
        unsafe { _mm512_setzero_si512() }
    }
    #[inline(always)]
    fn add(self, sums: __m512i, left: [u8; 4], right: &ByteBlock) -> __m512i {
        // SAFETY: as in `zero`; the block has 64 bytes, and this load needs no alignment.
        unsafe {
            let left = _mm512_set1_epi32(i32::from_ne_bytes(left));
            _mm512_dpbusd_epi32(sums, left, _mm512_loadu_si512(right.as_ptr().cast()))
        }
    }
    #[inline(always)]
    fn to_array(self, sums: __m512i) -> [i32; LANES] {
        let mut lanes = [0; LANES];
        // SAFETY: as in `add`.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), sums) };
        lanes
    }
}
