//! Weights of 8 bits.

use burn::tensor::quantization::{QuantScheme, QuantStore, QuantValue, QuantizationParameters, ScaleDtype};
use burn::tensor::{DType, Tensor};

/// The largest weight: with it, AVX2 multiplies pairs of bytes without overflow.
pub(crate) const MAX_WEIGHT: i8 = 63;

/// The weight `[input, output]` of a dense layer as integers from -63 to 63, with one scale for each output; a quarter of the memory.
///
/// [`linear`](crate::linear), [`linear_gelu`](crate::linear_gelu) and [`projections`](crate::projections) then multiply bytes on
/// Burn's CPU backend; they round each row of their input to 256 steps between its smallest and its largest number (or 0). A row
/// with a number that is not finite becomes NaN. With autodiff and on other backends the weight is turned back into `f32` first.
pub fn quantize(weight: Tensor<2>) -> Tensor<2> {
    if is_quantized(&weight) {
        return weight;
    }
    let [input, output] = weight.dims();
    let scales = weight.clone().abs().max_dim(0).div_scalar(f32::from(MAX_WEIGHT)); // [1, output]
    // Burn divides the rows into blocks of at most 255; all blocks of a column get the column's scale.
    let block = (1..=u8::MAX)
        .rev()
        .find(|&block| input.is_multiple_of(usize::from(block)));
    let block = block.unwrap_or(1);
    let scales = scales.expand([input / usize::from(block), output]);
    let scheme = QuantScheme::default()
        .with_value(QuantValue::Q8S)
        .with_store(QuantStore::Native)
        .per_block([block, 1], ScaleDtype::F32);
    let parameters = QuantizationParameters {
        scales: scales.reshape([-1]),
        global: None,
    };
    weight.quantize(&scheme, parameters)
}

/// Whether a weight has 8 bits.
pub(crate) fn is_quantized(weight: &Tensor<2>) -> bool {
    matches!(weight.dtype(), DType::QFloat(_))
}

/// A weight of 8 bits as `f32`, which costs a pass over it; others as they are.
pub(crate) fn as_float(weight: Tensor<2>) -> Tensor<2> {
    if is_quantized(&weight) {
        weight.dequantize()
    } else {
        weight
    }
}
