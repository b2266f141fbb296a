//! Several questions about a text: one model, one pass.

use feedback_pipeline::train::TrainOptions;
use feedback_testkit::recipes::{Place, Refusal};

/// The first rows of the second corpus, which have a label, a sentiment, an urgency and aspects.
fn write_rows(place: &Place) {
    let path = feedback_testkit::fixture("feedback_train2.jsonl");
    let rows = fs_err::read_to_string(path).unwrap();
    let rows: Vec<&str> = rows.lines().take(900).collect();
    place.write("train.jsonl", rows[..600].join("\n"));
    place.write("validation.jsonl", rows[600..750].join("\n"));
    place.write("test.jsonl", rows[750..].join("\n"));
}

const FILES: &str = "--train train.jsonl --validation validation.jsonl --test test.jsonl --allow-leakage";

fn asking(place: &Place, line: &str, questions: &[&str]) -> Result<TrainOptions, Refusal> {
    let mut options = place.options(&format!("{FILES} {line}"))?;
    options.data.questions = questions.iter().map(|&name| name.to_owned()).collect();
    Ok(options)
}

#[test]
fn a_linear_classifier_learns_each_field() {
    let place = Place::new();
    write_rows(&place);
    let line = "--head-only --output model --run-dir run";
    let options = asking(&place, line, &["sentiment", "aspects"]).unwrap();
    place.train_with(&options).unwrap();
    let found = place.evaluate("model", "test.jsonl").unwrap();
    let answers = found["answers"].as_array().unwrap();
    let of = |name: &str| answers.iter().find(|one| one["question"] == name).unwrap();
    assert_eq!(of("sentiment")["n"], 150);
    assert!(of("sentiment")["accuracy"].as_f64().unwrap() > 0.7, "{answers:?}");
    assert!(of("aspects")["micro_f1"].as_f64().unwrap() > 0.3, "{answers:?}");
    // The built-in encoder still answers what it answered before.
    assert_eq!(of("urgency")["n"], 150);
    let text = place.json_lines("test.jsonl")[0]["text"].clone();
    let classifier = place.classifier("model").unwrap();
    let predicted = classifier.predict(text.as_str().unwrap()).unwrap();
    let asked: Vec<&str> = predicted
        .answers
        .iter()
        .map(|answer| answer.question.as_str())
        .collect();
    assert_eq!(asked.len(), 3, "{predicted:?}");
    assert!(
        asked.contains(&"sentiment") && asked.contains(&"aspects"),
        "{asked:?}"
    );
}

#[test]
fn a_fine_tuned_model_answers_further_fields_too() {
    let place = Place::with_model();
    write_rows(&place);
    let train = |run: &str, question: &str| {
        let line = format!("--model tiny-bert --epochs 1 --max-length 32 --output model --run-dir {run}");
        place.train_with(&asking(&place, &line, &[question])?)
    };
    train("run", "urgency").unwrap();
    let found = place.evaluate("model", "test.jsonl").unwrap();
    assert_eq!(
        (&found["answers"][0]["question"], &found["answers"][0]["n"]),
        (&"urgency".into(), &150.into())
    );
    place.refused(
        || train("run2", "nothing"),
        &["no row has a value in the field `nothing`", "check the name"],
    );
}
