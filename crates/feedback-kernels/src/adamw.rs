//! The optimizer's step, and the norm of gradients, each in one pass.

use rayon::prelude::*;

use crate::adamw_step::AdamWStep;
use crate::simd::{Kernel, LANES, Simd, dot, load_part, run, store_part};

/// Number of values that one task processes.
const CHUNK: usize = 1 << 14;

/// Updates weights and both moments in place.
pub(crate) fn step(
    weights: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    step: AdamWStep,
) {
    let weights = weights.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK));
    let moments = first.par_chunks_mut(CHUNK).zip(second.par_chunks_mut(CHUNK));
    weights
        .zip(moments)
        .for_each(|((weights, gradient), (first, second))| {
            run(Update {
                weights,
                gradient,
                first,
                second,
                step,
            });
        });
}

struct Update<'a> {
    weights: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    step: AdamWStep,
}

/// The factors of a step, each repeated in all lanes.
#[derive(Clone, Copy)]
struct Factors<V> {
    keep: V,
    beta_1: V,
    new_1: V,
    beta_2: V,
    new_2: V,
    root: V,
    epsilon: V,
    rate: V,
}

impl Kernel for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let AdamWStep {
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            weight_decay,
            time,
        } = self.step;
        let corrections = [beta_1, beta_2].map(|beta| 1.0 - beta.powf(time as f64));
        let factors = Factors {
            keep: simd.splat((1.0 - learning_rate * weight_decay) as f32),
            beta_1: simd.splat(beta_1 as f32),
            new_1: simd.splat((1.0 - beta_1) as f32),
            beta_2: simd.splat(beta_2 as f32),
            new_2: simd.splat((1.0 - beta_2) as f32),
            root: simd.splat((1.0 / corrections[1].sqrt()) as f32),
            epsilon: simd.splat(epsilon as f32),
            rate: simd.splat((-learning_rate / corrections[0]) as f32),
        };
        let (weights, weights_rest) = self.weights.as_chunks_mut::<LANES>();
        let (gradient, gradient_rest) = self.gradient.as_chunks::<LANES>();
        let (first, first_rest) = self.first.as_chunks_mut::<LANES>();
        let (second, second_rest) = self.second.as_chunks_mut::<LANES>();
        for index in 0..weights.len() {
            let old = [
                simd.load(&weights[index]),
                simd.load(&first[index]),
                simd.load(&second[index]),
            ];
            let [weight, m, v] = update(simd, old, simd.load(&gradient[index]), factors);
            simd.store(weight, &mut weights[index]);
            simd.store(m, &mut first[index]);
            simd.store(v, &mut second[index]);
        }
        let old = [
            load_part(simd, weights_rest, 0.0),
            load_part(simd, first_rest, 0.0),
            load_part(simd, second_rest, 0.0),
        ];
        let [weight, m, v] = update(simd, old, load_part(simd, gradient_rest, 0.0), factors);
        store_part(simd, weight, weights_rest);
        store_part(simd, m, first_rest);
        store_part(simd, v, second_rest);
    }
}

/// Returns weight and moments after the step. The operations are in the same order as in PyTorch.
#[inline(always)]
fn update<S: Simd>(
    simd: S,
    [weight, m, v]: [S::Vector; 3],
    gradient: S::Vector,
    factors: Factors<S::Vector>,
) -> [S::Vector; 3] {
    let m = simd.fma(m, factors.beta_1, simd.mul(gradient, factors.new_1));
    let square = simd.mul(gradient, gradient);
    let v = simd.fma(v, factors.beta_2, simd.mul(square, factors.new_2));
    let root = simd.fma(simd.sqrt(v), factors.root, factors.epsilon);
    let step = simd.div(simd.mul(m, factors.rate), root);
    [simd.fma(weight, factors.keep, step), m, v]
}

/// Multiplies all numbers by a factor.
pub(crate) fn scale(values: &mut [f32], factor: f32) {
    let scale = |values: &mut [f32]| {
        for value in values {
            *value *= factor;
        }
    };
    values.par_chunks_mut(CHUNK).for_each(scale);
}

/// Returns the sum of all squares. The sum of a block is computed in f32, the sum of the blocks in f64.
pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
    let block = |values: &[f32]| {
        let parts = values
            .chunks(BLOCK)
            .map(|part| f64::from(run(Squares { values: part })));
        parts.sum::<f64>()
    };
    if values.len() <= CHUNK {
        return block(values);
    }
    let blocks: Vec<f64> = values.par_chunks(CHUNK).map(block).collect();
    blocks.iter().sum()
}

/// Number of values whose squares are added in f32.
const BLOCK: usize = 1 << 10;

struct Squares<'a> {
    values: &'a [f32],
}

impl Kernel for Squares<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        dot(simd, self.values, self.values)
    }
}
