//! Fits the temperature and the abstain threshold on validation rows, never on test rows.

use std::collections::BTreeMap;

use burn::tensor::Device;
use feedback_bert::folder::{BASE_FINGERPRINTS, FeedbackManifest, trained_on};
use feedback_metrics::Logits;
use feedback_metrics::calibration::{fit_temperature, propose_abstain_threshold};

use super::fit::Fitted;
use super::settings::{BaseModel, TrainOptions};
use crate::data::PreparedData;
use crate::error::Result;
use crate::objectives::logits;

/// Maximum error rate on validation of predictions that are not below the abstain threshold.
pub const MAX_RISK: f64 = 0.05;

/// Returns the logits of the trained model on the validation rows.
pub(super) fn validation_logits(options: &TrainOptions, fitted: &Fitted, device: &Device) -> Result<Logits> {
    let (data, trained) = (&fitted.data, &fitted.trained);
    let batch_size = options.arguments.per_device_eval_batch_size;
    let n_classes = data.labels.len();
    let logits = logits(
        &trained.model.model,
        &fitted.validation_set,
        n_classes,
        batch_size,
        device,
    );
    Ok(logits.map_err(|source| feedback_trainer::Error::Evaluation {
        global_step: trained.state.global_step,
        source,
    })?)
}

/// Builds the manifest of the model folder with a temperature and an abstain threshold that are fitted on the logits of the
/// validation rows, but without test metrics. `fingerprints` are those of all validation rows.
pub(crate) fn manifest(
    options: &TrainOptions,
    data: &PreparedData,
    logits: &Logits,
    fingerprints: Vec<String>,
) -> Result<FeedbackManifest> {
    let temperature = temperature(logits, &data.validation.labels)?;
    let calibrated = logits.softmax(temperature)?;
    let threshold = propose_abstain_threshold(&calibrated, &data.validation.labels, MAX_RISK)?;
    let (model, seed) = (&options.model, options.arguments.seed);
    let mut manifest = FeedbackManifest::new(model.max_length, model.pooling, &model.base.name(), seed);
    manifest.cleaning = data.cleaning;
    manifest.long_texts = model.choose_long_texts()?;
    manifest.temperature = temperature;
    manifest.abstain_below = threshold.map(|threshold| threshold.abstain_below);
    manifest.data = data.description.clone();
    manifest.fingerprints = BTreeMap::from([
        ("train".to_owned(), data.train.fingerprints()),
        ("validation".to_owned(), fingerprints),
    ]);
    note_base(&mut manifest, &model.base)?;
    manifest.versions = BTreeMap::from([(
        "feedback-pipeline".to_owned(),
        env!("CARGO_PKG_VERSION").to_owned(),
    )]);
    Ok(manifest)
}

/// Notes the texts that the base model was trained on: this model has learnt them, too.
///
/// # Errors
///
/// The folder of the base model cannot be made.
pub fn note_base(manifest: &mut FeedbackManifest, base: &BaseModel) -> Result<()> {
    let texts = base.folder()?.map(trained_on).unwrap_or_default();
    if !texts.is_empty() {
        manifest.fingerprints.insert(BASE_FINGERPRINTS.to_owned(), texts);
    }
    Ok(())
}

/// Fits the temperature. If all rows are right, the best temperature on them is the lowest, which would make the model certain of
/// everything; it is then at least 1.
fn temperature(logits: &Logits, labels: &[usize]) -> Result<f64> {
    let fitted = fit_temperature(logits, labels)?;
    let all_right = logits.softmax(1.0)?.predictions() == labels;
    Ok(if all_right { fitted.max(1.0) } else { fitted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_all_right_do_not_make_the_model_certain() {
        let logits = Logits::new(vec![2.0, 0.0, 0.5, 1.5, 3.0, 0.0, 0.0, 0.4], 2).unwrap();
        assert_eq!(temperature(&logits, &[0, 1, 0, 1]).unwrap(), 1.0);
        let one_wrong = [0, 1, 0, 0];
        let fitted = fit_temperature(&logits, &one_wrong).unwrap();
        assert!(fitted != 1.0 && temperature(&logits, &one_wrong).unwrap() == fitted);
    }
}
