//! `cargo bench -p feedback-benches --bench dataset`: reading, duplicates, splits.

#![expect(clippy::unwrap_used, reason = "a bench without its data cannot go on")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use feedback_dataset::{
    Dataset, DuplicateKind, Format, LabelSet, OnBadRow, ReadOptions, Reader, SplitOptions, collect,
    duplicate_groups, split,
};
use feedback_testkit::fixture;

/// The corpus this many times over.
const COPIES: [usize; 2] = [1, 60];

fn corpus(copies: usize) -> String {
    fs_err::read_to_string(fixture("feedback.jsonl"))
        .unwrap()
        .repeat(copies)
}

fn parse(text: &str) -> Dataset {
    let reader = Reader::from_reader(text.as_bytes(), "corpus", Format::Jsonl, &ReadOptions::default());
    collect(reader, OnBadRow::Fail).unwrap()
}

fn dataset(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dataset");
    group.sample_size(10);
    for copies in COPIES {
        let text = corpus(copies);
        let data = parse(&text);
        let labels = LabelSet::from_dataset(&data).unwrap().encode(&data).unwrap();
        let each: Vec<usize> = (0..data.len()).collect();
        let id = |name: &str| BenchmarkId::new(name, data.len());
        group.throughput(Throughput::Elements(data.len() as u64));
        group.bench_function(id("read_jsonl"), |bencher| {
            bencher.iter(|| parse(black_box(&text)))
        });
        group.bench_function(id("normalised_duplicates"), |bencher| {
            bencher.iter(|| duplicate_groups(data.texts(), DuplicateKind::Normalised));
        });
        group.bench_function(id("stratified_split"), |bencher| {
            bencher.iter(|| split(black_box(&labels), &each, &SplitOptions::default()).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, dataset);
criterion_main!(benches);
