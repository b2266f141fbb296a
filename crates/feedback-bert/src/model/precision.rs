//! Changes the weights of dense layers, for example their number type.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::Tensor;

/// Applies `f` to the weight of a layer. The new weight is not trained.
pub(crate) fn map_weight(layer: &mut Linear, f: impl Fn(Tensor<2>) -> Tensor<2>) {
    let weight = f(layer.weight.val());
    layer.weight = Param::initialized(layer.weight.id, weight).set_require_grad(false);
}
