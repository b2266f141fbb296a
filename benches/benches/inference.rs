//! `cargo bench -p feedback-benches --bench inference`: texts per second of a model folder.
//!
//! The model folder is `FEEDBACK_MODEL`, by default `fixtures/tiny-bert`.

#![expect(clippy::unwrap_used, reason = "a bench cannot run without its data")]

use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use feedback_bert::DeviceChoice;
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_inference::Classifier;
use feedback_testkit::{fixture, workspace};

fn inference(criterion: &mut Criterion) {
    let folder = std::env::var_os("FEEDBACK_MODEL").map_or_else(
        || fixture("tiny-bert"),
        |path| workspace().join(PathBuf::from(path)),
    );
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let classifier = Classifier::load(&folder, &device).unwrap();
    let data = read(fixture("feedback.jsonl"), &ReadOptions::default(), OnBadRow::Fail).unwrap();
    let texts = data.texts();
    let mut group = criterion.benchmark_group("inference");
    group.sample_size(10);
    for n in [1, 32, 256] {
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("predict_many", n), |bencher| {
            bencher.iter(|| classifier.predict_many(&texts[..n]).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, inference);
criterion_main!(benches);
