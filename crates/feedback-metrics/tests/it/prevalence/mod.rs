//! How often the intervals of corrected shares contain the true share, on out-of-fold predictions for real texts.
//!
//!     RUN_SLOW_TESTS=1 cargo test --release -p feedback-metrics --test it prevalence -- --nocapture
//!
//! prints the tables of docs/shares.md; without the variable, a short form runs on the fixtures.

mod predicted;
mod study;

use feedback_metrics::prevalence::Scope;
use feedback_testkit::{shared, slow_tests};

use predicted::{Predicted, clinc150, fixtures};
use study::{Shift, Study, Summary};

/// The limits of the coverage of 95 % intervals.
const COVERAGE: std::ops::RangeInclusive<f64> = 0.93..=0.97;

const FIXTURES: Study = Study {
    n_labelled: 600,
    n_rows: 400,
    n_audits: 100,
    n_samples: 1_000,
    max_share_of_label: 0.75,
    resamples: 200,
    shift: Shift::Mix,
};

fn check(summary: &Summary, methods: &[&str], max_ratio: f64) {
    for scope in [Scope::Rows, Scope::Source] {
        for method in methods {
            let coverage = summary.coverage(method, scope);
            assert!(COVERAGE.contains(&coverage), "{method}, {scope:?}: {coverage}");
        }
    }
    let ratio = summary.error("combined") / summary.error("counting");
    println!("mean error of combined: {ratio:.3} of counting's");
    assert!(ratio <= max_ratio, "mean error: {ratio} of counting's");
}

#[test]
fn a_few_shifted_samples_of_the_fixtures() {
    let data = fixtures(2);
    let study = Study {
        n_samples: 25,
        resamples: 60,
        ..FIXTURES
    };
    let summary = study.run(&data);
    summary.print("fixtures, short");
    for method in ["adjusted", "powered", "combined"] {
        // 25 samples of 8 classes: the mean of 200 coverages of 95 % has a standard error of about 2 %.
        let coverage = summary.coverage(method, Scope::Rows);
        assert!((0.87..=1.0).contains(&coverage), "{method}: {coverage}");
    }
    assert!(summary.error("combined") < 0.7 * summary.error("counting"));
}

#[test]
fn a_thousand_shifted_samples_of_the_fixtures() {
    if !slow_tests() {
        println!("skipped: fits five models and draws 1,000 samples; RUN_SLOW_TESTS=1 runs it");
        return;
    }
    let data = fixtures(5);
    for n_audits in [100, 50] {
        let study = Study { n_audits, ..FIXTURES };
        let summary = study.run(&data);
        summary.print(&format!("fixtures, {n_audits} audits"));
        check(&summary, &["adjusted", "powered", "combined"], 0.6);
    }

    let drift = Study {
        shift: Shift::HarderTexts,
        ..FIXTURES
    };
    let summary = drift.run(&data);
    summary.print("fixtures, texts of each label that are harder than the labelled ones");
    assert!(COVERAGE.contains(&summary.coverage("powered", Scope::Rows)));
    assert!(summary.coverage("adjusted", Scope::Rows) < 0.9);
    assert!(summary.error("combined") < 0.6 * summary.error("counting"));
}

#[test]
fn a_thousand_shifted_samples_of_clinc150() {
    if !slow_tests() {
        println!("skipped: fits five models and draws 1,000 samples; RUN_SLOW_TESTS=1 runs it");
        return;
    }
    let Some(folder) = shared("data/clinc150") else {
        return;
    };
    let data: Predicted = clinc150(&folder, 5);
    let study = Study {
        n_labelled: 3_000,
        n_rows: 3_000,
        ..FIXTURES
    };
    let summary = study.run(&data);
    summary.print("clinc150, 10 domains");
    check(&summary, &["adjusted", "combined"], 0.6);
    // The model makes so few mistakes that 100 audits often contain none of a class, and the interval is wide.
    assert!(summary.coverage("powered", Scope::Rows) >= *COVERAGE.start());
}
