//! Ranking and probability metrics, compared with scikit-learn; calibration errors, compared with NumPy.

use feedback_metrics::Probabilities;
use feedback_metrics::calibration::{
    Binning, brier_score, expected_calibration_error, log_loss, risk_coverage,
};
use feedback_metrics::ranking::{
    OneVsRest, average_precision_one_vs_rest, roc_auc_one_vs_rest, top_k_accuracy,
};

use super::draws::{Case, draw_classes};
use super::file::{Expected, expected, projected};

const FAMILY: u64 = 2;
const LEVELS: [usize; 5] = [2, 3, 10, 1_000, 1 << 20];

/// One case, drawn in the same way as in the script.
struct Drawn {
    labels: Vec<usize>,
    probabilities: Probabilities,
    k: usize,
    n_bins: usize,
}

impl Drawn {
    fn new(number: u64) -> Self {
        let mut case = Case::new(FAMILY, number);
        let (labels, probabilities) = draw_scores(&mut case);
        Self {
            k: 1 + case.parameter(probabilities.n_classes()),
            n_bins: 1 + case.parameter(20),
            labels,
            probabilities,
        }
    }
}

/// Draws labels and probabilities of one case.
pub(super) fn draw_scores(case: &mut Case) -> (Vec<usize>, Probabilities) {
    let drawn = draw_classes(case);
    let (n_classes, mut labels) = (drawn.n_classes, drawn.labels);
    let level = LEVELS[case.parameter(LEVELS.len())];
    let boost = case.parameter(4);
    if case.parameter(4) > 0 {
        let first = labels.iter_mut().take(n_classes).enumerate();
        first.for_each(|(row, label)| *label = row);
    }
    let mut values = Vec::with_capacity(labels.len() * n_classes);
    for &label in &labels {
        let mut row: Vec<usize> = (0..n_classes).map(|_| case.draw_below(level)).collect();
        row[label] += boost * row[(label + 1) % n_classes];
        if row.iter().all(|&raw| raw == 0) {
            row[0] = 1;
        }
        let sum: usize = row.iter().sum();
        values.extend(row.iter().map(|&raw| raw as f64 / sum as f64));
    }
    (labels, Probabilities::new(values, n_classes).expect("valid"))
}

#[test]
fn two_thousand_cases_agree_with_scikit_learn() {
    let lines = expected("scores.tsv");
    let n_lines = lines.len();
    for mut line in lines {
        let drawn = Drawn::new(line.case);
        let (labels, probabilities) = (&drawn.labels, &drawn.probabilities);
        let top_k = top_k_accuracy(probabilities, labels, drawn.k).expect("valid");
        line.number("top_k_accuracy", top_k);
        let areas = roc_auc_one_vs_rest(probabilities, labels).expect("valid");
        check_one_vs_rest(&mut line, "roc_auc", &areas);
        let precisions = average_precision_one_vs_rest(probabilities, labels).expect("valid");
        check_one_vs_rest(&mut line, "average_precision", &precisions);
        line.number("log_loss", log_loss(probabilities, labels).expect("valid"));
        line.number("brier_score", brier_score(probabilities, labels).expect("valid"));
        let binnings = [
            ("ece_equal_width", Binning::EqualWidth),
            ("ece_equal_mass", Binning::EqualMass),
        ];
        for (column, binning) in binnings {
            let error = expected_calibration_error(probabilities, labels, binning, drawn.n_bins);
            line.number(column, error.expect("valid"));
        }
        let curve = risk_coverage(probabilities, labels).expect("valid");
        line.number("risk_coverage_area", curve.area);
        line.finish();
    }
    assert_eq!(n_lines, 2_100);
}

fn check_one_vs_rest(line: &mut Expected, prefix: &str, found: &OneVsRest) {
    line.number(&format!("{prefix}_projected"), projected(&found.per_class));
    line.number(&format!("{prefix}_macro"), found.macro_average);
    line.number(&format!("{prefix}_weighted"), found.weighted_average);
}
