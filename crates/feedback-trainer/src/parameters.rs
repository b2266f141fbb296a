//! Prepares the parameters of a model for training.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::tensor::{Device, GradientCheckpointingStrategy, Tensor};

/// Numbers the parameters 1, 2, … in the order of the model; shared parameters keep one number.
///
/// Burn chooses ids at random, and the optimizer stores its state by id. With these numbers as ids, the state
/// also fits the same model in another process.
pub(crate) fn number_parameters<M: Module>(model: M) -> M {
    #[derive(Default)]
    struct Number(HashMap<ParamId, u64>);
    impl ModuleMapper for Number {
        fn map_float<const D: usize>(&mut self, mut param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let next = self.0.len() as u64 + 1;
            param.id = ParamId::from(*self.0.entry(param.id).or_insert(next));
            param
        }
    }
    model.map(&mut Number::default())
}

/// Turns on autodiff, with the gradient checkpointing strategy of `device`.
pub(crate) fn to_training<M: Module>(model: M, device: &Device) -> M {
    let model = model.train();
    match device.gradient_checkpointing_strategy() {
        Some(strategy) if strategy != GradientCheckpointingStrategy::default() => {
            model.map(&mut WithStrategy(strategy))
        }
        _ => model,
    }
}

struct WithStrategy(GradientCheckpointingStrategy);

impl ModuleMapper for WithStrategy {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| tensor.with_gradient_checkpointing_strategy(self.0))
    }
}
