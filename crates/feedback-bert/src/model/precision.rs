//! How the dense layers of the blocks compute.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::Tensor;

/// Replaces the weight of a layer by what `f` makes of it. It is no longer trained.
pub(crate) fn map_weight(layer: &mut Linear, f: impl Fn(Tensor<2>) -> Tensor<2>) {
    let weight = f(layer.weight.val());
    layer.weight = Param::initialized(layer.weight.id, weight).set_require_grad(false);
}
