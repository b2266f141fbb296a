//! `cargo bench --workspace --bench explain`: the time to explain a text of 20 words.
//!
//! `one_batch` and `forward` classify 20 variants of the text, each without one word: `one_batch` in one
//! forward pass, `forward` in the parallel passes of a classifier. The other benches compute complete
//! explanations. The model folder is `FEEDBACK_MODEL`, by default `fixtures/tiny-bert`.

#![expect(clippy::unwrap_used, reason = "a bench cannot run without its data")]

use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use feedback_bert::DeviceChoice;
use feedback_inference::{BatchLimits, Classifier, ExplainMethod};
use feedback_testkit::{fixture, workspace};

const TEXT: &str = "the app is fine but when i open the long list of old notes it will crash again every day";

fn explain(criterion: &mut Criterion) {
    let folder = std::env::var_os("FEEDBACK_MODEL").map_or_else(
        || fixture("tiny-bert"),
        |path| workspace().join(PathBuf::from(path)),
    );
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let classifier = Classifier::load(&folder, &device).unwrap();
    let words: Vec<&str> = TEXT.split(' ').collect();
    assert_eq!(words.len(), 20);
    let variants: Vec<String> = (0..words.len())
        .map(|left_out| {
            let mut kept = words.clone();
            kept.remove(left_out);
            kept.join(" ")
        })
        .collect();
    let mut group = criterion.benchmark_group("explain");
    group.sample_size(30);
    let whole = BatchLimits::gpu();
    let one_batch = Classifier::load(&folder, &device).unwrap().with_limits(whole);
    group.bench_function(BenchmarkId::new("one_batch", 20), |bencher| {
        bencher.iter(|| one_batch.logits(&variants).unwrap());
    });
    group.bench_function(BenchmarkId::new("forward", 20), |bencher| {
        bencher.iter(|| classifier.logits(&variants).unwrap());
    });
    for method in ExplainMethod::ALL {
        group.bench_function(BenchmarkId::new(method.name(), 20), |bencher| {
            bencher.iter(|| classifier.explain(TEXT, method).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, explain);
criterion_main!(benches);
