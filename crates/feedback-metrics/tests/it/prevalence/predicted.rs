//! Out-of-fold probabilities of TF-IDF with logistic regression.

use std::collections::BTreeMap;
use std::path::Path;

use feedback_baselines::TfidfLogisticRegression;
use feedback_metrics::Probabilities;
use feedback_testkit::fixture;
use serde::Deserialize;

/// Labelled rows with the probabilities of a model that was not trained on them.
pub(super) struct Predicted {
    pub(super) labels: Vec<usize>,
    pub(super) predictions: Vec<usize>,
    pub(super) probabilities: Vec<Vec<f64>>,
    pub(super) n_classes: usize,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    label: String,
}

pub(super) fn fixtures(n_folds: usize) -> Predicted {
    predict(read(&fixture("feedback.jsonl")), n_folds)
}

/// The training rows of clinc150; the label is the domain of the intent.
pub(super) fn clinc150(folder: &Path, n_folds: usize) -> Predicted {
    let domains = fs_err::read_to_string(fixture("clinc150_domains.json")).expect("a fixture");
    let domains: BTreeMap<String, Vec<String>> = serde_json::from_str(&domains).expect("valid JSON");
    let mut rows = read(&folder.join("train.jsonl"));
    for row in &mut rows {
        let domain = domains.iter().find(|(_, intents)| intents.contains(&row.label));
        row.label = domain.expect("each intent has a domain").0.clone();
    }
    predict(rows, n_folds)
}

fn read(path: &Path) -> Vec<Row> {
    let text = fs_err::read_to_string(path).expect("a readable file");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a row"))
        .collect()
}

fn predict(rows: Vec<Row>, n_folds: usize) -> Predicted {
    let mut names: Vec<&str> = rows.iter().map(|row| &row.label[..]).collect();
    names.sort_unstable();
    names.dedup();
    let label = |row: &Row| {
        names
            .iter()
            .position(|name| *name == row.label)
            .expect("a known label")
    };
    let labels: Vec<usize> = rows.iter().map(label).collect();
    let folds: Vec<usize> = rows.iter().map(|row| fold(&row.text, n_folds)).collect();
    let mut probabilities = vec![Vec::new(); rows.len()];
    for held_out in 0..n_folds {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|&row| folds[row] == held_out);
        let texts = |part: &[usize]| part.iter().map(|&row| &rows[row].text[..]).collect::<Vec<&str>>();
        let train_labels: Vec<usize> = train.iter().map(|&row| labels[row]).collect();
        let model = TfidfLogisticRegression::fit(&texts(&train), &train_labels, names.len()).expect("fits");
        let found = model.predict_probabilities(&texts(&test));
        for (&row, values) in test.iter().zip(found.chunks_exact(names.len())) {
            probabilities[row] = values.to_vec();
        }
    }
    let table = Probabilities::new(probabilities.concat(), names.len()).expect("valid");
    Predicted {
        predictions: table.predictions(),
        labels,
        probabilities,
        n_classes: names.len(),
    }
}

/// The fold of a text: FNV-1a of its letters and digits, so that duplicates share a fold.
fn fold(text: &str, n_folds: usize) -> usize {
    let letters = text.to_lowercase();
    let hash = letters
        .bytes()
        .filter(u8::is_ascii_alphanumeric)
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
    (hash >> 32) as usize % n_folds
}
