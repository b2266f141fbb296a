//! Rows of numbers, rounded to bytes.

use rayon::prelude::*;

use crate::buffers::Scratch;
use crate::rows::{BLOCK_ROWS, PARALLEL};
use crate::simd::{Kernel, LANES, Simd, load_part, run};

/// Rows of numbers that are stored as bytes. A number is `scale * (byte - zero)`.
pub(super) struct Bytes {
    data: Scratch,
    /// Bytes from one row to the next: a multiple of 4.
    stride: usize,
    scales: Vec<Scale>,
}

/// The scale and the zero point that convert the bytes of a row to numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Scale {
    /// NaN if the row has a number that is not finite.
    pub(super) scale: f32,
    pub(super) zero: i32,
}

impl Bytes {
    /// Rounds rows of `width` numbers.
    pub(super) fn new(x: &[f32], width: usize) -> Self {
        let rows = x.len() / width.max(1);
        let stride = width.next_multiple_of(4);
        let mut data = Scratch::new(rows * stride / 4);
        let mut scales = vec![Scale::default(); rows];
        if width == 0 {
            return Self { data, stride, scales };
        }
        let round = |((scales, bytes), x): ((&mut [Scale], &mut [u8]), &[f32])| {
            run(Rows {
                x,
                width,
                bytes,
                stride,
                scales,
            });
        };
        let bytes = data.as_bytes_mut();
        if x.len() < PARALLEL {
            round(((&mut scales, bytes), x));
        } else {
            let blocks = scales.par_chunks_mut(BLOCK_ROWS);
            let blocks = blocks.zip(bytes.par_chunks_mut(BLOCK_ROWS * stride));
            blocks.zip(x.par_chunks(BLOCK_ROWS * width)).for_each(round);
        }
        Self { data, stride, scales }
    }

    pub(super) fn rows(&self) -> usize {
        self.scales.len()
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// Returns the bytes from this row on.
    #[inline(always)]
    pub(super) fn from(&self, row: usize) -> &[u8] {
        &self.data.as_bytes()[row * self.stride..]
    }

    #[inline(always)]
    pub(super) fn scale(&self, row: usize) -> Scale {
        self.scales[row]
    }
}

/// Some rows to round.
struct Rows<'a> {
    x: &'a [f32],
    width: usize,
    bytes: &'a mut [u8],
    stride: usize,
    scales: &'a mut [Scale],
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for row in 0..self.scales.len() {
            let x = &self.x[row * self.width..][..self.width];
            let bytes = &mut self.bytes[row * self.stride..][..self.stride];
            self.scales[row] = round_row(simd, x, bytes);
        }
    }
}

/// 2^23: adding it to a number from 0 to 255 leaves the nearest integer in the lowest bits.
const INTEGERS: f32 = 8_388_608.0;

#[inline(always)]
fn round_row<S: Simd>(simd: S, x: &[f32], bytes: &mut [u8]) -> Scale {
    let [low, high] = range(simd, x);
    let width = high - low;
    let steps = 255.0 / width;
    if !width.is_finite() || !steps.is_finite() {
        // Not finite, or so close to 0 that all products are 0.
        bytes.fill(0);
        let scale = if width.is_finite() { 0.0 } else { f32::NAN };
        return Scale { scale, zero: 0 };
    }
    let zero = (-low * steps).round_ties_even();
    let (factor, shift) = (simd.splat(steps), simd.splat(zero + INTEGERS));
    let (first, last) = (simd.splat(INTEGERS), simd.splat(INTEGERS + 255.0));
    let (whole, rest) = x.as_chunks::<LANES>();
    let mut at = 0;
    for chunk in whole {
        let value = simd.fma(simd.load(chunk), factor, shift);
        let lanes = simd.to_array(simd.min(simd.max(value, first), last));
        let to = &mut bytes[at..at + LANES];
        for lane in 0..LANES {
            to[lane] = lanes[lane].to_bits() as u8;
        }
        at += LANES;
    }
    if !rest.is_empty() {
        let value = simd.fma(load_part(simd, rest, 0.0), factor, shift);
        let lanes = simd.to_array(simd.min(simd.max(value, first), last));
        for lane in 0..rest.len() {
            bytes[at + lane] = lanes[lane].to_bits() as u8;
        }
        at += rest.len();
    }
    bytes[at..].fill(0);
    Scale {
        scale: width / 255.0,
        zero: zero as i32,
    }
}

/// Returns the smallest and the largest number, where 0 counts as one of the numbers; NaN if a number is not
/// finite.
#[inline(always)]
fn range<S: Simd>(simd: S, x: &[f32]) -> [f32; 2] {
    let zero = simd.splat(0.0);
    let (mut low, mut high, mut finite) = (zero, zero, zero);
    let (whole, rest) = x.as_chunks::<LANES>();
    for chunk in whole {
        let value = simd.load(chunk);
        (low, high) = (simd.min(value, low), simd.max(value, high));
        finite = simd.add(finite, simd.sub(value, value));
    }
    if !rest.is_empty() {
        let value = load_part(simd, rest, 0.0);
        (low, high) = (simd.min(value, low), simd.max(value, high));
        finite = simd.add(finite, simd.sub(value, value));
    }
    let (lows, highs, finite) = (simd.to_array(low), simd.to_array(high), simd.to_array(finite));
    let (mut low, mut high, mut nothing) = (0.0_f32, 0.0_f32, 0.0_f32);
    for lane in 0..LANES {
        low = low.min(lows[lane]);
        high = high.max(highs[lane]);
        nothing += finite[lane];
    }
    [low + nothing, high + nothing]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(x: &[f32]) -> (Vec<u8>, Scale) {
        let rounded = Bytes::new(x, x.len());
        (rounded.from(0)[..x.len()].to_vec(), rounded.scale(0))
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_of_256() {
        let x: Vec<f32> = (0..37).map(|i| (i as f32 - 9.3) * 0.37).collect();
        let (bytes, Scale { scale, zero }) = bytes(&x);
        let width = x[36] - x[0];
        assert!((scale - width / 255.0).abs() < 1e-7);
        for (&x, &byte) in x.iter().zip(&bytes) {
            let back = scale * (i32::from(byte) - zero) as f32;
            assert!((back - x).abs() <= 0.51 * scale + 1e-6, "{x} became {back}");
        }
        assert_eq!((bytes[0], bytes[36]), (0, 255));
    }

    #[test]
    fn zeros_infinities_and_subnormals() {
        assert_eq!(bytes(&[0.0; 5]).1.scale, 0.0);
        assert_eq!(bytes(&[1e-42; 5]).1.scale, 0.0);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for place in [0, 16, 20] {
                let mut x = [0.5; 21];
                x[place] = bad;
                assert!(bytes(&x).1.scale.is_nan());
            }
        }
        assert!(bytes(&[f32::MAX, f32::MIN]).1.scale.is_nan());
    }
}
