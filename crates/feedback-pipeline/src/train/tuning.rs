//! Freezes parts of a model, attaches adapters, and merges them at the end.

use std::path::{Path, PathBuf};

use feedback_bert::BertForSequenceClassification;
use feedback_bert::config::BertConfig;
use feedback_bert::lora::{merge_adapters, save_adapter};
use feedback_trainer::callbacks::GradualUnfreezing;
use feedback_trainer::losses::ClassificationLoss;
use feedback_trainer::{Parts, Trainable};

use crate::error::{Error, Result};
use crate::objectives::ClassificationObjective;
use crate::train::settings::base_model::BaseModel;
use crate::train::settings::tuning::Tuning;

/// The folder of the adapter within the run folder.
const ADAPTER: &str = "adapter";

/// A model with its adapters merged into its weights.
#[derive(Debug)]
#[non_exhaustive]
pub struct Merged {
    /// The network.
    pub model: BertForSequenceClassification,
    /// The folder of the adapter, if one was trained.
    pub adapter: Option<PathBuf>,
}

impl Tuning {
    /// Returns the model with frozen parts or with adapters, according to the settings.
    pub(super) fn apply(
        &self,
        model: BertForSequenceClassification,
        base: &BaseModel,
        seed: u64,
    ) -> Result<BertForSequenceClassification> {
        if self.lora.0.is_some() && self.gradual_unfreezing.is_some() {
            return Err(Error::Tuning {
                reason: "with adapters, all parts except the head are always frozen; gradual unfreezing has no effect"
                    .into(),
                hint: "set either `lora_rank` or `gradual_unfreezing`",
            });
        }
        match (&self.lora.0, &self.freeze) {
            (Some(_), Some(_)) => Err(Error::Tuning {
                reason: "with adapters, all parts except the head are always frozen; `freeze` has no effect"
                    .into(),
                hint: "set either `lora_rank` or `freeze`",
            }),
            (Some(_), _) if matches!(base, BaseModel::Scratch(_)) => Err(Error::Tuning {
                reason: "adapters need a pretrained encoder, but the base model has random weights".into(),
                hint: "name a folder with a pretrained encoder as `model`",
            }),
            (Some(lora), _) => Ok(lora.attach(model, seed)?),
            (None, Some(parts)) => Ok(ClassificationObjective::new(
                model,
                ClassificationLoss::cross_entropy(),
            )
            .freeze_parts(parts)?
            .model),
            (None, None) => Ok(model),
        }
    }

    /// Returns the callback for gradual unfreezing, if it is set. The callback trains only the head in the first epoch, and
    /// unfreezes an equal share of the blocks in each further epoch, from the top down. All other parameters, such as the
    /// embeddings, are unfrozen last.
    ///
    /// # Errors
    ///
    /// The number of epochs does not fit the model.
    pub fn gradual_unfreezing(
        &self,
        model: &BertForSequenceClassification,
    ) -> Result<Option<GradualUnfreezing>> {
        let Some(epochs) = self.gradual_unfreezing else {
            return Ok(None);
        };
        let objective = &ClassificationObjective::new(model.clone(), ClassificationLoss::cross_entropy());
        let n_layers = objective.model.encoder().num_hidden_layers();
        if epochs == 0 || epochs > n_layers + 1 {
            return Err(feedback_trainer::Error::Argument {
                argument: "gradual_unfreezing",
                expected: format!(
                    "1 to {} epochs: one for the head, and at most one for each of the {n_layers} blocks of the encoder",
                    n_layers + 1
                ),
                found: format!("`{epochs}`"),
            }
            .into());
        }
        let mut groups: Vec<Parts> = vec!["classifier".parse()?];
        let pooler: Parts = "pooler".parse()?;
        if pooler.check_in(objective).is_ok() {
            groups = vec!["classifier,pooler".parse()?]; // a model with mean pooling has no pooler
        }
        let shares = epochs - 1;
        for share in 0..shares {
            // This share consists of the blocks `first..last`; share 0 is at the top of the encoder.
            let (last, first) = (
                n_layers - share * n_layers / shares,
                n_layers - (share + 1) * n_layers / shares,
            );
            groups.push(format!("encoder.layer.{first}-{}", last - 1).parse()?);
        }
        let callback = GradualUnfreezing::new(groups)?;
        callback.check(objective)?;
        Ok(Some(callback))
    }

    /// Writes the adapter, if there is one, into the run folder and merges it into the weights.
    ///
    /// # Errors
    ///
    /// The adapter cannot be written.
    pub fn finish(
        &self,
        model: BertForSequenceClassification,
        config: &BertConfig,
        base: &BaseModel,
        run: &Path,
    ) -> Result<Merged> {
        let Some(lora) = &self.lora.0 else {
            return Ok(Merged { model, adapter: None });
        };
        let base = match base {
            BaseModel::Folder(folder) => folder.display().to_string(),
            other => other.name(),
        };
        let folder = run.join(ADAPTER);
        save_adapter(&model, config, lora, &base, &folder)?;
        Ok(Merged {
            model: merge_adapters(model),
            adapter: Some(folder),
        })
    }
}
