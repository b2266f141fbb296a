//! Which parameters training changes, and in which form.

use std::path::{Path, PathBuf};

use feedback_bert::{BertConfig, BertForSequenceClassification, LoraConfig, merge_adapters, save_adapter};
use feedback_trainer::{Parts, Trainable};
use serde_json::{Value, json};

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
            (None, Some(parts)) => Ok(ClassificationObjective { model }.freeze_parts(parts)?.model),
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
        let (Some(lora), BaseModel::Folder(base)) = (&self.lora, base) else {
            return Ok((model, None));
        };
        let folder = run.join(ADAPTER);
        save_adapter(&model, config, lora, &base.display().to_string(), &folder)?;
        Ok((merge_adapters(model), Some(folder)))
    }

    /// The values as saved with the run.
    pub(crate) fn effective(&self) -> Value {
        json!({
            "freeze": self.freeze.as_ref().map(ToString::to_string),
            "lora_rank": self.lora.as_ref().map(|lora| lora.rank),
            "lora_alpha": self.lora.as_ref().map(|lora| lora.alpha),
            "lora_targets": self.lora.as_ref().map(|lora| &lora.targets),
        })
    }
}
