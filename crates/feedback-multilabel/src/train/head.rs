//! The linear classifier that is fitted before fine-tuning.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use feedback_bert::config::Pooling;
use feedback_bert::folder::{FeedbackManifest, ModelKind, load_for_fine_tuning};
use feedback_bert::ngrams::NgramHead;
use feedback_bert::{Encoding, ModelFolder};
use feedback_heads::linear::{FittedHead, fit_multi_label_heads};
use feedback_inference::{Classifier, MultiLabelClassifier};
use feedback_pipeline::train::{BaseModel, TrainOptions, Tuning};
use feedback_trainer::CheckedArguments;

use super::publish::manifest;
use crate::data::MultiLabelData;
use crate::error::Result;
use crate::objective::metrics;

/// A fitted linear classifier, with everything that its model folder needs except test metrics.
pub(super) struct HeadModel {
    pub(super) folder: ModelFolder,
    /// The chosen inverse strength of the penalty.
    pub(super) c: f64,
    /// Its metrics on the validation texts.
    pub(super) validation: BTreeMap<String, f64>,
    /// Number of fitted weights.
    pub(super) parameters: usize,
    /// Number of training texts that are cut.
    pub(super) truncated: usize,
}

impl HeadModel {
    /// Fits a linear classifier on the encoder of the base model. The strength of the penalty is the one that is best on the
    /// validation texts. Returns `None` if the base model is a new model. Without `encoded`, the training and validation texts are tokenised
    /// here.
    pub(super) fn fit(
        options: &TrainOptions,
        arguments: &CheckedArguments,
        data: &MultiLabelData,
        encoded: Option<[&[Encoding]; 2]>,
        device: &Device,
    ) -> Result<Option<Self>> {
        let Some(encoder) = options.model.base.folder()? else {
            return Ok(None);
        };
        let empty = encoder_folder(options, encoder, data, device)?;
        let n_labels = data.labels.len();
        let classifier = Classifier::new(empty.clone(), device)?;
        let own: [Vec<Encoding>; 2];
        let [train, held_out] = match encoded {
            Some(encoded) => encoded,
            None => {
                own = [
                    classifier.encode(&data.train.texts)?,
                    classifier.encode(&data.validation.texts)?,
                ];
                [own[0].as_slice(), &own[1]]
            }
        };
        let heads = fit_multi_label_heads(&classifier, train, &data.train.labels, n_labels)?;
        let table = data.validation.table(n_labels);
        let metric = arguments.metric_for_best_model.as_str();
        let mut best: Option<(Self, f64, Vec<f32>)> = None;
        for head in heads {
            let found = Self::with_head(&empty, head, n_labels, device);
            let network = MultiLabelClassifier::new(found.folder.clone(), device)?;
            let logits = network.logits_of(held_out)?;
            let validation = metrics(&logits, &table, n_labels)?;
            let value = validation.get(metric).copied().unwrap_or(f64::NAN);
            let score = if arguments.is_greater_better() {
                value
            } else {
                -value
            };
            if best.as_ref().is_none_or(|(_, best, _)| score > *best) {
                best = Some((Self { validation, ..found }, score, logits));
            }
        }
        let Some((mut head, _, logits)) = best else {
            return Ok(None);
        };
        head.folder.manifest = manifest(options, data, &logits, Pooling::Mean)?;
        head.folder.manifest.kind = ModelKind::Head;
        head.folder.manifest.provisional = !options.tuning.head_only;
        Ok(Some(head))
    }

    fn with_head(empty: &ModelFolder, head: FittedHead, n_labels: usize, device: &Device) -> Self {
        let mut folder = empty.clone();
        let weights = head.ngrams.as_ref().map_or(0, NgramHead::n_weights);
        let model = folder.model.clone();
        folder.model = model.with_classifier(head.vectors.weights, head.vectors.bias, device);
        folder.ngrams = head.ngrams;
        Self {
            parameters: weights + (folder.model.width() + 1) * n_labels,
            folder,
            c: head.c,
            truncated: head.truncated,
            validation: BTreeMap::new(),
        }
    }
}

/// Returns the base model with a new head for the labels.
fn encoder_folder(
    options: &TrainOptions,
    encoder: &Path,
    data: &MultiLabelData,
    device: &Device,
) -> Result<ModelFolder> {
    let (labels, seed) = (data.labels.names(), options.arguments.seed);
    let max_length = options.model.max_length;
    let start = load_for_fine_tuning(encoder, labels, Pooling::Mean, max_length, seed, device)?;
    let manifest = FeedbackManifest::new(max_length, Pooling::Mean, "", seed);
    Ok(ModelFolder::new(
        start.config,
        start.tokenizer,
        start.model,
        manifest,
    ))
}

/// Returns true if the linear classifier may stay in the model folder. This needs the built-in encoder, and fine-tuning of all
/// weights with the same pooling.
pub(super) fn may_stay(options: &TrainOptions) -> bool {
    options.model.base == BaseModel::Builtin
        && options.model.pooling == Pooling::Mean
        && options.tuning == Tuning::default()
        && !options.fine_tuned_only
}
