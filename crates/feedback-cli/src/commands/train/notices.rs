//! What `train` shows of a run while it trains.

use feedback_bert::LoadReport;
use feedback_pipeline::{BaseModel, PreparedData, TrainNotice, TrainOptions};

use crate::{cli, notices};

/// Shows a notice; `options` are there where this call gave them.
pub(super) fn show(notice: &TrainNotice<'_>, options: Option<&TrainOptions>) {
    match notice {
        TrainNotice::Device(choice) => cli::say(format_args!("device {choice}")),
        TrainNotice::Run(path) => cli::say(format_args!("run folder {}", path.display())),
        TrainNotice::Damaged(damaged) => notices::damaged(damaged),
        TrainNotice::Resumed(Some(step)) => cli::say(format_args!("going on after step {step}")),
        TrainNotice::Resumed(None) => cli::say("no whole checkpoint: beginning again"),
        TrainNotice::Data(data) => show_data(data),
        TrainNotice::Model {
            parameters,
            trainable,
            report,
            truncated,
        } => {
            show_size(*parameters, *trainable, options);
            show_loading(report);
            if *truncated > 0 {
                cli::say(format_args!(
                    "{truncated} training texts are longer than `max_length` and are cut"
                ));
            }
            if let Some(options) = options {
                show_settings(options);
            }
        }
        _ => {}
    }
}

fn show_data(data: &PreparedData) {
    let test = data.test.as_ref().map_or(0, |test| test.len());
    let (train, validation) = (data.train.len(), data.validation.len());
    cli::say(format_args!(
        "{train} train, {validation} validation, {test} test rows; labels {}",
        data.labels.names().join(", ")
    ));
    cli::say_label_variants(data.labels.names().iter().map(String::as_str));
    notices::data_troubles(data);
}

fn show_size(parameters: usize, trainable: usize, options: Option<&TrainOptions>) {
    let name = options.map_or("model".to_owned(), |options| options.base.name());
    cli::say(format_args!(
        "{name}: {:.1} million parameters",
        parameters as f64 / 1e6
    ));
    if trainable != parameters {
        cli::say(format_args!("{trainable} of {parameters} parameters are trained"));
    }
    if let Some(BaseModel::Scratch(_)) = options.map(|options| &options.base) {
        cli::say(format_args!(
            "this model learns from scratch, which takes far more data than this; \
             --model DIR starts from a pretrained encoder"
        ));
    }
}

fn show_loading(report: &LoadReport) {
    if !report.initialised.is_empty() {
        cli::say(format_args!("drawn anew: {}", report.initialised.join(", ")));
    }
    if !report.ignored.is_empty() {
        cli::say(format_args!("not used: {}", report.ignored.join(", ")));
    }
}

fn show_settings(options: &TrainOptions) {
    let training = &options.arguments;
    cli::say(format_args!(
        "{} epochs, batch size {} × {}, learning rate {:e}, {} pooling, seed {}",
        training.num_train_epochs,
        training.per_device_train_batch_size,
        training.gradient_accumulation_steps,
        training.learning_rate,
        options.pooling,
        training.seed
    ));
}
