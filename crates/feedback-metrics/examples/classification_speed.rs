//! Measures the time of a classification report: `cargo run --release -p feedback-metrics --example classification_speed -- ROWS`
//! prints the seconds, then the report. `scripts/bench-report.sh` compares it with scikit-learn.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use feedback_metrics::{ClassificationReport, ConfusionMatrix, ReportOptions};

const CLASSES: usize = 8;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows: usize = std::env::args()
        .nth(1)
        .ok_or("give the number of rows as the first argument")?
        .parse()?;
    let labels: Vec<usize> = (0..rows).map(|row| row * 7919 % CLASSES).collect();
    // About four of five predictions are right.
    let predict = |row: usize| (labels[row] + if row.is_multiple_of(5) { row } else { 0 }) % CLASSES;
    let predictions: Vec<usize> = (0..rows).map(predict).collect();

    let start = Instant::now();
    let matrix = ConfusionMatrix::new(black_box(&labels), black_box(&predictions), CLASSES)?;
    let report = ClassificationReport::new(&matrix, &ReportOptions::default())?.to_string();
    let seconds = start.elapsed().as_secs_f64();
    Ok(write!(std::io::stdout(), "{seconds}\n{report}")?)
}
