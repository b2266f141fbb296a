//! Tensors of the CPU backend and their numbers.

use burn::backend::{BackendTypes, Flex};
use burn::tensor::{DType, TensorData};

use crate::buffers::{into_bytes, take};

/// A tensor of the CPU backend.
pub(super) type Primitive = <Flex as BackendTypes>::FloatTensorPrimitive;

/// The numbers of a tensor, contiguous in row-major order.
pub(super) struct Values(Primitive);

impl Values {
    pub(super) fn new(tensor: Primitive) -> Self {
        assert_eq!(tensor.dtype(), DType::F32, "kernels compute in f32");
        Self(tensor.to_contiguous())
    }

    pub(super) fn get(&self) -> &[f32] {
        self.0
            .as_slice()
            .unwrap_or_else(|| unreachable!("`new` makes it contiguous and checks that it is f32"))
    }

    /// Returns the numbers themselves if no other tensor uses them, otherwise a copy.
    pub(super) fn into_vec(self) -> Vec<f32> {
        if self.0.is_unique() {
            let numbers = self.0.into_data().try_into_vec();
            return numbers.unwrap_or_else(|error| unreachable!("`new` checks that it is f32: {error:?}"));
        }
        let mut copy = take(self.get().len());
        copy.copy_from_slice(self.get());
        copy
    }
}

/// Creates a tensor of the CPU backend with this shape.
pub(super) fn tensor(values: Vec<f32>, shape: impl Into<Vec<usize>>) -> Primitive {
    Primitive::from_data(TensorData::from_bytes(
        into_bytes(values),
        shape.into(),
        DType::F32,
    ))
}

/// Returns the number of rows and columns.
pub(super) fn matrix(tensor: &Primitive) -> [usize; 2] {
    let shape = tensor.layout().shape();
    [shape[0], shape[1]]
}
