//! Dense layers with weights of 8 bits, as operations of Burn's CPU backend. They have no backward pass.

use std::sync::Arc;

use burn::backend::TensorMetadata;
use burn::backend::ops::QTensorOps;
use burn::backend::tensor::{FloatTensor, QuantizedTensor};
use burn::backend::{Backend, BackendTypes, Flex, backend_extension};
use burn::tensor::{DType, FloatDType, TensorData};
use burn_std::quantization::global_scale_dtype;

use super::cache::Cache;
use super::flex::{WeightValues, concatenate};
use super::primitive::{Primitive, Values, matrix, tensor};
use crate::activation::gelu_in_place;
use crate::byte_scheme::{MAX_WEIGHT, scheme};
use crate::int8::{ByteWeight, PackedBytes, forward};

type Quantized = <Flex as BackendTypes>::QuantizedTensorPrimitive;

/// Operations with weights of 8 bits.
#[backend_extension(Flex)]
pub(crate) trait ByteKernels: Backend {
    /// See [`crate::quantize`].
    fn kernel_quantize(weight: FloatTensor<Self>) -> QuantizedTensor<Self>;

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
    fn kernel_quantize(weight: Primitive) -> Quantized {
        let [input, output] = matrix(&weight);
        let ByteWeight { data, scales } = ByteWeight::round(WeightValues::new(weight).weight());
        let (scheme, blocks) = scheme(input);
        let data = TensorData::new(data, [output, input]);
        let values = Primitive::from_data(data).transpose(0, 1);
        Quantized::new(values, scheme, scales.repeat(blocks), None)
    }

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

/// Computes dense layers with the same input, side by side in the output, and calls `after` on each finished part of an output row.
fn dense(
    x: Primitive,
    weights: &[&Quantized],
    bias: Primitive,
    after: impl Fn(&mut [f32]) + Sync,
) -> Primitive {
    let [rows, width] = matrix(&x);
    for weight in weights {
        let [input, output] = matrix(weight.tensor());
        assert_eq!(
            input, width,
            "x has {width} columns, a weight is {input} x {output}"
        );
    }
    let memories: Vec<&Primitive> = weights.iter().map(|weight| weight.tensor()).collect();
    let packed: Arc<PackedBytes> = PACKED.packed(&memories, || {
        let weights: Vec<ByteWeight> = weights.iter().map(|weight| byte_weight(weight)).collect();
        PackedBytes::new(width, &weights)
    });
    let (x, bias) = (Values::new(x), Values::new(bias));
    let output = forward(x.get(), &packed, bias.get(), after);
    tensor(output, [rows, packed.columns()])
}

/// Returns the integers of a weight. If each output has one scale and no integer exceeds [`MAX_WEIGHT`], as
/// after [`crate::quantize`], they do not change; otherwise the weight is rounded again.
fn byte_weight(weight: &Quantized) -> ByteWeight {
    let [input, output] = matrix(weight.tensor());
    let values = weight.tensor().transpose(0, 1).to_contiguous();
    let values: &[i8] = values.storage();
    let scales = Scales::new(weight);
    let columns = 0..output;
    let one_scale = |column: usize| (0..input).all(|row| scales.at(row, column) == scales.at(0, column));
    let fits = |value: &i8| (-MAX_WEIGHT..=MAX_WEIGHT).contains(value);
    if input > 0 && !scales.are_relative && columns.clone().all(one_scale) && values.iter().all(fits) {
        return ByteWeight {
            data: values.to_vec(),
            scales: columns.map(|column| scales.at(0, column)).collect(),
        };
    }
    let numbers = Flex::dequantize(weight.clone(), FloatDType::F32);
    ByteWeight::round(WeightValues::new(numbers).weight())
}

/// The scales of a quantised weight.
struct Scales<'a> {
    scales: &'a [f32],
    /// Number of rows and columns of a block that shares a scale; `None` if the whole weight has one scale.
    block: Option<[usize; 2]>,
    /// Number of blocks side by side.
    across: usize,
    /// Whether the scales are relative to a global scale, which only Burn knows.
    are_relative: bool,
}

impl<'a> Scales<'a> {
    fn new(weight: &'a Quantized) -> Self {
        let DType::QFloat(scheme) = weight.dtype() else {
            unreachable!("a quantised tensor has a scheme")
        };
        let [_, columns] = matrix(weight.tensor());
        let block = scheme
            .block_size()
            .map(|block| block.as_dim::<2>().map(usize::from));
        Self {
            scales: weight.scales(),
            block,
            across: block.map_or(1, |[_, width]| columns / width.max(1)),
            are_relative: global_scale_dtype(&scheme).is_some(),
        }
    }

    fn at(&self, row: usize, column: usize) -> f32 {
        let index = self
            .block
            .map_or(0, |[rows, columns]| row / rows * self.across + column / columns);
        self.scales[index]
    }
}
