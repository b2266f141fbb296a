//! Which tensors the kernels compute with.

use burn::tensor::{DType, Device, Tensor};

/// Returns whether the kernels can compute with this tensor.
pub(crate) fn is_ours<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && tensor.device().without_autodiff() == Device::flex()
}
