//! Trainings with several labels a text.

use std::path::Path;

use feedback_multilabel::train::{MultiLabelNotice, MultiLabelSummary, resume, train};
use feedback_pipeline::train::{TrainOptions, recipe_of_run};

use super::arguments::Arguments;
use super::display;
use super::people::CorrectionArgs;
use crate::arguments::OutputFormat;
use crate::exit::{self, UsageError};
use crate::signals::Interrupt;
use crate::trackers::TrackerArgs;
use crate::{multi_label, notices, output, show};

/// Runs a new training and prints its summary.
pub(super) fn new_run(
    options: &TrainOptions,
    people: &CorrectionArgs,
    trackers: &TrackerArgs,
    format: OutputFormat,
) -> anyhow::Result<u8> {
    require_no_people(people)?;
    let mut callbacks = display::callbacks_for_several_labels();
    callbacks.extend(trackers.callbacks(&options.recipe())?);
    let summary = train(options, callbacks, &mut |notice| {
        show_notice(&notice, Some(options))
    })?;
    print(&summary, format)
}

/// Resumes a training and prints its summary.
pub(super) fn resume_run(run: &Path, arguments: &Arguments, interrupt: &Interrupt) -> anyhow::Result<u8> {
    require_no_people(&arguments.people)?;
    let mut callbacks = display::callbacks_for_several_labels();
    callbacks.extend(arguments.trackers.callbacks(&recipe_of_run(run)?)?);
    let summary = resume(run, interrupt.flag(), callbacks, &mut |notice| {
        show_notice(&notice, None);
    })?;
    print(&summary, arguments.format)
}

fn require_no_people(people: &CorrectionArgs) -> anyhow::Result<()> {
    if people.at_terminal() {
        let reason = "people are asked only about texts with one label; `task` is `multi-label`\nhint: leave the settings for corrections out";
        return Err(UsageError(reason.into()).into());
    }
    Ok(())
}

fn show_notice(notice: &MultiLabelNotice<'_>, options: Option<&TrainOptions>) {
    match notice {
        MultiLabelNotice::Common(common) => display::show(common, options),
        MultiLabelNotice::Data(data) => multi_label::data(data),
        MultiLabelNotice::Head {
            c,
            validation,
            test,
            model,
            truncated,
            seconds,
        } => {
            // Otherwise the notice about the model follows.
            if options.is_some_and(|options| options.tuning.head_only) {
                display::show_long_texts(*truncated, (0, 0));
            }
            let shown = |name: &str| show::percent(validation.get(name).copied().unwrap_or(f64::NAN));
            output::message(format_args!(
                "linear classifier on the frozen encoder (C = {c}): validation micro F1 {}, macro F1 {}, after {seconds:.1} seconds",
                shown("micro_f1"),
                shown("macro_f1")
            ));
            if let Some(model) = model {
                let micro = test.map(|test| test.metrics()["micro_f1"]);
                let micro = micro.map(|micro| format!(": test micro F1 {}", show::percent(micro)));
                output::message(format_args!(
                    "a first model is in {}{}",
                    model.display(),
                    micro.unwrap_or_default()
                ));
            }
        }
        _ => {}
    }
}

fn print(summary: &MultiLabelSummary, format: OutputFormat) -> anyhow::Result<u8> {
    let code = exit::after_setting_aside(summary.set_aside);
    if format == OutputFormat::Json {
        output::print_json(summary)?;
        return Ok(code);
    }
    let measured = match &summary.test {
        Some(test) => format!("\ntest set\n{}", multi_label::evaluation(test)),
        None => "no test set: only the validation set was evaluated\n".to_owned(),
    };
    let warning = match summary.stopped_by.as_str() {
        "loss_not_finite" => notices::DIVERGED,
        _ => "",
    };
    let adapter = summary.adapter.as_ref();
    let adapter = adapter.map_or(String::new(), |folder| format!("adapter {}\n", folder.display()));
    output::print(format_args!(
        "{measured}{warning}\nmodel {}\n{adapter}run   {}\n{:.0} seconds, ended: {}\n",
        summary.model.display(),
        summary.run.display(),
        summary.seconds,
        summary.stopped_by
    ))?;
    Ok(code)
}
