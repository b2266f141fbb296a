//! Scores the predictions of any classifier, with intervals, without a model:
//! `cargo run --release --example score_predictions`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use feedback_metrics::statistics::wilson_interval;
use feedback_metrics::{Average, ClassificationReport, ConfusionMatrix, ReportOptions, ZeroDivision};

fn main() -> anyhow::Result<()> {
    // Class ids of twelve texts: the true labels, and the predictions.
    let names = ["bug", "feature_request", "praise"].map(String::from);
    let labels = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2];
    let predictions = [0, 0, 0, 1, 0, 1, 1, 2, 2, 2, 0, 2];

    let matrix = ConfusionMatrix::new(&labels, &predictions, names.len())?;
    let options = ReportOptions::default().with_target_names(names.to_vec());
    println!("{}", ClassificationReport::new(&matrix, &options)?);

    let macro_average = matrix.average(Average::Macro, ZeroDivision::Zero);
    let range = wilson_interval(matrix.n_correct(), matrix.n(), 0.95)?;
    println!("macro F1 {:.3}", macro_average.f1);
    println!(
        "accuracy {:.3}; on similar rows, probably between {:.3} and {:.3}",
        matrix.accuracy(),
        range.low,
        range.high
    );
    Ok(())
}
