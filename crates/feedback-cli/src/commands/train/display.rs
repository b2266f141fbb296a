//! Messages of `train` during training.

use std::collections::BTreeMap;
use std::path::Path;

use feedback_pipeline::data::PreparedData;
use feedback_pipeline::evaluate::FileEvaluation;
use feedback_pipeline::train::{BaseModel, TrainNotice, TrainOptions};
use feedback_trainer::Callback;
use feedback_trainer::callbacks::Progress;
use indicatif::ProgressBar;

use super::epoch_lines::EpochLines;
use super::people::CorrectionArgs;
use crate::{notices, output, show};

/// Returns the callbacks that show the progress bar and the lines above it, for a training with several labels per text.
pub(super) fn callbacks_for_several_labels() -> Vec<Box<dyn Callback>> {
    let progress = Progress::new();
    let lines = EpochLines::new(progress.handle()).for_several_labels();
    vec![Box::new(progress), Box::new(lines)]
}

/// Returns the callbacks for the progress bar and for the lines above it.
pub(super) fn callbacks(people: &CorrectionArgs) -> Vec<Box<dyn Callback>> {
    if people.at_terminal() {
        // A progress bar would overwrite the questions.
        return vec![Box::new(EpochLines::new(ProgressBar::hidden()))];
    }
    let progress = Progress::new();
    let lines = EpochLines::new(progress.handle());
    vec![Box::new(progress), Box::new(lines)]
}

/// Shows a notice; `options` are the settings of a new run, `None` for a resumed or reproduced run.
pub(super) fn show(notice: &TrainNotice<'_>, options: Option<&TrainOptions>) {
    match notice {
        TrainNotice::Device(choice) => output::message(format_args!("device {choice}")),
        TrainNotice::Run(path) => output::message(format_args!("run folder {}", path.display())),
        TrainNotice::Damaged(damaged) => notices::damaged(damaged),
        TrainNotice::Resumed(Some(step)) => output::message(format_args!("resuming after step {step}")),
        TrainNotice::Resumed(None) => output::message("no complete checkpoint: starting from the beginning"),
        TrainNotice::Data(data) => show_data(data),
        TrainNotice::Head {
            c,
            validation,
            test,
            model,
            alike,
            truncated,
            seconds,
        } => {
            notices::alike(*alike);
            // Without this setting, another notice follows, which says how many texts are too long.
            if options.is_some_and(|options| options.tuning.head_only) {
                show_long_texts(*truncated, (0, 0));
            }
            show_head(*c, validation, *seconds);
            show_first(*test, *model);
        }
        TrainNotice::Compared {
            metric,
            head,
            fine_tuned,
            fine_tuned_is_better,
        } => output::message(format_args!(
            "validation {metric}: {fine_tuned:.4} fine-tuned, {head:.4} linear classifier; the {} stays in the model folder",
            if *fine_tuned_is_better {
                "fine-tuned model"
            } else {
                "linear classifier"
            }
        )),
        TrainNotice::Model {
            parameters,
            trainable,
            report,
            truncated,
            in_windows,
        } => {
            show_size(*parameters, *trainable, options);
            notices::loading(report);
            show_long_texts(*truncated, *in_windows);
            if let Some(options) = options {
                show_settings(options);
            }
        }
        _ => {}
    }
}

pub(super) fn show_long_texts(truncated: usize, (texts, windows): (usize, usize)) {
    if texts > 0 {
        output::message(format_args!(
            "{texts} training texts are longer than `max_length` and are read in {windows} windows"
        ));
    }
    if truncated > 0 {
        output::message(format_args!(
            "{truncated} training texts are too long and are cut"
        ));
    }
}

fn show_data(data: &PreparedData) {
    let test = data.test.as_ref().map_or(0, |test| test.len());
    let (train, validation) = (data.train.len(), data.validation.len());
    output::message(format_args!(
        "{train} train, {validation} validation, {test} test rows; labels {}",
        data.labels.names().join(", ")
    ));
    notices::label_variants(data.labels.names().iter().map(String::as_str));
    notices::joined_labels(data.labels.names().iter().map(String::as_str));
    notices::data_warnings(data);
}

fn show_head(c: f64, validation: &BTreeMap<String, f64>, seconds: f64) {
    let shown = |name: &str| show::percent(validation.get(name).copied().unwrap_or(f64::NAN));
    output::message(format_args!(
        "linear classifier on the frozen encoder (C = {c}): validation accuracy {}, weighted F1 {}, after {seconds:.1} seconds",
        shown("accuracy"),
        shown("weighted_f1")
    ));
}

/// Shows where the linear classifier is and how good it is on the test rows.
fn show_first(test: Option<&FileEvaluation>, model: Option<&Path>) {
    let Some(model) = model else {
        return;
    };
    let measured = test.map(|test| format!(": test weighted F1 {}", show::percent(test.figures.weighted.f1)));
    let measured = measured.unwrap_or_default();
    output::message(format_args!("a first model is in {}{measured}", model.display()));
}

fn show_size(parameters: usize, trainable: usize, options: Option<&TrainOptions>) {
    let name = options.map_or("model".to_owned(), |options| options.model.base.name());
    output::message(format_args!(
        "{name}: {:.1} million parameters",
        parameters as f64 / 1e6
    ));
    if trainable != parameters {
        output::message(format_args!("{trainable} of {parameters} parameters are trained"));
    }
    if let Some(BaseModel::Scratch(_)) = options.map(|options| &options.model.base) {
        output::message(format_args!(
            "training from scratch; a pretrained encoder (--model DIR) needs far less data"
        ));
    }
}

fn show_settings(options: &TrainOptions) {
    let training = &options.arguments;
    output::message(format_args!(
        "{} epochs, batch size {} × {}, learning rate {:e}, {} pooling, seed {}",
        training.num_train_epochs,
        training.per_device_train_batch_size,
        training.gradient_accumulation_steps,
        training.learning_rate,
        options.model.pooling,
        training.seed
    ));
}
