//! Learning rates that decrease from the head of a model down to its embeddings.

use std::collections::BTreeMap;

use burn::lr_scheduler::constant::ConstantLr;
use burn::lr_scheduler::module_lr_scheduler::{ModuleLearningRate, ModuleLrScheduler};
use burn::module::{ParamGroup, ParamId};

use crate::model::{Trainable, parameter_names};

/// The factor of each layer's learning rate: `decay` to the power of its [depth](Trainable::layer_depth).
pub(crate) struct LayerRates {
    /// Parameters and their factor; empty if all have the same rate.
    groups: Vec<(ParamGroup, f64)>,
}

impl LayerRates {
    pub(crate) fn new<M: Trainable>(model: &M, decay: f64) -> Self {
        let mut by_depth: BTreeMap<usize, Vec<ParamId>> = BTreeMap::new();
        if decay != 1.0 {
            for (id, name) in parameter_names(model) {
                by_depth.entry(model.layer_depth(&name)).or_default().push(id);
            }
        }
        let factor = |depth: usize| decay.powi(i32::try_from(depth).unwrap_or(i32::MAX));
        let groups = by_depth.into_iter().filter(|(depth, _)| *depth > 0);
        Self {
            groups: groups
                .map(|(depth, ids)| (ParamGroup::from_ids(ids), factor(depth)))
                .collect(),
        }
    }

    /// Returns the learning rate of each parameter for an update with the base rate `learning_rate`.
    pub(crate) fn at(&self, learning_rate: f64) -> ModuleLearningRate {
        let all = ModuleLrScheduler::new(ConstantLr::from(learning_rate));
        let scheduler = self.groups.iter().fold(all, |scheduler, (group, factor)| {
            scheduler.with_group(group.clone(), ConstantLr::from(learning_rate * factor))
        });
        // All schedules are constant, so the first step returns the rates.
        let mut scheduler = scheduler;
        scheduler.step()
    }
}
