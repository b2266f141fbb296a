//! The figures of an evaluation, as JSON and as a document.

use feedback_metrics::Probabilities;
use feedback_metrics::evaluation::{Evaluation, EvaluationInput};
use feedback_metrics::reports::{EvaluationReport, ReportInput, files};
use serde_json::Value;

const LABELS: [usize; 9] = [0, 0, 0, 0, 1, 1, 1, 2, 2];

fn names() -> Vec<String> {
    ["bug", "feature", "praise"].map(String::from).to_vec()
}

/// Six of nine predictions are correct.
fn probabilities() -> Probabilities {
    let rows = [
        [0.7, 0.2, 0.1],
        [0.6, 0.3, 0.1],
        [0.5, 0.1, 0.4],
        [0.2, 0.5, 0.3],
        [0.1, 0.8, 0.1],
        [0.4, 0.35, 0.25],
        [0.1, 0.7, 0.2],
        [0.2, 0.2, 0.6],
        [0.45, 0.15, 0.4],
    ];
    Probabilities::new(rows.concat(), 3).expect("valid")
}

fn report(labels: &[usize], probabilities: &Probabilities) -> EvaluationReport {
    let names = names();
    let evaluation = Evaluation::measure(&EvaluationInput::new(&names, labels, probabilities));
    let input = ReportInput::new("model", labels, probabilities);
    EvaluationReport::new(evaluation.expect("valid"), &input).expect("valid")
}

fn file(report: &EvaluationReport, name: &str) -> String {
    let files = files(report, &report.document()).expect("serialisable");
    let file = files.into_iter().find(|file| file.name == name);
    file.expect("a file of the report").content
}

/// Returns the numeric cells of the CSV row that has `name` in its first cell; an empty cell is `None`.
fn csv_row(csv: &str, name: &str) -> Vec<Option<f64>> {
    let prefixes = [format!("{name},"), format!("\"{name}\",")];
    let rest = csv.lines().find_map(|line| {
        prefixes
            .iter()
            .find_map(|prefix| line.strip_prefix(prefix.as_str()))
    });
    let cells = rest.expect("a row of this name").split(',');
    cells.map(|cell| cell.parse().ok()).collect()
}

#[test]
fn the_document_and_both_json_forms_have_the_same_figures() {
    let report = report(&LABELS, &probabilities());
    let evaluation = serde_json::to_value(&report.evaluation).expect("serialisable");
    // Not read from the file, because serde_json rounds numbers when it reads them.
    let json = serde_json::to_value(&report).expect("serialisable");
    for name in [
        "n",
        "balanced_accuracy",
        "matthews_corrcoef",
        "cohen_kappa",
        "roc_auc",
        "average_precision",
        "recall_intervals",
        "confusion_matrix",
        "calibration",
    ] {
        assert_eq!(json[name], evaluation[name], "{name}");
        assert!(!json[name].is_null(), "{name}");
    }
    let scores = file(&report, "scores.csv");
    for (name, estimate, value, interval) in [
        (
            "accuracy",
            "accuracy",
            &evaluation["accuracy"],
            "accuracy_interval",
        ),
        (
            "weighted F1",
            "weighted_f1",
            &evaluation["weighted"]["f1"],
            "weighted_f1_interval",
        ),
        (
            "macro F1",
            "macro_f1",
            &evaluation["macro"]["f1"],
            "macro_f1_interval",
        ),
    ] {
        let interval = &evaluation[interval];
        assert_eq!(&json[estimate]["value"], value, "{name}");
        assert_eq!(&json[estimate]["interval"], interval, "{name}");
        let expected = [value, &interval["low"], &interval["high"]].map(Value::as_f64);
        assert_eq!(csv_row(&scores, name)[..3], expected, "{name}");
    }
    for (name, value) in [
        ("balanced accuracy", &evaluation["balanced_accuracy"]),
        ("Matthews correlation", &evaluation["matthews_corrcoef"]),
        ("Cohen's kappa", &evaluation["cohen_kappa"]),
        ("ROC-AUC, macro", &evaluation["roc_auc"]["macro"]),
        ("ROC-AUC, weighted", &evaluation["roc_auc"]["weighted"]),
        (
            "average precision, macro",
            &evaluation["average_precision"]["macro"],
        ),
        (
            "average precision, weighted",
            &evaluation["average_precision"]["weighted"],
        ),
    ] {
        assert_eq!(csv_row(&scores, name)[0], value.as_f64(), "{name}");
        let shown = format!("{:.3}", value.as_f64().expect("a number"));
        for form in ["report.html", "report.md", "report.txt"] {
            let text = file(&report, form);
            assert!(
                text.contains(name) || text.contains(&name.replace('\'', "&#39;")),
                "{form}: {name}"
            );
            assert!(text.contains(&shown), "{form}: {name} is {shown}");
        }
    }
    let labels = file(&report, "labels.csv");
    for (name, scores) in &report.evaluation.labels {
        let row = csv_row(&labels, name);
        assert_eq!(
            (row[0], row[1]),
            (Some(scores.precision), Some(scores.recall)),
            "{name}"
        );
    }
}

#[test]
fn the_json_keeps_the_fields_of_older_versions() {
    let report = report(&LABELS, &probabilities());
    let evaluation = serde_json::to_value(&report.evaluation).expect("serialisable");
    let json = serde_json::to_value(&report).expect("serialisable");
    let has = |value: &Value, names: &str| {
        for name in names.split(' ') {
            assert!(value.get(name).is_some(), "{name}");
        }
    };
    has(
        &evaluation,
        "n accuracy accuracy_interval macro weighted weighted_f1_interval macro_f1_interval labels label_order \
         confusion_matrix calibration",
    );
    has(
        &evaluation["calibration"],
        "temperature ece brier_score log_loss reliability",
    );
    has(
        &json,
        "model verdict n accuracy weighted_f1 macro_f1 absent_labels classification_report recall_intervals \
         confusion_matrix calibration risk_coverage abstaining slices worst_errors leakage data",
    );
    has(
        &json["calibration"],
        "temperature ece ece_equal_mass maximum_calibration_error brier_score log_loss reliability",
    );
    assert_eq!(json["accuracy"]["value"], evaluation["accuracy"]);
}

#[test]
fn a_report_without_errors_does_not_claim_certainty() {
    let probabilities = probabilities();
    let report = report(&probabilities.predictions(), &probabilities);
    let json = serde_json::to_value(&report).expect("serialisable");
    for name in ["accuracy", "weighted_f1", "macro_f1"] {
        assert_eq!(json[name]["value"], 1.0, "{name}");
        let low = json[name]["interval"]["low"].as_f64().expect("an interval");
        assert!((low - 0.7009).abs() < 1e-4, "{name}: {low}"); // Wilson interval of 9 of 9
    }
    assert!(file(&report, "report.txt").contains("95 % interval 70.1 % to 100.0 %"));
}

#[test]
fn undefined_scores_are_null_and_explained() {
    let report = report(&[0; 9], &probabilities());
    let json: Value = serde_json::from_str(&file(&report, "report.json")).expect("JSON");
    for name in ["matthews_corrcoef", "cohen_kappa"] {
        assert!(json.get(name).is_some_and(Value::is_null), "{name}");
    }
    for name in ["roc_auc", "average_precision"] {
        assert!(
            json[name]["macro"].is_null() && json[name]["weighted"].is_null(),
            "{name}"
        );
    }
    for form in ["report.html", "report.md", "report.txt"] {
        let text = file(&report, form);
        assert!(text.contains("All rows have the label bug"), "{form}");
        assert!(!text.contains("NaN"), "{form}");
    }
    assert_eq!(csv_row(&file(&report, "scores.csv"), "Cohen's kappa")[0], None);
    assert!(file(&report, "report.txt").contains("undefined on these rows"));
}
