//! The command `train`.

mod arguments;
mod display;
mod epoch_lines;
mod learning_rates;
mod multi_label;
mod options;
mod people;
mod settings;
mod studies;
mod summary;

use std::path::Path;
use std::sync::atomic::Ordering;

pub use arguments::Arguments;
use feedback_pipeline::Error;
use feedback_pipeline::data::Task;
use feedback_pipeline::train::{recipe_of_run, reproduce, resume, task_of_run, train};

use self::people::Questions;
use crate::exit::{self, UsageError, WithCode};
use crate::output;
use crate::signals::Interrupt;

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let interrupt = Interrupt::install()?;
    let ended = match (&arguments.reproduce, &arguments.resume) {
        (Some(run), _) => reproduce_run(run, &arguments, &interrupt),
        (_, Some(run)) => resume_run(run, &arguments, &interrupt),
        _ => new_run(arguments, &interrupt),
    };
    match ended {
        Err(error) if is_interruption(&error) => Err(WithCode::new(interrupt.exit_code(), error).into()),
        other => other,
    }
}

fn is_interruption(error: &anyhow::Error) -> bool {
    if let Some(error) = error.downcast_ref() {
        return matches!(error, feedback_studies::Error::Interrupted { .. });
    }
    let pipeline = match error.downcast_ref() {
        Some(feedback_multilabel::Error::Pipeline(error)) => Some(error),
        _ => error.downcast_ref(),
    };
    matches!(pipeline, Some(Error::Interrupted { .. }))
}

fn reproduce_run(run: &Path, arguments: &Arguments, interrupt: &Interrupt) -> anyhow::Result<u8> {
    if task_of_run(run)? == Task::MultiLabel {
        let reason = "--reproduce does not compare runs with `task = \"multi-label\"` yet\nhint: train again with the settings in the run's arguments.json, and compare the two report.json";
        return Err(UsageError(reason.into()).into());
    }
    let mut callbacks = display::callbacks(&arguments.people);
    callbacks.extend(arguments.trackers.callbacks(&recipe_of_run(run)?)?);
    let run_dir = arguments.run_dir.as_deref();
    let reproduction = reproduce(run, run_dir, interrupt.flag(), callbacks, &mut |notice| {
        display::show(&notice, None);
    })?;
    summary::print_reproduction(&reproduction, arguments.format)?;
    Ok(if reproduction.differences.is_empty() {
        exit::OK
    } else {
        exit::FAILED
    })
}

fn resume_run(run: &Path, arguments: &Arguments, interrupt: &Interrupt) -> anyhow::Result<u8> {
    if task_of_run(run)? == Task::MultiLabel {
        return multi_label::resume_run(run, arguments, interrupt);
    }
    let mut questions = Questions::new(&arguments.people)?;
    let mut callbacks = display::callbacks(&arguments.people);
    callbacks.extend(arguments.trackers.callbacks(&recipe_of_run(run)?)?);
    let summary = resume(run, interrupt.flag(), callbacks, &mut |notice| {
        display::show(&notice, None);
        questions.on_notice(&notice);
    })?;
    summary::print_summary(&summary, arguments.format)?;
    Ok(exit::after_setting_aside(summary.set_aside))
}

fn new_run(arguments: Arguments, interrupt: &Interrupt) -> anyhow::Result<u8> {
    let (format, rates) = (arguments.format, arguments.find_learning_rate);
    let (people, study) = (arguments.people.clone(), arguments.study.clone());
    let trackers = arguments.trackers.clone();
    let mut questions = Questions::new(&people)?;
    let mut options = options::options(&arguments)?;
    options.interrupt = interrupt.flag();
    if study.is_requested() {
        options
            .task
            .require_single_label("a study of several trainings")?;
    } else if options.task.task == Task::MultiLabel && rates.is_none() {
        return multi_label::new_run(&options, &people, &trackers, format);
    }
    if let Some(steps) = rates {
        learning_rates::print(&options, steps, format)?;
        let interrupted = options.interrupt.load(Ordering::Relaxed);
        return Ok(if interrupted {
            interrupt.exit_code()
        } else {
            exit::OK
        });
    }
    if study.is_requested() && trackers.any() {
        output::message(
            "note: TensorBoard, MLflow and the CSV log are not written for studies, only for single trainings",
        );
    }
    if let Some(code) = study.run(&options, format)? {
        return Ok(code);
    }
    let mut callbacks = display::callbacks(&people);
    callbacks.extend(trackers.callbacks(&options.recipe())?);
    let summary = train(&options, callbacks, &mut |notice| {
        display::show(&notice, Some(&options));
        questions.on_notice(&notice);
    })?;
    summary::print_summary(&summary, format)?;
    Ok(exit::after_setting_aside(summary.set_aside))
}
