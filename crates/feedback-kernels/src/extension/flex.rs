//! The operations on tensors of the CPU backend, without autodiff.

use std::sync::Arc;

use burn::backend::Flex;

use super::Kernels;
use super::cache::Cache;
use super::primitive::{Primitive, Values, matrix, tensor};
use crate::activation::gelu_in_place;
use crate::adamw_step::AdamWStep;
use crate::attention::Heads;
use crate::buffers::take;
use crate::dropout::Dropout;
use crate::gemm::Packed;
use crate::linear::Weight;
use crate::sequences::Sequences;
use crate::{adamw, attention, embedding, linear, mean, norm};

/// The values of a weight matrix in the order of memory. A weight from a file is a transposed view of PyTorch's `[output, input]`.
pub(super) struct WeightValues {
    values: Values,
    shape: [usize; 2],
    is_transposed: bool,
}

impl WeightValues {
    pub(super) fn new(weight: Primitive) -> Self {
        let shape = matrix(&weight);
        let transposed = weight.transpose(0, 1);
        let is_transposed = !weight.is_contiguous() && transposed.is_contiguous();
        Self {
            values: Values::new(if is_transposed { transposed } else { weight }),
            shape,
            is_transposed,
        }
    }

    pub(super) fn weight(&self) -> Weight<'_> {
        let [input, output] = self.shape;
        Weight {
            data: self.values.get(),
            input,
            output,
            is_transposed: self.is_transposed,
        }
    }
}

/// Whether to cache packed weights. In training they are not cached, because the weights change with each step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Packed,
    Nothing,
}

static PACKED: Cache<Packed> = Cache::new();

/// Packs the weights side by side.
pub(super) fn pack(weights: &[&Primitive], keep: Keep) -> Arc<Packed> {
    let compute = || {
        let values: Vec<WeightValues> = weights
            .iter()
            .map(|&weight| WeightValues::new(weight.clone()))
            .collect();
        let weights: Vec<Weight<'_>> = values.iter().map(WeightValues::weight).collect();
        linear::pack(&weights)
    };
    match keep {
        Keep::Packed => PACKED.packed(weights, compute),
        Keep::Nothing => Arc::new(compute()),
    }
}

impl Kernels for Flex {
    fn kernel_linear(x: Primitive, weight: Primitive, bias: Primitive) -> Primitive {
        dense(x, &[&weight], bias, Keep::Packed, |_| {})
    }

    fn kernel_linear_gelu(x: Primitive, weight: Primitive, bias: Primitive) -> Primitive {
        dense(x, &[&weight], bias, Keep::Packed, gelu_in_place)
    }

    fn kernel_projections(
        x: Primitive,
        query: Primitive,
        query_bias: Primitive,
        key: Primitive,
        key_bias: Primitive,
        value: Primitive,
        value_bias: Primitive,
    ) -> Primitive {
        let bias = concatenate([query_bias, key_bias, value_bias]);
        dense(x, &[&query, &key, &value], bias, Keep::Packed, |_| {})
    }

    fn kernel_attention(
        projected: Primitive,
        sequences: Sequences,
        heads: usize,
        dropout: Option<Dropout>,
    ) -> Primitive {
        attend(&Values::new(projected), &sequences, heads, dropout, false).0
    }

    fn kernel_adamw(
        weights: Primitive,
        gradient: Primitive,
        first: Primitive,
        second: Primitive,
        step: AdamWStep,
    ) -> (Primitive, Primitive, Primitive) {
        let shape = weights.layout().shape().to_vec();
        let gradient = Values::new(gradient);
        let [mut weights, mut first, mut second] =
            [weights, first, second].map(|tensor| Values::new(tensor).into_vec());
        adamw::step(&mut weights, gradient.get(), &mut first, &mut second, step);
        (
            tensor(weights, shape.clone()),
            tensor(first, shape.clone()),
            tensor(second, shape),
        )
    }

    fn kernel_sum_of_squares(values: Primitive) -> Primitive {
        let sum = adamw::sum_of_squares(Values::new(values).get());
        tensor(vec![sum as f32], [1])
    }

    fn kernel_look_up(table: Primitive, ids: Arc<[usize]>) -> Primitive {
        let [_, width] = matrix(&table);
        let rows = embedding::forward(Values::new(table).get(), width, &ids);
        tensor(rows, [ids.len(), width])
    }

    fn kernel_dropout(x: Primitive, dropout: Dropout) -> Primitive {
        let [rows, width] = matrix(&x);
        let mut values = Values::new(x).into_vec();
        dropout.apply(&mut values, width);
        tensor(values, [rows, width])
    }

    fn kernel_scale(x: Primitive, factor: f64) -> Primitive {
        let shape = x.layout().shape().to_vec();
        let mut values = Values::new(x).into_vec();
        adamw::scale(&mut values, factor as f32);
        tensor(values, shape)
    }

    fn kernel_mean_pool(hidden: Primitive, sequences: Sequences) -> Primitive {
        let [_, width] = matrix(&hidden);
        let means = mean::forward(Values::new(hidden).get(), width, &sequences);
        tensor(means, [sequences.len(), width])
    }

    fn kernel_residual_norm(
        x: Primitive,
        residual: Primitive,
        gamma: Primitive,
        beta: Primitive,
        epsilon: f64,
        dropout: Option<Dropout>,
    ) -> Primitive {
        normalise(x, Some(residual), [gamma, beta], epsilon, dropout).output
    }
}

/// Concatenates vectors.
pub(super) fn concatenate(vectors: [Primitive; 3]) -> Primitive {
    let values: Vec<f32> = vectors
        .into_iter()
        .flat_map(|vector| Values::new(vector).into_vec())
        .collect();
    let length = values.len();
    tensor(values, [length])
}

/// Applies dense layers side by side, and calls `after` on each finished part of an output row.
pub(super) fn dense(
    x: Primitive,
    weights: &[&Primitive],
    bias: Primitive,
    keep: Keep,
    after: impl Fn(&mut [f32]) + Sync,
) -> Primitive {
    let [rows, _] = matrix(&x);
    let packed = pack(weights, keep);
    let (x, bias) = (Values::new(x), Values::new(bias));
    let columns = packed.columns();
    let output = linear::forward(x.get(), &packed, Some(bias.get()), |_, row| after(row));
    tensor(output, [rows, columns])
}

/// Returns the context of each token and, with `keep`, the probabilities.
pub(super) fn attend(
    projected: &Values,
    sequences: &Sequences,
    heads: usize,
    dropout: Option<Dropout>,
    keep: bool,
) -> (Primitive, Vec<f32>) {
    let tokens = sequences.tokens();
    let width = projected.get().len() / (3 * tokens.max(1));
    let heads = Heads {
        sequences,
        heads,
        width,
        dropout,
    };
    let (context, probabilities) = attention::forward(projected.get(), heads, keep);
    (tensor(context, [tokens, width]), probabilities)
}

/// The result of a normalisation, and what its backward pass needs.
pub(super) struct Normalised {
    pub(super) output: Primitive,
    pub(super) sums: Vec<f32>,
    pub(super) statistics: Vec<f32>,
}

/// Returns the layer normalisation of `dropout(x) + residual`.
pub(super) fn normalise(
    x: Primitive,
    residual: Option<Primitive>,
    [gamma, beta]: [Primitive; 2],
    epsilon: f64,
    dropout: Option<Dropout>,
) -> Normalised {
    let shape = matrix(&x);
    let mut sums = Values::new(x).into_vec();
    let residual = residual.map(Values::new);
    let (gamma, beta) = (Values::new(gamma), Values::new(beta));
    let mut output = take(sums.len());
    let scale = norm::Scale {
        gamma: gamma.get(),
        beta: beta.get(),
        epsilon: epsilon as f32,
    };
    let residual = residual.as_ref().map(Values::get);
    let statistics = norm::forward(&mut sums, residual, &mut output, scale, dropout);
    Normalised {
        output: tensor(output, shape),
        sums,
        statistics,
    }
}
