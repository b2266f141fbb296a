//! `cargo bench -p feedback-benches --bench metrics`: the classification report and its intervals.

#![expect(clippy::unwrap_used, reason = "a bench cannot run without its data")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use feedback_metrics::statistics::{BootstrapOptions, bootstrap_interval};
use feedback_metrics::{Average, ClassificationReport, ConfusionMatrix, ReportOptions, ZeroDivision};

/// Returns labels and predictions of 8 classes; about 80 % of the predictions are correct.
fn outcomes(n: usize) -> (Vec<usize>, Vec<usize>) {
    let labels: Vec<usize> = (0..n).map(|row| (row * 7919) % 8).collect();
    let predict = |(row, &label): (usize, &usize)| if row % 5 == 0 { (label + row) % 8 } else { label };
    let predictions = labels.iter().enumerate().map(predict).collect();
    (labels, predictions)
}

fn metrics(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("metrics");
    group.sample_size(10);
    for n in [10_000, 1_000_000] {
        let (labels, predictions) = outcomes(n);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("classification_report", n), |bencher| {
            bencher.iter(|| {
                let matrix = ConfusionMatrix::new(black_box(&labels), &predictions, 8).unwrap();
                ClassificationReport::new(&matrix, &ReportOptions::default())
                    .unwrap()
                    .to_string()
            });
        });
    }
    let (labels, predictions) = outcomes(2_000);
    let groups: Vec<usize> = (0..labels.len()).collect();
    let f1 = |matrix: &ConfusionMatrix| matrix.average(Average::Weighted, ZeroDivision::Zero).f1;
    group.bench_function("bootstrap_weighted_f1/2000", |bencher| {
        bencher.iter(|| {
            bootstrap_interval(&groups, &labels, &predictions, 8, f1, BootstrapOptions::default()).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, metrics);
criterion_main!(benches);
