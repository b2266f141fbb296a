//! Computes the global norm of the gradients and clips them to a maximum norm.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use feedback_kernels::{scale, sum_of_squares};

use crate::error::{Error, Result};

/// Added to the norm before dividing, as in `torch.nn.utils.clip_grad_norm_`.
const EPSILON: f64 = 1e-6;

/// Scales all gradients by one factor so that their global L2 norm is at most `max_norm`; 0 means no
/// clipping. Returns the norm before clipping.
pub(crate) fn clip_by_global_norm<M: Module>(
    model: &M,
    grads: &mut GradientsParams,
    max_norm: f64,
) -> Result<f64> {
    let mut squares = SumOfSquares { grads, sum: None };
    model.visit(&mut squares);
    let Some(sum) = squares.sum else { return Ok(0.0) };
    let sum: f32 = sum
        .try_into_scalar()
        .map_err(|error| Error::Device(error.to_string()))?;
    let norm = f64::from(sum).sqrt();
    let factor = max_norm / (norm + EPSILON);
    if max_norm > 0.0 && factor < 1.0 {
        model.visit(&mut Scale { grads, factor });
    }
    Ok(norm)
}

/// Drops the gradients of frozen parameters, so that the optimizer skips these parameters. `is_frozen` is
/// called with the path of each parameter.
pub(crate) fn drop_frozen<M: Module>(
    model: &M,
    grads: &mut GradientsParams,
    is_frozen: impl FnMut(&str) -> bool,
) {
    model.visit(&mut DropFrozen {
        path: Vec::new(),
        grads,
        is_frozen,
    });
}

struct DropFrozen<'a, F> {
    path: Vec<String>,
    grads: &'a mut GradientsParams,
    is_frozen: F,
}

impl<F: FnMut(&str) -> bool> ModuleVisitor for DropFrozen<'_, F> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if (self.is_frozen)(&self.path.join(".")) {
            self.grads.remove::<D>(param.id);
        }
    }
}

struct SumOfSquares<'a> {
    grads: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.get::<D>(param.id) {
            let squares = sum_of_squares(grad); // [1]
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + squares,
                None => squares,
            });
        }
    }
}

struct Scale<'a> {
    grads: &'a mut GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.remove::<D>(param.id) {
            self.grads.register::<D>(param.id, scale(grad, self.factor));
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Device;

    use super::*;

    /// Clips the gradients 3 and 4, whose global norm is 5, to `max_norm`.
    fn clipped(max_norm: f64) -> (f64, Vec<f32>) {
        let device = Device::flex();
        let layer: Linear = LinearConfig::new(1, 1).init(&device.clone().autodiff());
        let mut grads = GradientsParams::new();
        grads.register::<2>(layer.weight.id, Tensor::from_floats([[3.0]], &device));
        let bias = layer.bias.as_ref().unwrap().id;
        grads.register::<1>(bias, Tensor::from_floats([4.0], &device));
        let norm = clip_by_global_norm(&layer, &mut grads, max_norm).unwrap();
        let weight = grads.get::<2>(layer.weight.id).unwrap().into_scalar::<f32>();
        let bias = grads.get::<1>(bias).unwrap().into_scalar::<f32>();
        (norm, vec![weight, bias])
    }

    #[test]
    fn all_gradients_are_scaled_by_their_global_norm() {
        let (norm, grads) = clipped(1.0);
        assert!((norm - 5.0).abs() < 1e-6);
        assert!(
            (grads[0] - 0.6).abs() < 1e-6 && (grads[1] - 0.8).abs() < 1e-6,
            "{grads:?}"
        );
    }

    #[test]
    fn gradients_below_the_limit_do_not_change() {
        assert_eq!(clipped(10.0).1, [3.0, 4.0]);
        assert_eq!(clipped(0.0).1, [3.0, 4.0]);
    }
}
