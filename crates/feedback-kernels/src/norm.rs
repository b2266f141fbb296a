//! Layer normalisation (Ba et al. 2016) of the sum of a layer's output and its input.

use crate::buffers::take;
use crate::dropout::Dropout;
use crate::rows::{for_block_pairs, sum_of_blocks};
use crate::simd::{Kernel, LANES, Simd, dot, run, sum};

/// The scale and offset of a normalisation, and the constant that is added to the variance.
#[derive(Clone, Copy)]
pub(crate) struct Scale<'a> {
    pub(crate) gamma: &'a [f32],
    pub(crate) beta: &'a [f32],
    pub(crate) epsilon: f32,
}

/// Replaces `x` by `dropout(x) + residual`, and writes the layer normalisation of this sum to `output`. Returns
/// mean and inverse standard deviation of each row, alternating.
pub(crate) fn forward(
    x: &mut [f32],
    residual: Option<&[f32]>,
    output: &mut [f32],
    scale: Scale<'_>,
    dropout: Option<Dropout>,
) -> Vec<f32> {
    let width = scale.gamma.len();
    let blocks = for_block_pairs((x, width), (output, width), |first, x, output| {
        run(Forward {
            x,
            residual: residual.map(|residual| &residual[first * width..]),
            output,
            scale,
            dropout,
            first,
        })
    });
    blocks.concat()
}

struct Forward<'a> {
    x: &'a mut [f32],
    residual: Option<&'a [f32]>,
    output: &'a mut [f32],
    scale: Scale<'a>,
    dropout: Option<Dropout>,
    first: usize,
}

impl Kernel for Forward<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let width = self.scale.gamma.len();
        let mut statistics = Vec::with_capacity(2 * self.x.len() / width.max(1));
        let mut factors = vec![0.0; if self.dropout.is_some() { width } else { 0 }];
        for row in 0..self.x.len() / width.max(1) {
            let range = row * width..(row + 1) * width;
            let x = &mut self.x[range.clone()];
            if let Some(dropout) = self.dropout {
                dropout.fill(self.first + row, &mut factors);
                multiply(simd, x, &factors);
            }
            if let Some(residual) = self.residual {
                add(simd, x, &residual[range.clone()]);
            }
            let (mean, inverse) = moments(simd, x, self.scale.epsilon);
            normalise(simd, x, &mut self.output[range], (mean, inverse), self.scale);
            statistics.extend([mean, inverse]);
        }
        statistics
    }
}

/// `x *= y`
#[inline(always)]
fn multiply<S: Simd>(simd: S, x: &mut [f32], y: &[f32]) {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks_mut::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x.iter_mut().zip(y) {
        simd.store(simd.mul(simd.load(x), simd.load(y)), x);
    }
    for (x, y) in x_rest.iter_mut().zip(y_rest) {
        *x *= y;
    }
}

/// `x += y`
#[inline(always)]
fn add<S: Simd>(simd: S, x: &mut [f32], y: &[f32]) {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks_mut::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x.iter_mut().zip(y) {
        simd.store(simd.add(simd.load(x), simd.load(y)), x);
    }
    for (x, y) in x_rest.iter_mut().zip(y_rest) {
        *x += y;
    }
}

/// Returns mean and inverse standard deviation. The variance is the sum of squares divided by the number of
/// values, as in PyTorch.
#[inline(always)]
fn moments<S: Simd>(simd: S, x: &[f32], epsilon: f32) -> (f32, f32) {
    let count = x.len() as f32;
    let mean = sum(simd, x) / count;
    let (whole, rest) = x.as_chunks::<LANES>();
    let (center, mut squares) = (simd.splat(mean), simd.splat(0.0));
    for chunk in whole {
        let difference = simd.sub(simd.load(chunk), center);
        squares = simd.fma(difference, difference, squares);
    }
    let mut squares = sum(simd, &simd.to_array(squares));
    for value in rest {
        squares += (value - mean) * (value - mean);
    }
    (mean, 1.0 / (squares / count + epsilon).sqrt())
}

/// `(x - mean) * inverse * gamma + beta`
#[inline(always)]
fn normalise<S: Simd>(simd: S, x: &[f32], output: &mut [f32], (mean, inverse): (f32, f32), scale: Scale<'_>) {
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (output, output_rest) = output.as_chunks_mut::<LANES>();
    let (gamma, gamma_rest) = scale.gamma.as_chunks::<LANES>();
    let (beta, beta_rest) = scale.beta.as_chunks::<LANES>();
    let (center, factor) = (simd.splat(mean), simd.splat(inverse));
    for index in 0..x.len() {
        let hat = simd.mul(simd.sub(simd.load(&x[index]), center), factor);
        let value = simd.fma(hat, simd.load(&gamma[index]), simd.load(&beta[index]));
        simd.store(value, &mut output[index]);
    }
    for index in 0..x_rest.len() {
        let hat = (x_rest[index] - mean) * inverse;
        output_rest[index] = hat.mul_add(gamma_rest[index], beta_rest[index]);
    }
}

/// The gradients of a normalisation.
pub(crate) struct Gradients {
    /// The gradient of the residual, and without dropout also of `x`, `[rows, width]`.
    pub(crate) sum: Vec<f32>,
    /// The gradient of `x` if there is dropout, `[rows, width]`.
    pub(crate) x: Option<Vec<f32>>,
    /// `[width]`
    pub(crate) gamma: Vec<f32>,
    /// `[width]`
    pub(crate) beta: Vec<f32>,
}

/// Returns the gradients, given the gradient of the output, the sums that were normalised, and their
/// statistics.
pub(crate) fn backward(
    mut gradient: Vec<f32>,
    sums: &[f32],
    statistics: &[f32],
    gamma: &[f32],
    dropout: Option<Dropout>,
) -> Gradients {
    let width = gamma.len();
    let mut x = dropout.map(|_| take(gradient.len())).unwrap_or_default();
    let x_width = if dropout.is_some() { width } else { 0 };
    let blocks = for_block_pairs((&mut gradient, width), (&mut x, x_width), |first, gradient, x| {
        let count = gradient.len();
        run(Backward {
            gradient,
            x,
            sums: &sums[first * width..][..count],
            statistics: &statistics[2 * first..],
            gamma,
            dropout,
            first,
        })
    });
    let both = sum_of_blocks(blocks, 2 * width);
    Gradients {
        sum: gradient,
        x: dropout.map(|_| x),
        gamma: both[..width].to_vec(),
        beta: both[width..].to_vec(),
    }
}

/// Replaces the gradient of the output by the gradient of the sum, for some rows. Returns the gradient of
/// gamma, followed by the gradient of beta.
struct Backward<'a> {
    gradient: &'a mut [f32],
    x: &'a mut [f32],
    sums: &'a [f32],
    statistics: &'a [f32],
    gamma: &'a [f32],
    dropout: Option<Dropout>,
    first: usize,
}

impl Kernel for Backward<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let width = self.gamma.len();
        let mut totals = vec![0.0; 2 * width];
        let (gamma_total, beta_total) = totals.split_at_mut(width);
        let mut hat = vec![0.0; width];
        for row in 0..self.gradient.len() / width.max(1) {
            let range = row * width..(row + 1) * width;
            let gradient = &mut self.gradient[range.clone()];
            let (mean, inverse) = (self.statistics[2 * row], self.statistics[2 * row + 1]);
            for (hat, value) in hat.iter_mut().zip(&self.sums[range.clone()]) {
                *hat = (value - mean) * inverse;
            }
            add(simd, beta_total, gradient);
            add_product(simd, gamma_total, gradient, &hat);
            multiply(simd, gradient, self.gamma);
            let count = width as f32;
            let (offset, slope) = (sum(simd, gradient) / count, dot(simd, gradient, &hat) / count);
            for (gradient, hat) in gradient.iter_mut().zip(&hat) {
                *gradient = (*gradient - offset - hat * slope) * inverse;
            }
            if let Some(dropout) = self.dropout {
                let x = &mut self.x[range];
                dropout.fill(self.first + row, x);
                multiply(simd, x, gradient);
            }
        }
        totals
    }
}

/// `total += x * y`
#[inline(always)]
fn add_product<S: Simd>(simd: S, total: &mut [f32], x: &[f32], y: &[f32]) {
    let (total, total_rest) = total.as_chunks_mut::<LANES>();
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for index in 0..total.len() {
        let value = simd.fma(
            simd.load(&x[index]),
            simd.load(&y[index]),
            simd.load(&total[index]),
        );
        simd.store(value, &mut total[index]);
    }
    for index in 0..total_rest.len() {
        total_rest[index] = x_rest[index].mul_add(y_rest[index], total_rest[index]);
    }
}
