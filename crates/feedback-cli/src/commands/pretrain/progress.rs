//! What `pretrain` shows while it runs.

use feedback_pretrain::PretrainNotice;
use feedback_trainer::callbacks::Progress;
use feedback_trainer::{Callback, CallbackResult, Control, Metrics, TrainState};
use indicatif::ProgressBar;

use crate::{notices, output, show};

pub(super) fn show_notice(notice: &PretrainNotice<'_>) {
    match notice {
        PretrainNotice::Device(choice) => output::message(format_args!("device {choice}")),
        PretrainNotice::Texts(texts) => {
            output::message(format_args!(
                "{} texts to learn from, {} held out, {} left out as duplicates",
                texts.train.len(),
                texts.held_out.len(),
                texts.duplicates
            ));
            notices::set_aside(texts.set_aside);
        }
        PretrainNotice::Model(report) => notices::loading(report),
        PretrainNotice::Damaged(damaged) => notices::damaged(damaged),
        PretrainNotice::Resumed(step) => output::message(format_args!("resuming after step {step}")),
        PretrainNotice::Before(metrics) => {
            output::message(format_args!("before training: {}", format_metrics(metrics)))
        }
        _ => {}
    }
}

/// Prints a line for each evaluation, above the progress bar.
struct EvaluationLines {
    bar: ProgressBar,
}

/// Returns a progress bar, and lines with the evaluations above it.
pub(super) fn progress() -> Vec<Box<dyn Callback>> {
    let progress = Progress::new();
    let lines = EvaluationLines {
        bar: progress.handle(),
    };
    vec![Box::new(progress), Box::new(lines)]
}

impl Callback for EvaluationLines {
    fn name(&self) -> &str {
        "evaluation_lines"
    }

    fn on_evaluate(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        self.bar.suspend(|| {
            output::message(format_args!(
                "step {}: {}",
                state.global_step,
                format_metrics(metrics)
            ));
        });
        Ok(Control::CONTINUE)
    }
}

pub(super) fn format_metrics(metrics: &Metrics) -> String {
    let shown = metrics.iter().map(|(name, &value)| match name.as_str() {
        name if name.ends_with("accuracy") || name.ends_with("_f1") || name == "agreement" => {
            format!("{name} {}", show::percent(value))
        }
        _ => format!("{name} {value:.4}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}
