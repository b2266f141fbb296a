//! Splits forty texts, keeps duplicates together, and scores a model that always predicts the same label.

use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::split::{SplitOptions, SplitSize, split};
use feedback_metrics::statistics::wilson_interval;
use feedback_metrics::{ClassificationReport, ConfusionMatrix, ReportOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let texts: Vec<String> = (0..40).map(|n| format!("page {} {}", n / 2, ["crashes", "is lovely"][n % 2])).collect();
    let labels: Vec<usize> = (0..40).map(|n| n % 2).collect();
    let groups = duplicate_groups(texts.iter().map(String::as_str), DuplicateKind::Normalised);
    let parts = split(&labels, &groups, &SplitOptions::new(SplitSize::Fraction(0.25), SplitSize::NONE))?;
    let truth: Vec<usize> = parts.test.iter().map(|&row| labels[row]).collect();
    let predictions = vec![0; truth.len()]; // a model that always predicts the first label
    let matrix = ConfusionMatrix::new(&truth, &predictions, 2)?;
    let interval = wilson_interval(matrix.n_correct(), matrix.n(), 0.95)?;
    let names = vec!["bug".to_owned(), "praise".to_owned()];
    println!("{}", ClassificationReport::new(&matrix, &ReportOptions::default().with_target_names(names))?);
    println!("accuracy {:.3}, {:.3} to {:.3}", matrix.accuracy(), interval.low, interval.high);
    Ok(())
}
