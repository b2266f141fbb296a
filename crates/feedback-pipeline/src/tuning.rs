//! Which parameters training changes, and in which form.

use std::path::{Path, PathBuf};

use feedback_bert::{BertConfig, BertForSequenceClassification, LoraConfig, merge_adapters, save_adapter};
use feedback_trainer::losses::ClassificationLoss;
use feedback_trainer::{Parts, Trainable};

use crate::{BaseModel, ClassificationObjective, Error, Result};

/// Where the adapter of a run lies in its folder.
const ADAPTER: &str = "adapter";

/// What is trained of a model. By default all of it, from the first step on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tuning {
    /// Parts that are held still throughout.
    pub freeze: Option<Parts>,
    /// Train low-rank adapters and the head instead of the whole.
    pub lora: Option<LoraConfig>,
}

impl Tuning {
    /// Freezes parts, or attaches adapters.
    pub(crate) fn apply(
        &self,
        model: BertForSequenceClassification,
        base: &BaseModel,
        seed: u64,
    ) -> Result<BertForSequenceClassification> {
        match (&self.lora, &self.freeze) {
            (Some(_), Some(_)) => Err(Error::Tuning {
                reason: "adapters leave everything but the head frozen, so nothing else can be frozen".into(),
                hint: "give either --lora-rank or --freeze",
            }),
            (Some(_), _) if matches!(base, BaseModel::Scratch(_)) => Err(Error::Tuning {
                reason: "adapters change a pretrained encoder, and this one is drawn at random".into(),
                hint: "name a folder with a pretrained encoder: --model DIR",
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

    /// Writes the adapter, if there is one, into the run folder and merges it into the weights.
    pub(crate) fn finish(
        &self,
        model: BertForSequenceClassification,
        config: &BertConfig,
        base: &BaseModel,
        run: &Path,
    ) -> Result<(BertForSequenceClassification, Option<PathBuf>)> {
        let Some(lora) = &self.lora else {
            return Ok((model, None));
        };
        let base = match base {
            BaseModel::Folder(folder) => folder.display().to_string(),
            other => other.name(),
        };
        let folder = run.join(ADAPTER);
        save_adapter(&model, config, lora, &base, &folder)?;
        Ok((merge_adapters(model), Some(folder)))
    }
}
