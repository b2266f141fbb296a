//! The recipe behind `evaluate`.

use feedback_dataset::LabelSet;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_pipeline::data::read_labelled;
use feedback_pipeline::evaluate::{examples_for, leave_out_unknown_labels, score};
use feedback_testkit::assert_close;
use feedback_testkit::recipes::{Place, check_evaluation, labelled};

#[test]
fn json_has_the_documented_fields() {
    let place = Place::with_model_and_data();
    let found = place.evaluate("tiny-bert", "train.jsonl").unwrap();
    check_evaluation(&found);
    assert_eq!(found["n"], 80);
    assert_eq!(
        found["leakage"]["known"], false,
        "a model folder of Transformers has no fingerprints"
    );
}

#[test]
fn the_metrics_match_the_predictions() {
    let place = Place::with_model_and_data();
    let classifier = place.classifier("tiny-bert").unwrap();
    let rows = place.json_lines("test.jsonl");
    let texts: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
    let predicted = classifier.predict_many(&texts).unwrap();
    let right = rows
        .iter()
        .zip(&predicted)
        .filter(|(row, predicted)| row["label"] == *predicted.predicted_label)
        .count();
    let found = place.evaluate("tiny-bert", "test.jsonl").unwrap();
    assert_close(
        found["accuracy"].as_f64().unwrap(),
        right as f64 / predicted.len() as f64,
        1e-12,
        "accuracy",
    );
}

#[test]
fn rows_set_aside_are_not_measured() {
    let place = Place::with_model_and_data();
    place.write("some.jsonl", place.read("test.jsonl") + "{\"label\": \"bug\"}\n");
    let read = |on_bad_row| read_labelled(&place.path("some.jsonl"), &ReadOptions::default(), on_bad_row);
    let dataset = read(OnBadRow::SetAside).unwrap();
    assert_eq!((dataset.len(), dataset.set_aside.len()), (16, 1));
    place.refused(|| read(OnBadRow::Fail), &["`some.jsonl`, line 17"]);
}

#[test]
fn rows_with_labels_that_the_model_lacks_are_left_out_on_request() {
    let place = Place::with_model();
    place.write(
        "rows.jsonl",
        labelled(&[
            ("it crashes", "bug"),
            ("love it", "praise"),
            ("hm", "nonsense"),
            ("well", "nonsense"),
        ]),
    );
    place.refused(
        || place.evaluate("tiny-bert", "rows.jsonl"),
        &["nonsense", "`drop_unknown_labels`"],
    );
    let classifier = place.classifier("tiny-bert").unwrap();
    let path = place.path("rows.jsonl");
    let mut dataset = read_labelled(&path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    let labels = LabelSet::new(classifier.labels().to_vec()).unwrap();
    let left_out = leave_out_unknown_labels(&mut dataset, &labels);
    assert_eq!(
        left_out.into_iter().collect::<Vec<_>>(),
        [("nonsense".to_owned(), 2)]
    );
    let examples = examples_for(&classifier, &place.path("tiny-bert"), &dataset).unwrap();
    assert_eq!(score(&classifier, &examples).unwrap().predictions.len(), 2);
}
