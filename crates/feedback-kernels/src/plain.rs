//! The same operations, composed of Burn's operations, for every other backend.

use burn::tensor::activation::{gelu, softmax};
use burn::tensor::{Distribution, Int, Tensor, TensorData, module};

use crate::adamw_step::AdamWStep;
use crate::sequences::Sequences;

pub(crate) fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    module::linear(x, weight, Some(bias))
}

pub(crate) fn linear_gelu(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    gelu(linear(x, weight, bias))
}

pub(crate) fn projections(x: Tensor<2>, layers: [(Tensor<2>, Tensor<1>); 3]) -> Tensor<2> {
    let outputs = layers.map(|(weight, bias)| linear(x.clone(), weight, bias));
    Tensor::cat(outputs.to_vec(), 1) // [tokens, 3 * width]
}

pub(crate) fn adamw<const D: usize>(
    weights: Tensor<D>,
    gradient: Tensor<D>,
    [first, second]: [Tensor<D>; 2],
    step: AdamWStep,
) -> (Tensor<D>, [Tensor<D>; 2]) {
    let correction = |beta: f64| 1.0 - beta.powf(step.time as f64);
    let first = first.mul_scalar(step.beta_1) + gradient.clone().mul_scalar(1.0 - step.beta_1);
    let second = second.mul_scalar(step.beta_2) + gradient.square().mul_scalar(1.0 - step.beta_2);
    let root = second.clone().sqrt().div_scalar(correction(step.beta_2).sqrt());
    let update = first
        .clone()
        .mul_scalar(step.learning_rate / correction(step.beta_1))
        / root.add_scalar(step.epsilon);
    let kept = weights.mul_scalar(1.0 - step.learning_rate * step.weight_decay);
    (kept - update, [first, second])
}

/// Computes the means as a product with a matrix that contains 1 / length for the tokens of each text.
pub(crate) fn mean_pool(hidden: Tensor<2>, sequences: &Sequences) -> Tensor<2> {
    let (texts, tokens) = (sequences.len(), sequences.tokens());
    let mut shares = vec![0.0; texts * tokens];
    for (text, range) in sequences.ranges().enumerate() {
        let share = 1.0 / range.len() as f32;
        shares[text * tokens + range.start..text * tokens + range.end].fill(share);
    }
    let shares = Tensor::<2>::from_data(TensorData::new(shares, [texts, tokens]), &hidden.device());
    shares.matmul(hidden) // [texts, width]
}

/// Pads all texts to the length of the longest, and removes the padding from the result.
pub(crate) fn attention(
    projected: Tensor<2>,
    sequences: &Sequences,
    heads: usize,
    dropout: f64,
) -> Tensor<2> {
    let [tokens, width] = projected.dims();
    let (texts, longest, width) = (sequences.len(), sequences.longest(), width / 3);
    let device = projected.device();
    if tokens == 0 {
        return Tensor::zeros([0, width], &device);
    }
    let mut from = vec![0; texts * longest]; // padding reads any token; its weight is 0
    let mut back = Vec::with_capacity(tokens);
    let mut bias = vec![MASKED; texts * longest];
    for (text, range) in sequences.ranges().enumerate() {
        for (position, token) in range.enumerate() {
            let at = text * longest + position;
            (from[at], bias[at]) = (token as i64, 0.0);
            back.push(at as i64);
        }
    }
    let from = Tensor::<1, Int>::from_data(TensorData::new(from, [texts * longest]), &device);
    let back = Tensor::<1, Int>::from_data(TensorData::new(back, [tokens]), &device);
    let bias = Tensor::<1>::from_data(TensorData::new(bias, [texts * longest]), &device);
    let size = width / heads;
    let padded = projected.select(0, from); // [texts * longest, 3 * width]
    let part = |which: usize| {
        let part = padded.clone().narrow(1, which * width, width);
        part.reshape([texts, longest, heads, size]).swap_dims(1, 2)
    };
    let query = part(0).mul_scalar(1.0 / (size as f64).sqrt());
    let scores = query.matmul(part(1).transpose()) + bias.reshape([texts, 1, 1, longest]);
    let probabilities = drop_out(softmax(scores, 3), dropout);
    let context = probabilities.matmul(part(2)); // [texts, heads, longest, size]
    context
        .swap_dims(1, 2)
        .reshape([texts * longest, width])
        .select(0, back)
}

/// Added to the scores of padding, so that its probability after softmax is exactly 0 in f32. A smaller penalty
/// would result in subnormal probabilities, which make the next matrix product several times slower.
const MASKED: f32 = -1e9;

pub(crate) fn residual_norm(
    x: Tensor<2>,
    residual: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    dropout: f64,
) -> Tensor<2> {
    module::layer_norm(drop_out(x, dropout) + residual, gamma, Some(beta), epsilon)
}

/// Drops values with a probability and scales the others.
pub(crate) fn drop_out<const D: usize>(x: Tensor<D>, probability: f64) -> Tensor<D> {
    if probability <= 0.0 {
        return x;
    }
    let kept = 1.0 - probability;
    let factors = x.random_like(Distribution::Bernoulli(kept));
    x * factors.mul_scalar(1.0 / kept)
}
