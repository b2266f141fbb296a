//! Dense layers with weights of 8 bits, as operations of Burn's CPU backend. They have no backward pass.

use std::sync::Arc;

use burn::backend::tensor::{FloatTensor, QuantizedTensor};
use burn::backend::{Backend, BackendTypes, Flex, backend_extension};
use burn::tensor::DType;
use burn::tensor::quantization::BlockLayout;

use super::cache::Cache;
use super::flex::concatenate;
use super::primitive::{Primitive, Values, matrix, tensor};
use crate::activation::gelu_in_place;
use crate::int8::{ByteWeight, PackedBytes, forward};
use crate::quantize::MAX_WEIGHT;

type Quantized = <Flex as BackendTypes>::QuantizedTensorPrimitive;

/// Operations with weights of 8 bits.
#[backend_extension(Flex)]
pub(crate) trait ByteKernels: Backend {
    /// See [`crate::linear`].
    fn kernel_linear_bytes(
        x: FloatTensor<Self>,
        weight: QuantizedTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::linear_gelu`].
    fn kernel_linear_gelu_bytes(
        x: FloatTensor<Self>,
        weight: QuantizedTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::projections`].
    fn kernel_projections_bytes(
        x: FloatTensor<Self>,
        query: QuantizedTensor<Self>,
        query_bias: FloatTensor<Self>,
        key: QuantizedTensor<Self>,
        key_bias: FloatTensor<Self>,
        value: QuantizedTensor<Self>,
        value_bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl ByteKernels for Flex {
    fn kernel_linear_bytes(x: Primitive, weight: Quantized, bias: Primitive) -> Primitive {
        dense(x, &[&weight], bias, |_| {})
    }

    fn kernel_linear_gelu_bytes(x: Primitive, weight: Quantized, bias: Primitive) -> Primitive {
        dense(x, &[&weight], bias, gelu_in_place)
    }

    fn kernel_projections_bytes(
        x: Primitive,
        query: Quantized,
        query_bias: Primitive,
        key: Quantized,
        key_bias: Primitive,
        value: Quantized,
        value_bias: Primitive,
    ) -> Primitive {
        let bias = concatenate([query_bias, key_bias, value_bias]);
        dense(x, &[&query, &key, &value], bias, |_| {})
    }
}

static PACKED: Cache<PackedBytes> = Cache::new();

/// Layers side by side, and what is done to each number of the output.
fn dense(
    x: Primitive,
    weights: &[&Quantized],
    bias: Primitive,
    after: impl Fn(&mut [f32]) + Sync,
) -> Primitive {
    let [rows, input] = matrix(&x);
    let memories: Vec<&Primitive> = weights.iter().map(|weight| weight.tensor()).collect();
    let packed: Arc<PackedBytes> = PACKED.packed(&memories, || {
        let weights: Vec<ByteWeight> = weights.iter().map(|weight| byte_weight(weight)).collect();
        PackedBytes::new(input, &weights)
    });
    let (x, bias) = (Values::new(x), Values::new(bias));
    let output = forward(x.get(), &packed, bias.get(), after);
    tensor(output, [rows, packed.columns()])
}

/// The bytes of a weight as they are if each column has one scale and none is larger than [`MAX_WEIGHT`], as
/// [`crate::quantize`] makes them; rounded again otherwise.
fn byte_weight(weight: &Quantized) -> ByteWeight {
    let values = weight.tensor().to_contiguous();
    let values: &[i8] = values.storage();
    let [rows, columns] = matrix(weight.tensor());
    let scales = element_scales(weight, rows * columns);
    let first = scales.get(..columns).unwrap_or_default();
    let same = scales.chunks_exact(columns.max(1)).all(|row| row == first);
    if same
        && values
            .iter()
            .all(|value| (-MAX_WEIGHT..=MAX_WEIGHT).contains(value))
    {
        return ByteWeight {
            data: values.to_vec(),
            scales: first.to_vec(),
        };
    }
    let numbers: Vec<f32> = values
        .iter()
        .zip(&scales)
        .map(|(&value, scale)| f32::from(value) * scale)
        .collect();
    ByteWeight::round(&numbers, columns)
}

/// What 1 means, for each byte.
fn element_scales(weight: &Quantized, length: usize) -> Vec<f32> {
    use burn::backend::TensorMetadata;
    let DType::QFloat(scheme) = weight.dtype() else {
        unreachable!("a quantized tensor has a scheme")
    };
    match scheme.block_size() {
        Some(block) => {
            let blocks = BlockLayout::new(&weight.shape(), &block);
            (0..length)
                .map(|index| weight.scales()[blocks.block_of(index)])
                .collect()
        }
        None => vec![weight.scales()[0]; length],
    }
}
