//! Whole evaluations, compared with scikit-learn.

use feedback_metrics::evaluation::{Evaluation, EvaluationInput};
use feedback_metrics::statistics::BootstrapOptions;

use super::draws::Case;
use super::file::expected;
use super::scores::draw_scores;

const FAMILY: u64 = 6;

#[test]
fn four_hundred_evaluations_agree_with_scikit_learn() {
    let lines = expected("evaluation.tsv");
    let n_lines = lines.len();
    for mut line in lines {
        let (labels, probabilities) = draw_scores(&mut Case::new(FAMILY, line.case));
        let names: Vec<String> = (0..probabilities.n_classes())
            .map(|class| class.to_string())
            .collect();
        let mut input = EvaluationInput::new(&names, &labels, &probabilities);
        input.bootstrap = BootstrapOptions::default().with_resamples(1); // intervals are not compared here
        let found = Evaluation::measure(&input).expect("valid");
        let undefined_as_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
        line.number("accuracy", found.accuracy);
        line.number("macro_f1", found.macro_average.f1);
        line.number("weighted_f1", found.weighted.f1);
        line.number("balanced_accuracy", found.balanced_accuracy);
        line.number("log_loss", found.calibration.log_loss);
        line.number("brier_score", found.calibration.brier_score);
        line.number("calibration_gap", found.calibration.calibration_gap);
        line.number("matthews_corrcoef", undefined_as_nan(found.matthews_corrcoef));
        line.number("cohen_kappa", undefined_as_nan(found.cohen_kappa));
        for (name, scores) in [
            ("roc_auc", found.roc_auc),
            ("average_precision", found.average_precision),
        ] {
            line.number(&format!("{name}_macro"), undefined_as_nan(scores.macro_average));
            line.number(&format!("{name}_weighted"), undefined_as_nan(scores.weighted));
        }
        line.finish();

        let json = serde_json::to_string(&found).expect("serialisable");
        let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(
            read["matthews_corrcoef"].is_null(),
            found.matthews_corrcoef.is_none()
        );
        assert!(found.matthews_corrcoef.is_none_or(f64::is_finite));
    }
    assert_eq!(n_lines, 400);
}
