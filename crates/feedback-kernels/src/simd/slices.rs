//! Copies vectors from and to slices, and sums slices in a fixed order.

use super::vector::{LANES, Simd};

/// Reads up to 16 numbers; the other lanes are `fill`.
#[inline(always)]
pub(crate) fn load_part<S: Simd>(simd: S, from: &[f32], fill: f32) -> S::Vector {
    let mut lanes = [fill; LANES];
    lanes[..from.len()].copy_from_slice(from);
    simd.load(&lanes)
}

/// Writes the first `to.len()` lanes.
#[inline(always)]
pub(crate) fn store_part<S: Simd>(simd: S, value: S::Vector, to: &mut [f32]) {
    let lanes = simd.to_array(value);
    let length = to.len();
    to.copy_from_slice(&lanes[..length]);
}

/// Combines the lanes pairwise, in the same order with every instruction set.
#[inline(always)]
fn fold(mut lanes: [f32; LANES], combine: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            lanes[lane] = combine(lanes[lane], lanes[lane + width]);
        }
    }
    lanes[0]
}

/// Returns the sum, which is computed within each lane, then over the lanes.
#[inline(always)]
pub(crate) fn sum<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let (whole, rest) = values.as_chunks::<LANES>();
    let mut total = simd.splat(0.0);
    for chunk in whole {
        total = simd.add(total, simd.load(chunk));
    }
    if !rest.is_empty() {
        total = simd.add(total, load_part(simd, rest, 0.0));
    }
    fold(simd.to_array(total), |a, b| a + b)
}

/// Returns the sum of products, which is computed within each lane, then over the lanes.
#[inline(always)]
pub(crate) fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut total = simd.splat(0.0);
    for (a, b) in a.iter().zip(b) {
        total = simd.fma(simd.load(a), simd.load(b), total);
    }
    if !a_rest.is_empty() {
        let (a, b) = (load_part(simd, a_rest, 0.0), load_part(simd, b_rest, 0.0));
        total = simd.fma(a, b, total);
    }
    fold(simd.to_array(total), |a, b| a + b)
}

/// Returns the largest number. NaN among the values may be ignored.
#[inline(always)]
pub(crate) fn max<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let (whole, rest) = values.as_chunks::<LANES>();
    let mut largest = simd.splat(f32::NEG_INFINITY);
    for chunk in whole {
        // A NaN among the values can be lost here. In softmax it shows again: the sum of the exponentials is NaN.
        largest = simd.max(largest, simd.load(chunk));
    }
    if !rest.is_empty() {
        largest = simd.max(largest, load_part(simd, rest, f32::NEG_INFINITY));
    }
    fold(simd.to_array(largest), f32::max)
}
