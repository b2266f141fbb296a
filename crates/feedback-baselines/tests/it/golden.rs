//! The baselines compared with scikit-learn, trained on a third of the feedback corpus and tested on another third.
//!
//! `fixtures/generate/baseline_golden.py` wrote the expected numbers.

use std::path::Path;

use serde_json::Value;

use feedback_baselines::{
    DenseMatrix, DesignMatrix, LogisticRegression, LogisticRegressionConfig, MajorityClass,
    TfidfLogisticRegression, TfidfVectorizer,
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

/// The tolerance for direct computations: scikit-learn and this crate do the same arithmetic in a different order, and
/// the golden numbers have twelve digits.
const ARITHMETIC: f64 = 1e-11;
/// The tolerance for fits. If a fit stops early, the rounding errors of each step affect the next steps. At the minimum
/// they do not, but the loss is flat to 1e-14 there, so the parameters are determined only to about 1e-7.
const FIT: f64 = 1e-6;

struct Corpus {
    train: Rows,
    test: Rows,
    golden: Value,
}

/// Texts and the class ids of their labels.
pub(crate) struct Rows {
    pub(crate) texts: Vec<String>,
    pub(crate) labels: Vec<usize>,
}

/// Returns the `(text, label)` pairs of a JSONL file.
pub(crate) fn read_jsonl(path: &Path) -> Vec<(String, String)> {
    let field = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let content = fs_err::read_to_string(path).unwrap();
    let rows = content
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| (field(&row, "text"), field(&row, "label")))
        .collect()
}

/// Splits pairs into columns. The class id of a label is its position in `names`.
pub(crate) fn columns(pairs: &[(String, String)], names: &[String]) -> Rows {
    let id = |label: &String| names.iter().position(|name| name == label).unwrap();
    Rows {
        texts: pairs.iter().map(|(text, _)| text.clone()).collect(),
        labels: pairs.iter().map(|(_, label)| id(label)).collect(),
    }
}

/// Reads a file of golden numbers.
pub(crate) fn read_golden(name: &str) -> Value {
    let path = format!("{FIXTURES}/golden/baseline/{name}");
    serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap()
}

/// Returns the class with the highest probability in each row.
pub(crate) fn predictions(probabilities: &[f64], n_classes: usize) -> Vec<usize> {
    let highest = |row: &[f64]| (0..n_classes).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
    probabilities.chunks_exact(n_classes).map(highest).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap())
        .collect()
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|string| string.as_str().unwrap().to_owned())
        .collect()
}

fn corpus() -> Corpus {
    let path = format!("{FIXTURES}/feedback.jsonl");
    let golden = read_golden("feedback.json");
    assert_eq!(
        fs_err::metadata(&path).unwrap().len(),
        golden["corpus_bytes"],
        "the corpus has changed: run fixtures/generate/baseline_golden.py"
    );
    let names = strings(&golden["labels"]);
    let pairs = read_jsonl(Path::new(&path));
    let every_third = |first| pairs.iter().skip(first).step_by(3).cloned().collect::<Vec<_>>();
    Corpus {
        train: columns(&every_third(0), &names),
        test: columns(&every_third(1), &names),
        golden,
    }
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - expected).abs();
        assert!(
            difference <= tolerance,
            "{position}: {found} is {difference:e} from {expected}"
        );
    }
}

#[test]
fn the_majority_class_agrees_with_scikit_learn() {
    let Corpus { train, golden, .. } = corpus();
    let majority = MajorityClass::fit(&train.labels, 8).unwrap();
    assert_close(
        &majority.predict_probabilities(1),
        &numbers(&golden["majority"]),
        ARITHMETIC,
    );
}

#[test]
fn tfidf_agrees_with_scikit_learn() {
    let Corpus { train, test, golden } = corpus();
    assert_eq!((train.texts.len(), test.texts.len()), (565, 565));
    let vectorizer = TfidfVectorizer::fit(&train.texts).unwrap();
    let vocabulary = vectorizer.vocabulary();
    assert_eq!(vocabulary.len(), golden["n_features"]);
    assert_eq!(vocabulary[..5], strings(&golden["first_words"]));
    assert_eq!(vocabulary[vocabulary.len() - 5..], strings(&golden["last_words"]));
    assert_eq!(vectorizer.transform(&train.texts).n_stored(), golden["n_stored"]);
    for (word, idf) in golden["idf"].as_object().unwrap() {
        let column = vectorizer.column(word).unwrap();
        assert_close(&[vectorizer.idf()[column]], &[idf.as_f64().unwrap()], ARITHMETIC);
    }
    let row = vectorizer.transform(&test.texts[..1]);
    let expected = golden["first_test_row"].as_array().unwrap();
    assert_eq!(row.row(0).count(), expected.len());
    for ((column, value), expected) in row.row(0).zip(expected) {
        assert_eq!(vocabulary[column], expected[0]);
        assert_close(&[value], &[expected[1].as_f64().unwrap()], ARITHMETIC);
    }
}

/// Fits with the tolerance of the golden fit, and compares the number of iterations, the parameters and the predictions.
fn check_fit(train: &Rows, test: &Rows, n_classes: usize, golden: &Value) {
    let tolerance = golden["tolerance"].as_f64().unwrap();
    let mut config = LogisticRegressionConfig::default();
    config.tolerance = tolerance;
    let model = TfidfLogisticRegression::fit_with(&train.texts, &train.labels, n_classes, &config).unwrap();
    let classifier = model.classifier();
    assert!(classifier.stop().is_converged());
    if tolerance == LogisticRegressionConfig::default().tolerance {
        assert_eq!(classifier.n_iterations(), golden["n_iterations"]);
    }
    let norm = classifier
        .weights()
        .iter()
        .map(|weight| weight * weight)
        .sum::<f64>()
        .sqrt();
    assert_close(&[norm], &[golden["coefficient_norm"].as_f64().unwrap()], FIT);
    assert_close(classifier.intercepts(), &numbers(&golden["intercepts"]), FIT);
    let probabilities = model.predict_probabilities(&test.texts);
    let expected: Vec<f64> = golden["probabilities"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(numbers)
        .collect();
    assert_close(&probabilities[..expected.len()], &expected, FIT);
    let expected: Vec<f64> = numbers(&golden["predictions"]);
    let found = predictions(&probabilities, n_classes);
    assert_eq!(found.len(), expected.len());
    for (row, (&found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found as f64, expected, "row {row}");
    }
}

#[test]
fn fits_of_eight_classes_agree_with_scikit_learn() {
    let Corpus { train, test, golden } = corpus();
    for golden in golden["all_classes"].as_array().unwrap() {
        check_fit(&train, &test, 8, golden);
    }
}

#[test]
fn fits_of_two_classes_agree_with_scikit_learn() {
    let Corpus {
        mut train,
        test,
        golden,
    } = corpus();
    // In the golden file, the second class is `bug`, which is the first of the eight labels.
    train
        .labels
        .iter_mut()
        .for_each(|label| *label = usize::from(*label == 0));
    for golden in golden["two_classes"].as_array().unwrap() {
        check_fit(&train, &test, 2, golden);
    }
}

#[test]
fn dense_and_sparse_features_give_the_same_fit() {
    let Corpus { train, .. } = corpus();
    let vectorizer = TfidfVectorizer::fit(&train.texts[..150]).unwrap();
    let sparse = vectorizer.transform(&train.texts[..150]);
    let n_columns = sparse.n_columns();
    let mut values = vec![0.0; 150 * n_columns];
    for row in 0..150 {
        for (column, value) in sparse.row(row) {
            values[row * n_columns + column] = value;
        }
    }
    let dense = DenseMatrix::new(n_columns, values).unwrap().into();
    let config = LogisticRegressionConfig::default();
    let fit = |features: &DesignMatrix| {
        let model = LogisticRegression::fit(features, &train.labels[..150], 8, &config).unwrap();
        model.predict_probabilities(features).unwrap()
    };
    assert_close(&fit(&dense), &fit(&sparse.into()), FIT);
}
