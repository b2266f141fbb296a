//! Parameters that stay as they are for a while.

use std::collections::HashSet;

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::{Callback, TrainState};

/// The parameters that some callback does not want trained.
pub(crate) fn frozen_parameters<M: Module>(
    model: &M,
    callbacks: &[Box<dyn Callback>],
    state: &TrainState,
) -> HashSet<ParamId> {
    struct Ask<F> {
        path: Vec<String>,
        trains: F,
        frozen: HashSet<ParamId>,
    }
    impl<F: Fn(&str) -> bool> ModuleVisitor for Ask<F> {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if !(self.trains)(&self.path.join(".")) {
                self.frozen.insert(param.id);
            }
        }
    }
    let mut ask = Ask {
        path: Vec::new(),
        trains: |path: &str| callbacks.iter().all(|callback| callback.trains(state, path)),
        frozen: HashSet::new(),
    };
    model.visit(&mut ask);
    ask.frozen
}

/// Takes the gradients of frozen parameters away: without one the optimizer leaves a parameter alone.
pub(crate) fn remove_frozen<M: Module>(model: &M, grads: &mut GradientsParams, frozen: &HashSet<ParamId>) {
    struct Remove<'a>(&'a mut GradientsParams, &'a HashSet<ParamId>);
    impl ModuleVisitor for Remove<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if self.1.contains(&param.id) {
                drop(self.0.remove::<D>(param.id));
            }
        }
    }
    if !frozen.is_empty() {
        model.visit(&mut Remove(grads, frozen));
    }
}
