//! Corrected shares, compared with QuaPy and ppi-python.
//!
//! `fixtures/generate/prevalence_golden.py` wrote inputs and results.

use feedback_metrics::Probabilities;
use feedback_metrics::prevalence::{
    Audits, Calibration, ShareOptions, Shares, Target, adjusted_count, expectation_maximization,
    prediction_powered,
};
use feedback_metrics::statistics::BootstrapOptions;
use serde::Deserialize;

use super::file::read;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    n_classes: usize,
    prior: Vec<f64>,
    labels: Vec<usize>,
    predictions: Vec<usize>,
    target_labels: Vec<usize>,
    target_scores: Vec<f64>,
    adjusted: Vec<f64>,
    em: Vec<f64>,
    n_audits: usize,
    powered: Vec<f64>,
}

fn assert_shares(found: &Shares, expected: &[f64], tolerance: f64, place: &str) {
    for (class, expected) in found.classes.iter().zip(expected) {
        let difference = (class.share - expected).abs();
        assert!(
            difference <= tolerance,
            "{place}: {}, expected {expected}",
            class.share
        );
    }
}

#[test]
fn forty_cases_agree_with_quapy_and_ppi_python() {
    let golden: Golden = serde_json::from_str(&read("prevalence.json")).expect("valid JSON");
    assert_eq!(golden.cases.len(), 40);
    for (number, case) in golden.cases.iter().enumerate() {
        let options = ShareOptions::default().with_bootstrap(BootstrapOptions::default().with_resamples(1));
        let probabilities = Probabilities::new(case.target_scores.clone(), case.n_classes).expect("valid");
        let groups: Vec<usize> = (0..200).collect();
        let n = probabilities.n();
        let target = Target::new(&probabilities.predictions(), &groups[..n], case.n_classes).expect("valid");

        let found = expectation_maximization(&probabilities, &case.prior).expect("valid");
        // QuaPy stops at a mean change below 1e-12, we at a largest change below 1e-10; where EM is slow, what is left of
        // the way to the limit is a multiple of the last step.
        assert_shares(&found, &case.em, 1e-6, &format!("case {number}, em"));

        let labelled = &groups[..case.labels.len()];
        let calibration =
            Calibration::new(&case.labels, &case.predictions, labelled, case.n_classes).expect("valid");
        let found = adjusted_count(&target, &calibration, &options).expect("valid");
        assert_shares(&found, &case.adjusted, 1e-10, &format!("case {number}, adjusted"));

        let audited = &groups[..case.n_audits];
        let audits = Audits::new(&target, audited, &case.target_labels[..case.n_audits]).expect("valid");
        let found = prediction_powered(&target, &audits, &options).expect("valid");
        assert_shares(&found, &case.powered, 1e-12, &format!("case {number}, powered"));
    }
}
