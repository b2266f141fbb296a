//! Dense layers and normalisation, computed by `feedback-kernels` where possible.

use burn::nn::{Dropout, LayerNorm, Linear};
use burn::tensor::Tensor;
use feedback_kernels as kernels;

use super::activation::activate;
use crate::config::HiddenAct;

/// Applies a dense layer, `[rows, input]` to `[rows, output]`.
pub(crate) fn dense(layer: &Linear, input: Tensor<2>) -> Tensor<2> {
    match &layer.bias {
        Some(bias) => kernels::linear(input, layer.weight.val(), bias.val()),
        None => layer.forward(input),
    }
}

/// Applies a dense layer and an activation.
pub(crate) fn dense_activated(layer: &Linear, kind: HiddenAct, input: Tensor<2>) -> Tensor<2> {
    match (&layer.bias, kind) {
        (Some(bias), HiddenAct::Gelu) => kernels::linear_gelu(input, layer.weight.val(), bias.val()),
        _ => activate(kind, dense(layer, input)),
    }
}

/// Returns the layer normalisation of `dropout(input) + residual`; all tensors are `[rows, width]`.
pub(crate) fn residual_norm(
    norm: &LayerNorm,
    epsilon: f64,
    dropout: &Dropout,
    input: Tensor<2>,
    residual: Tensor<2>,
) -> Tensor<2> {
    let probability = probability(dropout);
    match &norm.beta {
        Some(beta) => kernels::residual_norm(
            input,
            residual,
            norm.gamma.val(),
            beta.val(),
            epsilon,
            probability,
        ),
        None => norm.forward(dropout.forward(input) + residual),
    }
}

/// Returns the layer normalisation of `a + b`; all tensors are `[rows, width]`.
pub(crate) fn sum_norm(norm: &LayerNorm, epsilon: f64, a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    match &norm.beta {
        Some(beta) => kernels::residual_norm(a, b, norm.gamma.val(), beta.val(), epsilon, 0.0),
        None => norm.forward(a + b),
    }
}

/// Returns the probability of a dropout layer; 0 if the layer is frozen.
pub(crate) fn probability(dropout: &Dropout) -> f64 {
    if dropout.training.is_enabled() {
        dropout.prob
    } else {
        0.0
    }
}
