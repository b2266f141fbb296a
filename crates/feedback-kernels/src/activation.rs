//! GELU over all values of a tensor.

use crate::buffers::take;
use crate::rows::{BLOCK_ROWS, for_blocks};
use crate::simd::{Kernel, LANES, Simd, gelu, gelu_gradient, load_part, run, store_part};

/// Number of values in a block.
const BLOCK: usize = 4096;

/// Replaces each value by its GELU.
pub(crate) fn gelu_in_place(values: &mut [f32]) {
    run(Gelu { values });
}

/// Returns the GELU of each value.
pub(crate) fn gelu_of(values: &[f32]) -> Vec<f32> {
    let mut output = take(values.len());
    let width = BLOCK / BLOCK_ROWS;
    for_blocks(&mut output, width, |first, output| {
        output.copy_from_slice(&values[first * width..][..output.len()]);
        gelu_in_place(output);
    });
    output
}

/// Multiplies each element of `gradient` by the derivative of GELU at the element of `values` in the same place.
pub(crate) fn gelu_backward(gradient: &mut [f32], values: &[f32]) {
    let width = BLOCK / BLOCK_ROWS;
    for_blocks(gradient, width, |first, gradient| {
        let values = &values[first * width..][..gradient.len()];
        run(GeluBackward { gradient, values });
    });
}

struct Gelu<'a> {
    values: &'a mut [f32],
}

impl Kernel for Gelu<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (whole, rest) = self.values.as_chunks_mut::<LANES>();
        for chunk in whole {
            simd.store(gelu(simd, simd.load(chunk)), chunk);
        }
        if !rest.is_empty() {
            store_part(simd, gelu(simd, load_part(simd, rest, 0.0)), rest);
        }
    }
}

struct GeluBackward<'a> {
    gradient: &'a mut [f32],
    values: &'a [f32],
}

impl Kernel for GeluBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (gradient, gradient_rest) = self.gradient.as_chunks_mut::<LANES>();
        let (values, values_rest) = self.values.as_chunks::<LANES>();
        for index in 0..gradient.len() {
            let slope = gelu_gradient(simd, simd.load(&values[index]));
            simd.store(simd.mul(simd.load(&gradient[index]), slope), &mut gradient[index]);
        }
        if !gradient_rest.is_empty() {
            let slope = gelu_gradient(simd, load_part(simd, values_rest, 0.0));
            let gradient = load_part(simd, gradient_rest, 0.0);
            store_part(simd, simd.mul(gradient, slope), gradient_rest);
        }
    }
}
