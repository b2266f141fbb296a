//! Multi-head attention (Vaswani et al. 2017) of texts that are concatenated without padding.

use std::ops::Range;

use rayon::prelude::*;

use crate::buffers::{Scratch, take};
use crate::dropout::Dropout;
use crate::gemm::{Matrix, Packed, Start, multiply_serial};
use crate::sequences::Sequences;
use crate::shared::Shared;
use crate::simd::{Kernel, LANES, Simd, dot, exp, load_part, max, run, store_part, sum};

/// The sizes of an attention operation, and its dropout.
#[derive(Clone, Copy)]
pub(crate) struct Heads<'a> {
    pub(crate) sequences: &'a Sequences,
    pub(crate) heads: usize,
    /// Width of all heads together.
    pub(crate) width: usize,
    pub(crate) dropout: Option<Dropout>,
}

/// One head of one text.
#[derive(Clone)]
struct Part {
    rows: Range<usize>,
    head: usize,
    /// The range of its probabilities in the buffer with the probabilities of all parts.
    probabilities: Range<usize>,
    /// The index of its first row among the rows of all parts. The random numbers of dropout depend on it.
    first: usize,
}

impl Heads<'_> {
    fn parts(&self) -> Vec<Part> {
        let (mut at, mut first) = (0, 0);
        let mut parts = Vec::with_capacity(self.sequences.len() * self.heads);
        for rows in self.sequences.ranges() {
            for head in 0..self.heads {
                let length = rows.len();
                parts.push(Part {
                    rows: rows.clone(),
                    head,
                    probabilities: at..at + length * length,
                    first,
                });
                at += length * length;
                first += length;
            }
        }
        parts
    }

    /// Returns the number of probabilities of all heads of all texts.
    fn probabilities(&self) -> usize {
        let squares = self.sequences.ranges().map(|rows| rows.len() * rows.len());
        self.heads * squares.sum::<usize>()
    }

    fn size(&self) -> usize {
        self.width / self.heads
    }

    fn scale(&self) -> f32 {
        (1.0 / (self.size() as f64).sqrt()) as f32
    }
}

/// Returns the context, `[tokens, width]`. `projected` contains query, key and value of each token one after
/// another, `[tokens, 3 * width]`. With `keep`, also returns the probabilities before dropout, `[length,
/// length]` for each head of each text.
pub(crate) fn forward(projected: &[f32], heads: Heads<'_>, keep: bool) -> (Vec<f32>, Vec<f32>) {
    let tokens = heads.sequences.tokens();
    assert_eq!(
        projected.len(),
        tokens * 3 * heads.width,
        "each token has three projections"
    );
    assert_eq!(
        heads.width % heads.heads,
        0,
        "the width is a multiple of the number of heads"
    );
    let mut context = take(tokens * heads.width);
    let mut probabilities = take(if keep { heads.probabilities() } else { 0 });
    {
        let (context, probabilities) = (Shared::new(&mut context), Shared::new(&mut probabilities));
        let run = |part: &Part| {
            forward_part(projected, heads, part, &context, keep.then_some(&probabilities));
        };
        for_parts(&heads, run);
    }
    (context, probabilities)
}

/// With fewer multiply-adds in one matrix product, one thread is faster.
const PARALLEL: usize = 1 << 17;

fn for_parts(heads: &Heads<'_>, run: impl Fn(&Part) + Sync + Send) {
    let parts = heads.parts();
    if heads.probabilities() * heads.size() < PARALLEL {
        parts.iter().for_each(&run);
    } else {
        parts.par_iter().for_each(&run);
    }
}

/// Returns one projection of one head, `[length, size]`. `which` is 0 for queries, 1 for keys and 2 for values.
fn projection<'a>(projected: &'a [f32], heads: Heads<'_>, part: &Part, which: usize) -> Matrix<'a> {
    let stride = 3 * heads.width;
    let start = part.rows.start * stride + which * heads.width + part.head * heads.size();
    let rows = part.rows.len();
    Matrix::strided(
        if rows == 0 { &[] } else { &projected[start..] },
        rows,
        heads.size(),
        stride,
    )
}

fn forward_part(
    projected: &[f32],
    heads: Heads<'_>,
    part: &Part,
    context: &Shared<'_>,
    probabilities: Option<&Shared<'_>>,
) {
    let length = part.rows.len();
    if length == 0 {
        return;
    }
    let [query, key, value] = [0, 1, 2].map(|which| projection(projected, heads, part, which));
    let mut packed = Packed::empty();
    packed.refill(key.transposed());
    let mut own = Scratch::default();
    let scores: &mut [f32] = match probabilities {
        // SAFETY: the ranges of the parts are disjoint.
        Some(all) => unsafe { all.slice(part.probabilities.clone()) },
        None => {
            own.resize(length * length);
            &mut own
        }
    };
    multiply_serial(query, &packed, scores, length, Start::Zero);
    run(Softmax {
        scores,
        length,
        scale: heads.scale(),
    });
    packed.refill(value);
    let dropped = heads
        .dropout
        .map(|dropout| drop_out(scores, length, dropout, part.first));
    let weights = Matrix::new(dropped.as_deref().unwrap_or(scores), length, length);
    let start = part.rows.start * heads.width + part.head * heads.size();
    let end = (part.rows.end - 1) * heads.width + (part.head + 1) * heads.size();
    let mut rows = Scratch::new(length * heads.size());
    multiply_serial(weights, &packed, &mut rows, heads.size(), Start::Zero);
    // SAFETY: each part writes only to its own columns in the rows of its text.
    unsafe { context.write_rows(&rows, heads.size(), start..end, heads.width) };
}

/// Returns the probabilities times the factors of dropout.
fn drop_out(probabilities: &[f32], length: usize, dropout: Dropout, first: usize) -> Scratch {
    let mut dropped = Scratch::new(probabilities.len());
    run(DropOut {
        probabilities,
        dropped: &mut dropped,
        length,
        dropout,
        first,
    });
    dropped
}

struct DropOut<'a> {
    probabilities: &'a [f32],
    dropped: &'a mut [f32],
    length: usize,
    dropout: Dropout,
    first: usize,
}

impl Kernel for DropOut<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for row in 0..self.length {
            let range = row * self.length..(row + 1) * self.length;
            let dropped = &mut self.dropped[range.clone()];
            self.dropout.fill(self.first + row, dropped);
            for (dropped, probability) in dropped.iter_mut().zip(&self.probabilities[range]) {
                *dropped *= probability;
            }
        }
    }
}

/// Replaces each row by the softmax of the row times the scale.
struct Softmax<'a> {
    scores: &'a mut [f32],
    length: usize,
    scale: f32,
}

impl Kernel for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for row in self.scores.chunks_exact_mut(self.length) {
            let offset = simd.splat(-max(simd, row) * self.scale);
            let scale = simd.splat(self.scale);
            let (whole, rest) = row.as_chunks_mut::<LANES>();
            for chunk in whole {
                simd.store(exp(simd, simd.fma(simd.load(chunk), scale, offset)), chunk);
            }
            if !rest.is_empty() {
                let value = simd.fma(load_part(simd, rest, 0.0), scale, offset);
                store_part(simd, exp(simd, value), rest);
            }
            let inverse = 1.0 / sum(simd, row);
            for value in row {
                *value *= inverse;
            }
        }
    }
}

/// Returns the gradient of the three projections, `[tokens, 3 * width]`, given the gradient of the context.
pub(crate) fn backward(
    gradient: &[f32],
    projected: &[f32],
    probabilities: &[f32],
    heads: Heads<'_>,
) -> Vec<f32> {
    let mut output = take(projected.len());
    {
        let output = Shared::new(&mut output);
        for_parts(&heads, |part| {
            backward_part(gradient, projected, probabilities, heads, part, &output)
        });
    }
    output
}

fn backward_part(
    gradient: &[f32],
    projected: &[f32],
    probabilities: &[f32],
    heads: Heads<'_>,
    part: &Part,
    output: &Shared<'_>,
) {
    let (length, size) = (part.rows.len(), heads.size());
    if length == 0 {
        return;
    }
    let [query, key, value] = [0, 1, 2].map(|which| projection(projected, heads, part, which));
    let probabilities = &probabilities[part.probabilities.clone()];
    let start = part.rows.start * heads.width + part.head * size;
    let gradient = Matrix::strided(&gradient[start..], length, size, heads.width); // [length, size]
    let mut packed = Packed::empty();
    let mut result = Scratch::new(length * size);
    let store = |result: &[f32], which: usize| {
        let stride = 3 * heads.width;
        let start = part.rows.start * stride + which * heads.width + part.head * size;
        let end = start + (length - 1) * stride + size;
        // SAFETY: each part writes only to its own columns in the rows of its text.
        unsafe { output.write_rows(result, size, start..end, stride) };
    };

    // The gradient of the values: the transposed probabilities, after dropout, times the gradient.
    let dropped = heads
        .dropout
        .map(|dropout| drop_out(probabilities, length, dropout, part.first));
    let weights = Matrix::new(dropped.as_deref().unwrap_or(probabilities), length, length);
    packed.refill(gradient);
    multiply_serial(weights.transposed(), &packed, &mut result, size, Start::Zero);
    store(&result, 2);

    // The gradient of the scores: back through dropout and softmax.
    let mut scores = Scratch::new(length * length);
    packed.refill(value.transposed());
    multiply_serial(gradient, &packed, &mut scores, length, Start::Zero);
    run(SoftmaxBackward {
        gradient: &mut scores,
        probabilities,
        length,
        scale: heads.scale(),
        dropout: heads.dropout.map(|dropout| (dropout, part.first)),
    });
    let scores = Matrix::new(&scores, length, length);
    packed.refill(key);
    multiply_serial(scores, &packed, &mut result, size, Start::Zero);
    store(&result, 0);
    packed.refill(query);
    multiply_serial(scores.transposed(), &packed, &mut result, size, Start::Zero);
    store(&result, 1);
}

/// Turns a gradient in place: from that of the probabilities, on which dropout has worked, to that of the scores, which are not yet scaled.
struct SoftmaxBackward<'a> {
    gradient: &'a mut [f32],
    probabilities: &'a [f32],
    length: usize,
    scale: f32,
    dropout: Option<(Dropout, usize)>,
}

impl Kernel for SoftmaxBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let mut factors = vec![0.0; if self.dropout.is_some() { self.length } else { 0 }];
        for row in 0..self.length {
            let range = row * self.length..(row + 1) * self.length;
            let (gradient, probabilities) = (&mut self.gradient[range.clone()], &self.probabilities[range]);
            if let Some((dropout, first)) = self.dropout {
                dropout.fill(first + row, &mut factors);
                for (gradient, factor) in gradient.iter_mut().zip(&factors) {
                    *gradient *= factor;
                }
            }
            let mean = dot(simd, gradient, probabilities);
            for (gradient, probability) in gradient.iter_mut().zip(probabilities) {
                *gradient = (*gradient - mean) * probability * self.scale;
            }
        }
    }
}
