//! Reads a model folder to fine-tune its model.

use std::path::Path;

use burn::tensor::Device;

use super::layout::{CONFIG, check_max_length, check_vocabulary, require_model_files};
use super::manifest::{ModelKind, read_manifest, verify_hashes};
use crate::classification::BertForSequenceClassification;
use crate::config::{BertConfig, Pooling};
use crate::error::Result;
use crate::tokenizer::BertTokenizer;
use crate::weights::{LoadReport, MissingHead, load_weights};

/// A model read from a folder to be trained further.
#[derive(Debug, Clone)]
pub struct Pretrained<M> {
    /// Shape and labels.
    pub config: BertConfig,
    /// Turns texts into tokens.
    pub tokenizer: BertTokenizer,
    /// The network.
    pub model: M,
    /// The tensors that were initialised or ignored.
    pub report: LoadReport,
}

/// Reads an encoder to fine-tune from any folder with `config.json`, weights and a tokenizer.
///
/// The returned model has these labels. Unless the folder has a fine-tuned classifier with exactly these
/// labels and this pooling, the head is initialised from `seed`, and the report lists the new tensors.
///
/// # Errors
///
/// Those of [`ModelFolder::load`](super::ModelFolder::load), and [`Error::Config`](crate::Error::Config) if `max_length` exceeds the model's positions.
pub fn load_for_fine_tuning(
    folder: &Path,
    labels: &[String],
    pooling: Pooling,
    max_length: usize,
    seed: u64,
    device: &Device,
) -> Result<Pretrained<BertForSequenceClassification>> {
    let weights = require_model_files(folder)?;
    let base = BertConfig::encoder_from_file(&folder.join(CONFIG))?;
    check_max_length(max_length, &base)?;
    let manifest = read_manifest(folder)?;
    if let Some(manifest) = &manifest {
        verify_hashes(folder, manifest)?;
    }
    let tokenizer = BertTokenizer::from_folder(folder, max_length)?;
    check_vocabulary(folder, &base, &tokenizer)?;
    // A head trained with different labels or a different pooling cannot be used. A folder without a manifest was
    // written by Transformers, which always uses the pooler.
    let is_head = manifest
        .as_ref()
        .is_some_and(|manifest| manifest.kind == ModelKind::Head);
    let old_pooling = manifest.map_or(Pooling::Cls, |manifest| manifest.pooling);
    // The classifier of a head-only model was fitted together with token n-grams and is wrong without them.
    let same_pooling = old_pooling == pooling && !is_head;
    let same_head = same_pooling && base.has_head_for(labels);
    let config = base.with_labels(labels);
    let head = if same_head {
        MissingHead::Initialise { seed }
    } else {
        MissingHead::Replace { seed }
    };
    let (model, report) = load_weights(&weights, &config, pooling, head, device)?;
    Ok(Pretrained {
        config,
        tokenizer,
        model,
        report,
    })
}
