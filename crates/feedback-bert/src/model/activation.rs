//! Activations of dense layers.

use burn::tensor::{Tensor, activation};

use crate::config::HiddenAct;

/// Applies an activation to each value.
pub(crate) fn activate(kind: HiddenAct, input: Tensor<2>) -> Tensor<2> {
    match kind {
        HiddenAct::Gelu => activation::gelu(input),
        HiddenAct::GeluNew => activation::gelu_approximate(input),
        HiddenAct::Relu => activation::relu(input),
        HiddenAct::Silu => activation::silu(input),
        HiddenAct::Tanh => activation::tanh(input),
    }
}
