//! Publishes a trained model: its folder, its card and the report of its run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_bert::folder::{ModelKind, make_final};
use feedback_inference::Classifier;
use feedback_trainer::CheckedArguments;
use serde_json::{Value, json};

use super::alike::AlikeTexts;
use super::calibrate::{manifest, validation_logits};
use super::card::{Card, CardProgress};
use super::fit::Fitted;
use super::questions::add_questions;
use super::reference::store_reference;
use super::settings::TrainOptions;
use super::summary::TrainSummary;
use super::top_losses::write_top_losses;
use crate::data::PreparedData;
use crate::error::Result;
use crate::evaluate::write_run_report;
use crate::evaluate::{FileEvaluation, evaluate, evaluate_answers, leakage, score};
use crate::run_folder::RunFolder;

/// What the run did before fine-tuning.
pub(super) struct Before {
    /// The scores of baselines on the test rows.
    pub(super) baselines: Value,
    /// The metrics of the linear classifier on the validation rows, if there is one.
    pub(super) head: Option<BTreeMap<String, f64>>,
    /// Held-out texts that are like a training text.
    pub(super) alike: Option<AlikeTexts>,
}

/// Writes the model folder and the report of the run.
pub(super) fn publish(
    options: &TrainOptions,
    arguments: &CheckedArguments,
    run: &RunFolder,
    mut fitted: Fitted,
    first: Before,
    start: Instant,
    device: &Device,
) -> Result<TrainSummary> {
    if options.output.top_losses > 0 {
        write_top_losses(run.path(), options, &fitted, device)?;
    }
    let (mut folder, adapter) = model_folder(options, run, &mut fitted, first.baselines, device)?;
    add_questions(&mut folder, options, &fitted.data, None, device)?;
    let test = test_evaluation(&mut folder, options, Some(run.path()), &fitted.data, device)?;
    let card = card(options, &folder, &fitted, test.as_ref());
    folder.save_with_card(&options.output.model, &card)?;
    store_reference(&options.output.model, &fitted.data, device)?;
    let trained = &mut fitted.trained;
    if let Some(test) = &test {
        trained
            .callbacks
            .on_predict(&trained.state, &test_metrics(test))?;
    }
    let state = trained.state.to_hugging_face(arguments, Vec::new());
    run.write_json("trainer_state.json", &state)?;
    let summary = TrainSummary {
        kind: ModelKind::FineTuned,
        epochs: fitted.trained.state.epoch,
        stopped_by: fitted.trained.stop_reason.as_str().to_owned(),
        best_step: fitted.trained.state.best_step,
        model_step: fitted.trained.model_step,
        head: first.head,
        alike: first.alike,
        validation: fitted.trained.metrics,
        parameters: fitted.parameters,
        trainable_parameters: fitted.trainable_parameters,
        adapter,
        set_aside: fitted.data.set_aside,
        cleaned: fitted.data.cleaned,
        corrections: fitted.corrected,
        warning: warning_of(&folder),
        ..TrainSummary::of_model(options.output.model.clone(), run, start, test)?
    };
    run.write_json("report.json", &summary)?;
    Ok(summary)
}

/// Returns the calibrated model without test metrics, and the folder of its adapter, if one was trained. The adapter is merged
/// into the weights, also in `fitted`.
fn model_folder(
    options: &TrainOptions,
    run: &RunFolder,
    fitted: &mut Fitted,
    baselines: Value,
    device: &Device,
) -> Result<(ModelFolder, Option<PathBuf>)> {
    let (model, base) = (fitted.trained.model.model.clone(), &options.model.base);
    let merged = options.tuning.finish(model, &fitted.config, base, run.path())?;
    fitted.trained.model.model = merged.model.clone();
    let logits = validation_logits(options, fitted, device)?;
    let fingerprints = fitted.validation_fingerprints.clone();
    let mut manifest = manifest(options, &fitted.data, &logits, fingerprints)?;
    manifest.baselines = baselines;
    let (config, tokenizer) = (fitted.config.clone(), fitted.tokenizer.clone());
    Ok((
        ModelFolder::new(config, tokenizer, merged.model, manifest),
        merged.adapter,
    ))
}

/// Returns a warning if a model is worse on its test rows than a simple baseline.
pub(super) fn warning_of(folder: &ModelFolder) -> Option<String> {
    let manifest = &folder.manifest;
    feedback_inference::warning(&json!({ "metrics": manifest.metrics, "baselines": manifest.baselines }))
}

/// Finishes a run whose fine-tuned model is not better than the linear classifier that is in the model folder.
pub(super) fn keep_head(
    mut head: TrainSummary,
    arguments: &CheckedArguments,
    run: &RunFolder,
    fitted: &mut Fitted,
    start: Instant,
) -> Result<TrainSummary> {
    make_final(&head.model)?;
    if let Some(test) = &head.test {
        let trained = &mut fitted.trained;
        trained
            .callbacks
            .on_predict(&trained.state, &test_metrics(test))?;
    }
    let state = fitted.trained.state.to_hugging_face(arguments, Vec::new());
    run.write_json("trainer_state.json", &state)?;
    head.seconds = start.elapsed().as_secs_f64();
    head.epochs = fitted.trained.state.epoch;
    head.stopped_by = fitted.trained.stop_reason.as_str().to_owned();
    head.corrections = fitted.corrected.clone();
    run.write_json("report.json", &head)?;
    Ok(head)
}

fn card(
    options: &TrainOptions,
    folder: &ModelFolder,
    fitted: &Fitted,
    test: Option<&FileEvaluation>,
) -> String {
    let trained = &fitted.trained;
    let card = Card {
        options,
        data: &fitted.data,
        manifest: &folder.manifest,
        progress: CardProgress::Steps {
            global_step: trained.state.global_step,
            epoch: trained.state.epoch,
            model_step: trained.model_step,
        },
        validation: &trained.metrics,
        test,
        corrections: fitted.corrected.as_ref(),
    };
    card.text()
}

/// Returns the test metrics for the callbacks, with the same names as in the evaluations during training.
fn test_metrics(test: &FileEvaluation) -> BTreeMap<String, f64> {
    let values = [
        ("accuracy", test.figures.accuracy),
        ("macro_f1", test.figures.macro_average.f1),
        ("weighted_f1", test.figures.weighted.f1),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Evaluates the final model on the test rows. Writes the metrics to the model's manifest and, if `run` is given, a report
/// to the run folder. Returns `None` if there are no test rows.
pub(crate) fn test_evaluation(
    folder: &mut ModelFolder,
    options: &TrainOptions,
    run: Option<&Path>,
    data: &PreparedData,
    device: &Device,
) -> Result<Option<FileEvaluation>> {
    let Some(test) = &data.test else {
        return Ok(None);
    };
    if test.is_empty() {
        return Ok(None);
    }
    let classifier = Classifier::new(folder.clone(), device)?;
    let scored = score(&classifier, test)?;
    let seen = leakage(&classifier, test);
    let mut evaluation = evaluate(
        &scored,
        test,
        data.labels.names(),
        folder.manifest.temperature,
        seen,
    )?;
    evaluation.answers = evaluate_answers(&classifier, test, &options.data.read)?;
    if let Some(run) = run {
        let read = &options.data.read;
        write_run_report(
            run,
            &options.output.model,
            read,
            &classifier,
            test,
            &scored,
            &evaluation,
        )?;
    }
    folder.manifest.metrics = serde_json::to_value(&evaluation).unwrap_or_default(); // plain numbers and strings
    Ok(Some(evaluation))
}
