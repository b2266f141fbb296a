//! Intervals, significance tests and temperatures, compared with SciPy.

use feedback_metrics::Logits;
use feedback_metrics::calibration::fit_temperature;
use feedback_metrics::statistics::{holm, mcnemar_exact, wilson_interval};

use super::draws::Case;
use super::file::{expected, projected};

#[test]
fn intervals_and_p_values_agree_with_scipy() {
    let lines = expected("statistics.tsv");
    let n_lines = lines.len();
    for mut line in lines {
        let mut case = Case::new(4, line.case);
        let n = case.n();
        let successes = case.parameter(n + 1);
        let confidence = (500 + case.parameter(500)) as f64 / 1_000.0;
        let interval = wilson_interval(successes as u64, n as u64, confidence).expect("valid");
        line.number("wilson_low", interval.low);
        line.number("wilson_high", interval.high);

        let (only_a, only_b) = (case.capped(1), case.capped(1));
        line.number("mcnemar_p", p_value_of_split(only_a, only_b));

        let n_values = 1 + case.parameter(9);
        let p_values: Vec<f64> = (0..n_values)
            .map(|_| case.draw_below(1_000) as f64 / 1_000.0)
            .collect();
        line.number("holm_projected", projected(&holm(&p_values).expect("valid")));
        line.finish();
    }
    assert_eq!(n_lines, 2_000);
}

/// The p-value of McNemar's test if `only_a` rows are right only in the first model and `only_b` only in the second.
fn p_value_of_split(only_a: usize, only_b: usize) -> f64 {
    // One row is added that both models predict correctly, so that there is at least one row; it must not change p.
    let n = only_a + only_b + 1;
    let labels = vec![0; n];
    let a: Vec<usize> = (0..n)
        .map(|row| usize::from(row >= only_a && row + 1 < n))
        .collect();
    let b: Vec<usize> = (0..n).map(|row| usize::from(row < only_a)).collect();
    let test = mcnemar_exact(&labels, &a, &b).expect("valid");
    assert_eq!(
        (test.only_a_right, test.only_b_right),
        (only_a as u64, only_b as u64)
    );
    test.p_value
}

#[test]
fn temperatures_agree_with_brents_method() {
    let lines = expected("temperature.tsv");
    let n_lines = lines.len();
    for mut line in lines {
        let mut case = Case::new(5, line.case);
        let n_classes = 2 + case.parameter(9);
        let n = 20 + case.parameter(480);
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let row: Vec<f64> = (0..n_classes)
                .map(|_| (case.draw_below(8_001) as f64 - 4_000.0) / 1_000.0)
                .collect();
            let label = case.draw_below(3 * n_classes);
            labels.push(if label < n_classes { label } else { argmax(&row) });
            values.extend(row);
        }
        let logits = Logits::new(values, n_classes).expect("valid");
        let found = fit_temperature(&logits, &labels).expect("valid");
        // Both methods search for the root of a sum. Where its slope is small, rounding errors move the root, so the
        // tolerance is wider.
        line.number_within("temperature", found, 1e-10);
        line.finish();
    }
    assert_eq!(n_lines, 400);
}

fn argmax(row: &[f64]) -> usize {
    let better = |best: usize, next: usize| if row[next] > row[best] { next } else { best };
    (0..row.len()).fold(0, better)
}
