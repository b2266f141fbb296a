//! Creates the optimizers with the same parameter groups as Hugging Face.

use burn::module::{Module, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{ModuleOptimizer, SgdConfig};
use burn::tensor::Tensor;

use crate::adamw::AdamW;
use crate::arguments::{CheckedArguments, OptimizerName};

/// Creates the optimizer that `arguments` select. Parameters of biases and normalisation get no weight decay.
pub(crate) fn optimizer<M: Module>(arguments: &CheckedArguments, model: &M) -> ModuleOptimizer {
    match arguments.optim {
        OptimizerName::AdamW => adamw(arguments, model),
        OptimizerName::Sgd => sgd(arguments, model),
    }
}

/// Creates the optimizer [`AdamW`].
pub(crate) fn adamw<M: Module>(arguments: &CheckedArguments, model: &M) -> ModuleOptimizer {
    let all = AdamW {
        beta_1: arguments.adam_beta1,
        beta_2: arguments.adam_beta2,
        epsilon: arguments.adam_epsilon,
        weight_decay: arguments.weight_decay,
    };
    let without_decay = AdamW {
        weight_decay: 0.0,
        ..all
    };
    ModuleOptimizer::from(all).with_group(ParamGroup::from_ids(vectors(model)), without_decay, None)
}

/// Creates stochastic gradient descent; weight decay is added to the gradient, as in PyTorch.
fn sgd<M: Module>(arguments: &CheckedArguments, model: &M) -> ModuleOptimizer {
    let decay =
        Some(WeightDecayConfig::new(arguments.weight_decay as f32)).filter(|_| arguments.weight_decay > 0.0);
    ModuleOptimizer::from(SgdConfig::new().with_weight_decay(decay).build()).with_group(
        ParamGroup::from_ids(vectors(model)),
        SgdConfig::new().build(),
        None,
    )
}

/// Returns the parameters that are vectors: exactly the biases and the parameters of layer normalisation.
fn vectors<M: Module>(model: &M) -> Vec<ParamId> {
    #[derive(Default)]
    struct Collect(Vec<ParamId>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if D == 1 {
                self.0.push(param.id);
            }
        }
    }
    let mut collect = Collect::default();
    model.visit(&mut collect);
    collect.0
}
