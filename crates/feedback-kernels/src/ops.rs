//! The operations on Burn's tensors.

#[cfg(feature = "flex")]
use std::sync::Arc;

use burn::tensor::{Int, Tensor};
#[cfg(feature = "flex")]
use burn::{
    backend::Dispatch,
    tensor::{DType, Distribution},
};

use crate::adamw_step::AdamWStep;
#[cfg(feature = "flex")]
use crate::dropout::Dropout;
#[cfg(feature = "flex")]
use crate::extension::Kernels;
#[cfg(feature = "flex")]
use crate::extension::bytes::ByteKernels;
#[cfg(feature = "flex")]
use crate::ours::is_ours;
use crate::plain;
use crate::quantize::as_float;
#[cfg(feature = "flex")]
use crate::quantize::is_quantized;
use crate::sequences::Sequences;

/// Returns whether the kernels for 8-bit weights can compute with these tensors.
#[cfg(feature = "flex")]
fn is_ours_in_bytes<const N: usize>(x: &Tensor<2>, weights: [&Tensor<2>; N]) -> bool {
    is_ours(x) && !x.device().is_autodiff() && weights.into_iter().all(is_quantized)
}

/// Returns `x W + b` for each row of `x`.
///
/// # Shapes
///
/// - `x`: `[rows, input]`, `weight`: `[input, output]`, `bias`: `[output]`
/// - output: `[rows, output]`
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if is_ours_in_bytes(&x, [&weight]) {
        let [weight, bias] = [weight.into_dispatch(), bias.into_dispatch()];
        return Tensor::from_dispatch(Dispatch::kernel_linear_bytes(x.into_dispatch(), weight, bias));
    }
    let weight = as_float(weight);
    #[cfg(feature = "flex")]
    if is_ours(&x) {
        let [weight, bias] = [weight.into_dispatch(), bias.into_dispatch()];
        return Tensor::from_dispatch(Dispatch::kernel_linear(x.into_dispatch(), weight, bias));
    }
    plain::linear(x, weight, bias)
}

/// Applies [`linear`], then GELU (Hendrycks and Gimpel 2016): x Φ(x), without the tanh approximation and with
/// an error of at most 6e-7 · |x|.
///
/// # Shapes
///
/// Those of [`linear`].
pub fn linear_gelu(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if is_ours_in_bytes(&x, [&weight]) {
        let [weight, bias] = [weight.into_dispatch(), bias.into_dispatch()];
        return Tensor::from_dispatch(Dispatch::kernel_linear_gelu_bytes(
            x.into_dispatch(),
            weight,
            bias,
        ));
    }
    let weight = as_float(weight);
    #[cfg(feature = "flex")]
    if is_ours(&x) {
        let [weight, bias] = [weight.into_dispatch(), bias.into_dispatch()];
        return Tensor::from_dispatch(Dispatch::kernel_linear_gelu(x.into_dispatch(), weight, bias));
    }
    plain::linear_gelu(x, weight, bias)
}

/// Returns query, key and value of each token, which are the input of [`attention`]. `layers` contains weight
/// and bias of the three dense layers.
///
/// # Shapes
///
/// - `x`: `[tokens, input]`; each layer: `[input, width]` and `[width]`
/// - output: `[tokens, 3 * width]`
pub fn projections(x: Tensor<2>, layers: [(Tensor<2>, Tensor<1>); 3]) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if is_ours_in_bytes(&x, layers.each_ref().map(|(weight, _)| weight)) {
        let [query, key, value] = layers.map(|(weight, bias)| (weight.into_dispatch(), bias.into_dispatch()));
        return Tensor::from_dispatch(Dispatch::kernel_projections_bytes(
            x.into_dispatch(),
            query.0,
            query.1,
            key.0,
            key.1,
            value.0,
            value.1,
        ));
    }
    let layers = layers.map(|(weight, bias)| (as_float(weight), bias));
    #[cfg(feature = "flex")]
    if is_ours(&x) {
        let [query, key, value] = layers.map(|(weight, bias)| (weight.into_dispatch(), bias.into_dispatch()));
        return Tensor::from_dispatch(Dispatch::kernel_projections(
            x.into_dispatch(),
            query.0,
            query.1,
            key.0,
            key.1,
            value.0,
            value.1,
        ));
    }
    plain::projections(x, layers)
}

/// Computes multi-head scaled dot-product attention (Vaswani et al. 2017, equation 1) of each text to itself.
///
/// `dropout` is the probability of dropping an attention probability, from 0 to 1; there is no dropout without
/// autodiff. The random numbers come from a key that is drawn from the device's generator.
///
/// # Shapes
///
/// - `projected`: `[tokens, 3 * width]`, from [`projections`]; `width` is a multiple of `heads`
/// - output: `[tokens, width]`
pub fn attention(projected: Tensor<2>, sequences: &Sequences, heads: usize, dropout: f64) -> Tensor<2> {
    let dropout = active(&projected, dropout);
    #[cfg(feature = "flex")]
    if is_ours(&projected) {
        let dropout = drawn(&projected, dropout);
        let sequences = sequences.clone();
        let output = Dispatch::kernel_attention(projected.into_dispatch(), sequences, heads, dropout);
        return Tensor::from_dispatch(output);
    }
    plain::attention(projected, sequences, heads, dropout)
}

/// Runs one step of AdamW (Loshchilov and Hutter 2019), as in PyTorch. Returns the new weights, and the new
/// first and second moments. The memory of the tensors is reused if no other tensor uses it.
pub fn adamw<const D: usize>(
    weights: Tensor<D>,
    gradient: Tensor<D>,
    [first, second]: [Tensor<D>; 2],
    step: AdamWStep,
) -> (Tensor<D>, [Tensor<D>; 2]) {
    #[cfg(feature = "flex")]
    if is_ours(&weights) && gradient.dtype() == DType::F32 {
        let [weights, gradient, first, second] =
            [weights, gradient, first, second].map(|tensor| tensor.into_dispatch());
        let (weights, first, second) = Dispatch::kernel_adamw(weights, gradient, first, second, step);
        let moments = [Tensor::from_dispatch(first), Tensor::from_dispatch(second)];
        return (Tensor::from_dispatch(weights), moments);
    }
    plain::adamw(weights, gradient, [first, second], step)
}

/// Returns the sum of the squares of all numbers, `[1]`.
pub fn sum_of_squares<const D: usize>(values: Tensor<D>) -> Tensor<1> {
    #[cfg(feature = "flex")]
    if is_ours(&values) {
        return Tensor::from_dispatch(Dispatch::kernel_sum_of_squares(values.into_dispatch()));
    }
    values.square().sum()
}

/// Returns the rows of a table with these ids, `[ids, width]`.
///
/// # Shapes
///
/// - `table`: `[rows, width]`, `ids`: `[ids]`, each below `rows`
pub fn look_up(table: Tensor<2>, ids: Tensor<1, Int>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if is_ours(&table) {
        let ids = ids.into_data();
        let ids = ids
            .iter::<i64>()
            .map(|id| usize::try_from(id).unwrap_or(usize::MAX));
        let ids: Arc<[usize]> = ids.collect();
        return Tensor::from_dispatch(Dispatch::kernel_look_up(table.into_dispatch(), ids));
    }
    table.select(0, ids)
}

/// Applies dropout with a probability from 0 to 1; without autodiff, returns `x` unchanged.
pub fn dropout(x: Tensor<2>, probability: f64) -> Tensor<2> {
    let probability = active(&x, probability);
    #[cfg(feature = "flex")]
    if is_ours(&x) {
        return match drawn(&x, probability) {
            Some(dropout) => Tensor::from_dispatch(Dispatch::kernel_dropout(x.into_dispatch(), dropout)),
            None => x,
        };
    }
    plain::drop_out(x, probability)
}

/// Returns all numbers times a factor. On the CPU backend this operation has no gradient.
pub fn scale<const D: usize>(values: Tensor<D>, factor: f64) -> Tensor<D> {
    #[cfg(feature = "flex")]
    if is_ours(&values) {
        return Tensor::from_dispatch(Dispatch::kernel_scale(values.into_dispatch(), factor));
    }
    values.mul_scalar(factor)
}

/// Returns the mean of the hidden states of each text.
///
/// # Shapes
///
/// - `hidden`: `[tokens, width]`; output: `[texts, width]`
pub fn mean_pool(hidden: Tensor<2>, sequences: &Sequences) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if is_ours(&hidden) {
        let means = Dispatch::kernel_mean_pool(hidden.into_dispatch(), sequences.clone());
        return Tensor::from_dispatch(means);
    }
    plain::mean_pool(hidden, sequences)
}

/// Returns the layer normalisation (Ba et al. 2016) of `dropout(x) + residual`.
///
/// `dropout` is the probability of dropping a number of `x`; there is no dropout without autodiff, as in
/// [`attention`].
///
/// # Shapes
///
/// - `x`, `residual` and output: `[rows, width]`; `gamma`, `beta`: `[width]`
pub fn residual_norm(
    x: Tensor<2>,
    residual: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    dropout: f64,
) -> Tensor<2> {
    let dropout = active(&x, dropout);
    #[cfg(feature = "flex")]
    if is_ours(&x) {
        let dropout = drawn(&x, dropout);
        return Tensor::from_dispatch(Dispatch::kernel_residual_norm(
            x.into_dispatch(),
            residual.into_dispatch(),
            gamma.into_dispatch(),
            beta.into_dispatch(),
            epsilon,
            dropout,
        ));
    }
    plain::residual_norm(x, residual, gamma, beta, epsilon, dropout)
}

/// Returns the probability of dropout, which is 0 without autodiff.
fn active(tensor: &Tensor<2>, probability: f64) -> f64 {
    if tensor.device().is_autodiff() {
        probability
    } else {
        0.0
    }
}

/// Creates dropout with a key from the device's generator, so that it is reproducible if the device is seeded.
#[cfg(feature = "flex")]
fn drawn(tensor: &Tensor<2>, probability: f64) -> Option<Dropout> {
    if probability <= 0.0 {
        return None;
    }
    let device = tensor.device().without_autodiff();
    let words = Tensor::<1, Int>::random([4], Distribution::Uniform(0.0, 65536.0), &device);
    let words = words.into_data();
    let key = words
        .iter::<i64>()
        .fold(0, |key: u64, word| key << 16 | (word as u64 & 0xffff));
    Dropout::new(probability, key)
}
