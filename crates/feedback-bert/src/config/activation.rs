//! Activations of dense layers.

use serde::{Deserialize, Serialize};

/// The activation between the two linear layers of a transformer block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HiddenAct {
    /// GELU with the exact Gaussian error function (Hendrycks and Gimpel 2016, equation 1).
    #[serde(alias = "gelu_python")]
    Gelu,
    /// The tanh approximation of GELU.
    #[serde(alias = "gelu_pytorch_tanh", alias = "gelu_fast", alias = "gelu_accurate")]
    GeluNew,
    /// The rectifier, max(0, x).
    Relu,
    /// x · sigmoid(x), also called swish.
    #[serde(alias = "swish")]
    Silu,
    /// The hyperbolic tangent.
    Tanh,
}
