//! The learning rate finder.

use std::sync::atomic::Ordering;

use feedback_pipeline::train::{TrainOptions, find_learning_rate};
use feedback_trainer::{LearningRatePoint, LearningRateRange};
use serde_json::{Value, json};

use crate::arguments::OutputFormat;
use crate::output;

/// Runs the finder and prints a line for each update: learning rate, loss and smoothed loss.
pub(super) fn print(options: &TrainOptions, steps: usize, format: OutputFormat) -> anyhow::Result<()> {
    let mut range = LearningRateRange::default();
    range.steps = steps;
    let curve = find_learning_rate(options, &range)?;
    if format == OutputFormat::Json {
        let point = |point: &LearningRatePoint| json!({"learning_rate": point.learning_rate, "loss": point.loss, "smoothed": point.smoothed});
        let points: Vec<Value> = curve.points.iter().map(point).collect();
        return output::print_json(&json!({"suggestion": curve.suggestion, "points": points}));
    }
    let mut text = format!("{:>13}  {:>9}  {:>9}\n", "learning rate", "loss", "smoothed");
    for point in &curve.points {
        text += &format!(
            "{:>13.2e}  {:>9.4}  {:>9.4}\n",
            point.learning_rate, point.loss, point.smoothed
        );
    }
    match curve.suggestion {
        Some(rate) => text += &format!("\nthe loss falls fastest at --learning-rate {rate:.1e}\n"),
        None if options.interrupt.load(Ordering::Relaxed) => text += "\ninterrupted before the loss fell\n",
        None => text += "\nthe loss never falls; try more updates or a larger batch\n",
    }
    output::print(text)
}
