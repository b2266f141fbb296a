//! Weights of 8 bits.

#[cfg(feature = "flex")]
use burn::backend::Dispatch;
use burn::tensor::quantization::QuantizationParameters;
use burn::tensor::{DType, Tensor};

use crate::byte_scheme::{MAX_WEIGHT, scheme};
#[cfg(feature = "flex")]
use crate::extension::bytes::ByteKernels;
#[cfg(feature = "flex")]
use crate::ours::is_ours;

/// Rounds the weight `[input, output]` of a dense layer to integers from -63 to 63, with one scale per output. This takes a quarter
/// of the memory.
///
/// On Burn's CPU backend, [`linear`](crate::linear), [`linear_gelu`](crate::linear_gelu) and
/// [`projections`](crate::projections) then multiply integers. They round each row of their input to 256
/// equally spaced values from its minimum to its maximum; the range is extended if it does not include 0. A
/// row with a value that is not finite becomes NaN. With autodiff, and on other backends, the weight is
/// converted back to `f32` for each call.
pub fn quantize(weight: Tensor<2>) -> Tensor<2> {
    if is_quantized(&weight) {
        return weight;
    }
    #[cfg(feature = "flex")]
    if is_ours(&weight) && !weight.device().is_autodiff() {
        return Tensor::from_dispatch(Dispatch::kernel_quantize(weight.into_dispatch()));
    }
    let [input, output] = weight.dims();
    let scales = weight.clone().abs().max_dim(0).div_scalar(f32::from(MAX_WEIGHT)); // [1, output]
    let (scheme, blocks) = scheme(input);
    let parameters = QuantizationParameters {
        scales: scales.expand([blocks, output]).reshape([-1]),
        global: None,
    };
    weight.quantize(&scheme, parameters)
}

/// Returns whether a weight is quantised.
pub(crate) fn is_quantized(weight: &Tensor<2>) -> bool {
    matches!(weight.dtype(), DType::QFloat(_))
}

/// Returns the weight in `f32`. A quantised weight is converted, which takes one pass over it.
pub(crate) fn as_float(weight: Tensor<2>) -> Tensor<2> {
    if is_quantized(&weight) {
        weight.dequantize()
    } else {
        weight
    }
}
