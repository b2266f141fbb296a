//! Checks the settings before a run folder is created.

use feedback_trainer::{CheckedArguments, Error, IntervalStrategy, LrSchedulerType, TrainingArguments};

use super::settings::{TrainOptions, Tuning};
use crate::error::Result;
use crate::objectives::{ImbalanceOptions, METRICS, Sampler};

/// Returns the checked training arguments, or an error if a setting is invalid.
pub fn check_settings(options: &TrainOptions) -> Result<CheckedArguments> {
    options.task.require_single_label("this training")?;
    let arguments = check_common(options, &METRICS)?;
    options.imbalance.unweighted(arguments.label_smoothing_factor)?;
    check_long_texts(options)?;
    Ok(arguments)
}

/// Checks the settings that do not depend on the number of labels a text; `metrics` are the names that the evaluations report.
///
/// # Errors
///
/// A setting is invalid, or contradicts another one.
pub fn check_common(options: &TrainOptions, metrics: &[&str]) -> Result<CheckedArguments> {
    let arguments = options.arguments.clone().check()?;
    options.early_stopping.callback(&arguments)?;
    options.nan_guard.callback()?;
    check_metric(&arguments, metrics)?;
    check_evaluations(options)?;
    check_head_only(options)?;
    Ok(arguments)
}

/// Refuses an overlap of windows that is too large, and a sampler that would draw single windows of a text.
pub(super) fn check_long_texts(options: &TrainOptions) -> Result<()> {
    let long_texts = options.model.choose_long_texts()?;
    if long_texts.is_truncate() || options.imbalance.sampler == Sampler::Shuffled {
        return Ok(());
    }
    Err(Error::Argument {
        argument: "sampler",
        expected: "`shuffled`, because with `long_texts windows` a text has several windows, which belong together; use \
                   `class_weights` for rare labels"
            .to_owned(),
        found: "another one".to_owned(),
    }
    .into())
}

/// Refuses settings of fine-tuning if only a linear classifier is fitted.
fn check_head_only(options: &TrainOptions) -> Result<()> {
    let tuning = Tuning {
        head_only: options.tuning.head_only,
        ..Tuning::default()
    };
    let others = [
        (
            options.tuning != tuning,
            "`freeze`, `gradual_unfreezing` and `lora_rank`",
        ),
        (
            options.imbalance != ImbalanceOptions::default(),
            "`loss`, `class_weights` and `sampler`",
        ),
        (options.output.top_losses > 0, "`top_losses`"),
        (
            options.early_stopping.patience.is_some(),
            "`early_stopping_patience`",
        ),
        (options.corrections.is_some(), "`corrections`"),
    ];
    match others
        .into_iter()
        .find(|(set, _)| *set && options.tuning.head_only)
    {
        None => Ok(()),
        Some((_, names)) => Err(crate::error::Error::Tuning {
            reason: format!(
                "with `head_only` nothing is trained step by step, so {names} would have no effect"
            ),
            hint: "leave out `head_only` or the other setting",
        }),
    }
}

/// Refuses settings that depend on evaluations if there are none.
fn check_evaluations(options: &TrainOptions) -> Result<()> {
    let arguments = &options.arguments;
    if arguments.eval_strategy != IntervalStrategy::No {
        return Ok(());
    }
    let plateau = arguments.lr_scheduler_type == LrSchedulerType::ReduceLrOnPlateau;
    let waits = [
        (
            options.early_stopping.patience.is_some(),
            "early stopping decides after evaluations",
        ),
        (
            plateau,
            "the plateau schedule lowers the learning rate after evaluations",
        ),
        (
            options.corrections.is_some(),
            "people are asked for corrections after evaluations",
        ),
    ];
    match waits.into_iter().find(|(asked, _)| *asked) {
        None => Ok(()),
        Some((_, why)) => Err(Error::Argument {
            argument: "eval_strategy",
            expected: format!("`epoch` or `steps`, because {why}"),
            found: "`no`".to_owned(),
        }
        .into()),
    }
}

/// Refuses an unknown metric before training instead of after the first epoch.
fn check_metric(arguments: &TrainingArguments, metrics: &[&str]) -> Result<()> {
    let name = &arguments.metric_for_best_model;
    if metrics.contains(&name.as_str()) {
        return Ok(());
    }
    Err(Error::Argument {
        argument: "metric_for_best_model",
        expected: format!("one of {}", metrics.join(", ")),
        found: format!("`{name}`"),
    }
    .into())
}
