//! Which parameters training changes, and in which form.

use std::path::{Path, PathBuf};

use feedback_bert::{BertForSequenceClassification, LoraConfig, merge_adapters, save_adapter};
use feedback_trainer::callbacks::GradualUnfreezing;
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
    /// Begin with the head alone and let go of this many blocks more after each epoch, from the last one down; the
    /// embeddings come with the first block.
    pub gradual_unfreezing: Option<usize>,
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
        let alone = self.freeze.is_none() && self.gradual_unfreezing.is_none();
        match (&self.lora, &self.freeze) {
            (Some(_), _) if !alone => Err(Error::Tuning {
                reason:
                    "adapters leave everything but the head frozen, so nothing else can be frozen or let go"
                        .into(),
                hint: "give either --lora-rank, or --freeze and --gradual-unfreezing",
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

    /// What lets go of the blocks, if that is asked for.
    pub(crate) fn callback(
        &self,
        model: &BertForSequenceClassification,
    ) -> Result<Option<GradualUnfreezing>> {
        let Some(blocks) = self.gradual_unfreezing else {
            return Ok(None);
        };
        if self.freeze.is_some() || blocks == 0 {
            return Err(Error::Tuning {
                reason:
                    "gradual unfreezing begins with all blocks frozen and lets go of one or more an epoch"
                        .into(),
                hint: "give --gradual-unfreezing 1 or more, without --freeze",
            });
        }
        Ok(Some(GradualUnfreezing::new(stages(
            model.encoder().num_hidden_layers(),
            blocks,
        )?)))
    }

    /// Writes the adapter, if there is one, into the run folder and merges it into the weights.
    pub(crate) fn finish(
        &self,
        model: BertForSequenceClassification,
        base: &BaseModel,
        run: &Path,
    ) -> Result<(BertForSequenceClassification, Option<PathBuf>)> {
        let (Some(lora), BaseModel::Folder(base)) = (&self.lora, base) else {
            return Ok((model, None));
        };
        let folder = run.join(ADAPTER);
        save_adapter(&model, lora, &base.display().to_string(), &folder)?;
        Ok((merge_adapters(model), Some(folder)))
    }

    /// The values as saved with the run.
    pub(crate) fn effective(&self) -> Value {
        json!({
            "freeze": self.freeze.as_ref().map(ToString::to_string),
            "gradual_unfreezing": self.gradual_unfreezing,
            "lora_rank": self.lora.as_ref().map(|lora| lora.rank),
            "lora_alpha": self.lora.as_ref().map(|lora| lora.alpha),
            "lora_targets": self.lora.as_ref().map(|lora| &lora.targets),
        })
    }
}

/// What is frozen in each epoch of a model with this many blocks.
fn stages(num_hidden_layers: usize, blocks: usize) -> Result<Vec<Parts>> {
    let still = (0..num_hidden_layers)
        .step_by(blocks)
        .map(|free| num_hidden_layers - free);
    let parts = still.map(|still| format!("embeddings,encoder.layer.0-{}", still - 1).parse());
    Ok(parts.collect::<feedback_trainer::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_let_go_from_the_last_down() {
        let written = |layers, blocks| -> Vec<String> {
            stages(layers, blocks)
                .unwrap()
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        let expected = [
            "embeddings,encoder.layer.0-4",
            "embeddings,encoder.layer.0-2",
            "embeddings,encoder.layer.0-0",
        ];
        assert_eq!(written(5, 2), expected);
        assert_eq!(written(2, 9), ["embeddings,encoder.layer.0-1"]);
    }
}
