//! Answers and descriptions become a model.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};

use feedback_bert::{Device, DeviceChoice};
use feedback_clean::Cleaning;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_heads::{LabelDescription, read_labels};
use feedback_start::{Encoder, LabelledFile, Session, Texts, ask, propose_labels};
use feedback_testkit::recipes::{Place, feedback, lines};
use serde_json::{Value, json};

use crate::person::Person;

const LABELS: [&str; 8] = [
    "bug",
    "feature_request",
    "praise",
    "complaint",
    "question",
    "usage_tip",
    "documentation",
    "other",
];

fn named(names: &[&str]) -> Vec<LabelDescription> {
    names.iter().map(|&name| LabelDescription::new(name)).collect()
}

fn device() -> Device {
    DeviceChoice::Auto.open().unwrap().0
}

fn builtin() -> Encoder {
    Encoder::new(feedback_builtin::folder().unwrap(), "builtin")
}

/// Writes texts without labels, with a repeated one and an empty one, and returns the label of each text.
fn unlabelled(place: &Place, per_label: usize) -> BTreeMap<String, String> {
    let rows = feedback(per_label);
    let text = |row: &Value| row["text"].as_str().unwrap().to_owned();
    let mut texts: Vec<Value> = rows.iter().map(|row| json!({ "text": text(row) })).collect();
    texts.push(json!({ "text": text(&rows[0]).to_uppercase() }));
    texts.push(json!({ "text": " " }));
    place.write("reviews.jsonl", lines(&texts));
    let label = |row: &Value| row["label"].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row), label(row))).collect()
}

fn read(place: &Place, name: &str) -> Texts {
    read_field(place, name, "text")
}

fn read_field(place: &Place, name: &str, text_field: &str) -> Texts {
    let mut options = ReadOptions::default();
    options.text_field = text_field.to_owned();
    Texts::read(&place.path(name), &options, OnBadRow::SetAside, 10_000, 42).unwrap()
}

/// Asks for four answers, after those of the file, and writes the model.
fn ask_four(place: &Place, texts: &Texts, input: impl BufRead, output: impl Write) {
    let file = LabelledFile::new(place.path("labelled.jsonl"));
    let classifier = builtin().load(&device()).unwrap();
    let mut session = Session::new(&classifier, &texts.texts, named(&LABELS), 42).unwrap();
    session.restore(&file.read().unwrap()).unwrap();
    ask(&mut session, &file, 4, input, output).unwrap();
    publish(place, &session, &builtin());
}

fn publish(place: &Place, session: &Session<'_>, encoder: &Encoder) {
    let names: Vec<String> = session.labels().iter().map(|label| label.name.clone()).collect();
    let (head, answers) = (session.head().unwrap(), session.answers().len());
    encoder
        .publish(head, &names, answers, 42, &place.path("model"), &device())
        .unwrap();
}

#[test]
fn answers_become_a_file_and_a_model_and_are_continued() {
    let place = Place::new();
    let truth = unlabelled(&place, 5);
    let texts = read(&place, "reviews.jsonl");
    assert_eq!((texts.texts.len(), texts.repeated, texts.set_aside), (40, 1, 1));
    let (person, screen) = Person::new(&truth);
    ask_four(&place, &texts, BufReader::new(person), screen);
    let answers = place.json_lines("labelled.jsonl");
    assert_eq!(answers.len(), 4);
    for answer in &answers {
        assert_eq!(
            answer["label"].as_str(),
            truth.get(answer["text"].as_str().unwrap()).map(String::as_str)
        );
    }
    assert_eq!(place.json("model/feedback.json")["kind"], "few_shot");

    // The next questions are about other texts, a label can be added, and the last answer taken back.
    let mut shown = Vec::new();
    let given = b"+price\nu\n+refunds\ns\nnonsense\n1\nq\n";
    ask_four(&place, &texts, &given[..], &mut shown);
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("enter a number from 1 to"), "{shown}");
    let answers = place.json_lines("labelled.jsonl");
    let labels: Vec<&str> = answers
        .iter()
        .filter_map(|answer| answer["label"].as_str())
        .collect();
    assert_eq!(labels[4..], ["refunds", "bug"], "{labels:?}");
    let classifier = place.classifier("model").unwrap();
    assert!(classifier.labels().iter().any(|label| label == "refunds"));
    classifier.predict("It crashes when I save").unwrap();
}

#[test]
fn descriptions_alone_give_a_model() {
    let place = Place::new();
    let truth = unlabelled(&place, 12);
    let descriptions = [
        "reports that something is broken: a crash, an error, a wrong result, lost data",
        "asks for something new, or for a thing to work differently",
        "is pleased, and wants nothing done",
        "is displeased with price, policy, service, people, speed, look or quality",
        "wants to know something: how, when, whether, who, how much",
        "tells other users how to get more out of the product: a shortcut, a workaround",
        "speaks about manuals, help pages, API references, tutorials, changelogs or READMEs",
        "greetings, administration, out-of-office, spam, wrong address, empty phrases",
    ];
    let blocks: String = LABELS
        .iter()
        .zip(descriptions)
        .map(|(name, text)| format!("[[labels]]\nname = \"{name}\"\ndescription = \"{text}\"\n"))
        .collect();
    place.write("labels.toml", blocks);
    let labels = read_labels(&place.path("labels.toml")).unwrap();
    let texts = read(&place, "reviews.jsonl");
    let classifier = builtin().load(&device()).unwrap();
    let session = Session::new(&classifier, &texts.texts, labels, 42).unwrap();
    assert!(
        session.estimate().unwrap().is_none(),
        "nothing is known about its errors"
    );
    publish(&place, &session, &builtin());
    assert_eq!(place.json("model/feedback.json")["kind"], "zero_shot");
    let model = place.classifier("model").unwrap();
    let predicted = model.predict_many(&texts.texts).unwrap();
    let right = texts
        .texts
        .iter()
        .zip(&predicted)
        .filter(|(text, found)| truth.get(*text) == Some(&found.predicted_label))
        .count();
    assert!(
        right >= 48,
        "{right} of 96 texts are right; by chance it would be 12"
    );
}

#[test]
fn labels_are_proposed_from_the_themes_of_the_texts() {
    let place = Place::new();
    let rows = fs_err::read_to_string(feedback_testkit::fixture("reviews.csv")).unwrap();
    place.write("reviews.csv", rows);
    let texts = read_field(&place, "reviews.csv", "Review");
    let classifier = builtin().load(&device()).unwrap();
    let labels = propose_labels(&classifier, &texts.texts, 42).unwrap();
    assert!(labels.len() >= 4, "{labels:?}");
    assert!(
        labels.iter().any(|label| label.name == "app crashes"),
        "{labels:?}"
    );
}

#[test]
fn a_first_model_cleans_what_was_cleaned_for_it() {
    let place = Place::new();
    let row = |n: usize| match n % 2 {
        0 => json!({"text": format!("<p>page {n} crashes</p> call +49 30 1234{n:02}")}),
        _ => json!({"text": format!("I love the look of page {n}")}),
    };
    place.write("texts.jsonl", lines(&(0..60).map(row).collect::<Vec<_>>()));
    let texts = read(&place, "texts.jsonl");
    let mut encoder = builtin();
    encoder.cleaning = {
        let mut cleaning = Cleaning::default();
        cleaning.strip_html = true;
        cleaning.decode_entities = true;
        cleaning.mask_personal_data = true;
        cleaning
    };
    let classifier = encoder.load(&device()).unwrap();
    let labels = named(&["bug", "praise"]);
    let session = Session::new(&classifier, &texts.texts, labels, 42).unwrap();
    publish(&place, &session, &encoder);
    assert_eq!(
        place.json("model/feedback.json")["cleaning"],
        json!({"strip_html": true, "decode_entities": true, "mask_personal_data": true})
    );
    let model = place.classifier("model").unwrap();
    let html = "<p>It crashes &amp; freezes.</p>Mail me: ann@example.org";
    let clean = "It crashes & freezes.\nMail me: [email]";
    let [html, clean] = [html, clean].map(|text| model.predict(text).unwrap().scores);
    assert_eq!(html, clean);
}
