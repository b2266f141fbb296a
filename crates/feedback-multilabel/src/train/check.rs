//! Checks the settings before a run folder is created.

use feedback_pipeline::data::{LabelLayout, LongTextOptions, Task};
use feedback_pipeline::objectives::ImbalanceOptions;
use feedback_pipeline::train::{TrainOptions, Tuning, check_common};
use feedback_trainer::CheckedArguments;

use crate::error::{Error, Result};
use crate::objective::METRICS;

const ONE_LABEL: &str = "is about texts with one label each";
const STEP_BY_STEP: &str = "is about training step by step, but with `head_only` nothing is";
const LEAVE_OUT: &str = "leave it out";

/// Returns the checked training arguments, or an error if a setting is invalid or has no effect on several labels.
pub(super) fn check_settings(options: &TrainOptions) -> Result<CheckedArguments> {
    if options.task.task != Task::MultiLabel {
        return Err(feedback_pipeline::Error::Task {
            reason: "`task` is `single-label`, but this training is for texts with any number of labels"
                .into(),
            hint: "set `task = \"multi-label\"`",
        }
        .into());
    }
    let arguments = check_common(options, &METRICS)?;
    check_layout(&options.task.layout)?;
    let smoothing = arguments.label_smoothing_factor > 0.0;
    let imbalance = options.imbalance != ImbalanceOptions::default();
    refuse(
        imbalance,
        "`loss`, `class_weights` or `sampler`",
        ONE_LABEL,
        LEAVE_OUT,
    )?;
    refuse(smoothing, "`label_smoothing_factor`", ONE_LABEL, LEAVE_OUT)?;
    refuse(
        options.output.top_losses > 0,
        "`top_losses`",
        ONE_LABEL,
        LEAVE_OUT,
    )?;
    refuse(
        options.corrections.is_some(),
        "`corrections`",
        ONE_LABEL,
        LEAVE_OUT,
    )?;
    let long_texts = options.model.long_texts != LongTextOptions::default();
    refuse(
        long_texts,
        "`long_texts` or `window_overlap`",
        "needs texts with one label each: texts with any number of labels are cut at `max_length`",
        LEAVE_OUT,
    )?;
    let questions = !options.data.questions.is_empty();
    refuse(questions, "a further `label_field`", ONE_LABEL, "name one field")?;
    if options.tuning.head_only {
        check_head_only(options)?;
    }
    Ok(arguments)
}

/// Refuses settings of fine-tuning if only a linear classifier is fitted.
fn check_head_only(options: &TrainOptions) -> Result<()> {
    let hint = "leave out `head_only` or the other setting";
    let head_only = Tuning {
        head_only: true,
        ..Tuning::default()
    };
    let patience = options.early_stopping.patience.is_some();
    refuse(
        options.tuning != head_only,
        "`freeze`, `gradual_unfreezing` or `lora_rank`",
        STEP_BY_STEP,
        hint,
    )?;
    refuse(patience, "`early_stopping_patience`", STEP_BY_STEP, hint)
}

/// Refuses a layout that cannot be read.
fn check_layout(layout: &LabelLayout) -> Result<()> {
    let (separator, setting) = (layout.label_separator.as_deref(), "`label_separator`");
    let columns = !layout.label_columns.is_empty();
    let both = "is about one field, but `label_columns` names several";
    refuse(separator.is_some() && columns, setting, both, LEAVE_OUT)
}

fn refuse(is_set: bool, setting: &'static str, reason: &'static str, hint: &'static str) -> Result<()> {
    match is_set {
        true => Err(Error::Setting {
            setting,
            reason,
            hint,
        }),
        false => Ok(()),
    }
}
