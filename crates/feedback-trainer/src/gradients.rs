//! Gradients as a whole: their norm, and clipping by it.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::{Error, Result};

/// Added to the norm before dividing, as `torch.nn.utils.clip_grad_norm_` does.
const EPSILON: f64 = 1e-6;

/// Scales all gradients together so that their joint L2 norm is at most `max_norm`; 0 leaves them. Returns the norm
/// before.
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

struct SumOfSquares<'a> {
    grads: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.get::<D>(param.id) {
            let squares = grad.square().sum(); // [1]
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
            self.grads.register::<D>(param.id, grad.mul_scalar(self.factor));
        }
    }
}
