//! `cargo bench -p feedback-benches --bench dataset`: reading, duplicates, splits.

#![expect(clippy::unwrap_used, reason = "a bench cannot run without its data")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use feedback_dataset::duplicates::{DuplicateKind, NearOptions, duplicate_groups, group_near_duplicates};
use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader, collect};
use feedback_dataset::split::{SplitOptions, split};
use feedback_dataset::{Dataset, LabelSet};
use feedback_testkit::fixture;

/// How often the corpus is repeated in the data of a bench.
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

/// Returns rows with different texts, made from word sequences of the corpus; one row in twenty is a near duplicate of the
/// previous row.
fn varied(rows: usize) -> String {
    let data = parse(&corpus(1));
    let words: Vec<&str> = data
        .rows
        .iter()
        .flat_map(|row| row.record.text().split_whitespace())
        .collect();
    let mut state = 42_u64;
    let mut below = |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut lines = String::new();
    let mut text = String::new();
    for row in 0..rows {
        if text.is_empty() || below(20) > 0 {
            let runs: Vec<String> = (0..2 + below(5))
                .map(|_| {
                    let start = below(words.len() - 6);
                    words[start..start + 3 + below(3)].join(" ")
                })
                .collect();
            text = runs.join(" ").replace(['"', '\\'], "");
        } else {
            text.push_str(" again");
        }
        let label = data.rows[row % data.len()].record.label().unwrap();
        lines += &format!(
            "{{\"id\":\"r{row}\",\"text\":\"{text}\",\"label\":\"{label}\",\"source\":\"survey\"}}\n"
        );
    }
    lines
}

/// Benches with a million rows, like `scripts/bench-data.sh`, which compares the times with Python.
fn million(criterion: &mut Criterion) {
    let text = varied(1_000_000);
    let data = parse(&text);
    let texts = data.texts();
    let labels = LabelSet::from_dataset(&data).unwrap().encode(&data).unwrap();
    let each: Vec<usize> = (0..data.len()).collect();
    let mut group = criterion.benchmark_group("million_rows");
    group.sample_size(10);
    group.bench_function("read_jsonl", |bencher| {
        bencher.iter_with_large_drop(|| parse(black_box(&text)))
    });
    group.bench_function("stratified_split", |bencher| {
        bencher.iter(|| split(black_box(&labels), &each, &SplitOptions::default()).unwrap());
    });
    group.bench_function("normalised_duplicates", |bencher| {
        bencher.iter(|| duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised));
    });
    group.bench_function("near_duplicates", |bencher| {
        bencher.iter(|| group_near_duplicates(&texts, &NearOptions::default()));
    });
    group.finish();
}

criterion_group!(benches, dataset, million);
criterion_main!(benches);
