//! Reads weights.

use std::path::Path;

use burn::tensor::Device;

use super::checkpoint;
use super::fill::{expected_shapes, fill, read_values};
use super::plan::Plan;
use super::report::{LoadReport, MissingHead};
use super::sizes::check_sizes;
use crate::classification::BertForSequenceClassification;
use crate::config::{BertConfig, Pooling};
use crate::error::{Error, Problem, Result};
use crate::head::Head;
use crate::model::ParameterInit;
use crate::names::Names;

/// Reads a text classifier from a checkpoint: a `.safetensors` file, a PyTorch `.bin` file, or the
/// `.index.json` of several such files.
///
/// F16 and BF16 files are read as F32. Pretraining heads (`cls.`, `lm_head.`, …), buffers and a pooler that the head does
/// not use are ignored and listed in the report.
///
/// # Errors
///
/// [`Error::Weights`] if the file is damaged, if a tensor is missing, has the wrong shape or contains a value
/// that is not finite, or if the file has tensors of a different architecture.
pub fn load_weights(
    path: &Path,
    config: &BertConfig,
    pooling: Pooling,
    missing_head: MissingHead,
    device: &Device,
) -> Result<(BertForSequenceClassification, LoadReport)> {
    load(path, config, missing_head, device, |init| {
        BertForSequenceClassification::new(config, pooling, init)
    })
}

/// Builds a model with `new` and reads its weights; see [`load_weights`].
pub(crate) fn load<M: Head>(
    path: &Path,
    config: &BertConfig,
    missing_head: MissingHead,
    device: &Device,
    new: impl FnOnce(&mut ParameterInit) -> M,
) -> Result<(M, LoadReport)> {
    let wrong = |problem: Problem| Error::weights(path, problem);
    let names = Names::new(config.model_type, M::TASK);
    let mut file = checkpoint::open(path)?;
    check_sizes(config, &file).map_err(wrong)?;
    let mut model = new(&mut ParameterInit::zeros(device));
    let plan = Plan::new(names, &expected_shapes(&model), &file, missing_head);
    plan.check(config).map_err(wrong)?;
    if let Some(seed) = missing_head.seed() {
        let mut init = ParameterInit::normal(seed, config.initializer_range, device)?;
        initialise_head(&mut model, config, &plan, &mut init);
    }
    let planned = plan.load.iter().filter_map(|(ours, hf)| {
        let mut tensor = file.remove(hf)?;
        tensor.name.clone_from(ours);
        Some(tensor)
    });
    let values = read_values(planned.collect());
    let values =
        values.map_err(|(ours, reason)| wrong(format!("tensor `{}` {reason}", names.to_hf(&ours)).into()))?;
    let (model, unused) = fill(model, values);
    if !unused.is_empty() {
        return Err(wrong(
            format!("no place in the model for: {}", unused.join(", ")).into(),
        ));
    }
    Ok((model, plan.report))
}

fn initialise_head<M: Head>(model: &mut M, config: &BertConfig, plan: &Plan, init: &mut ParameterInit) {
    if plan.initialises("bert.pooler.") {
        model.init_pooler(config, init);
    }
    if plan.initialises("classifier.") || plan.initialises("cls.") {
        model.init_output(config, init);
    }
}
