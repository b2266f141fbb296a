//! Products of bytes on 64-bit ARM.

use std::arch::aarch64::*;

use super::dot::{ByteBlock, Dot};
use super::vector::LANES;

/// NEON, which is part of the architecture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeonDot;

impl Dot for NeonDot {
    type Sums = [int32x4_t; 4];

    const TILE_VECTORS: usize = 1;
    const TILE_ROWS: usize = 4;

    #[inline(always)]
    fn zero(self) -> Self::Sums {
        // SAFETY: NEON is part of AArch64.
        unsafe { [vdupq_n_s32(0); 4] }
    }
    #[inline(always)]
    fn add(self, mut sums: Self::Sums, left: [u8; 4], right: &ByteBlock) -> Self::Sums {
        // SAFETY: NEON is part of AArch64; the loads are within the block's 64 bytes.
        unsafe {
            let left = vreinterpret_u8_u32(vdup_n_u32(u32::from_ne_bytes(left)));
            let left = vreinterpretq_s16_u16(vmovl_u8(left)); // the four bytes twice
            for quarter in 0..4 {
                let low = vmovl_s8(vld1_s8(right.as_ptr().add(16 * quarter)));
                let high = vmovl_s8(vld1_s8(right.as_ptr().add(16 * quarter + 8)));
                // Two products of at most 255 * 63 fit 16 bits.
                let low = vpaddlq_s16(vmulq_s16(left, low));
                let high = vpaddlq_s16(vmulq_s16(left, high));
                sums[quarter] = vaddq_s32(sums[quarter], vpaddq_s32(low, high));
            }
        }
        sums
    }
    #[inline(always)]
    fn to_array(self, sums: Self::Sums) -> [i32; LANES] {
        let mut lanes = [0; LANES];
        for (part, sums) in sums.into_iter().enumerate() {
            // SAFETY: as in `add`.
            unsafe { vst1q_s32(lanes.as_mut_ptr().add(4 * part), sums) };
        }
        lanes
    }
}
