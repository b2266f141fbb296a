//! Text cleaning: what training cleans, prediction cleans too.

use feedback_testkit::recipes::{Place, lines};
use serde_json::{Value, json};

const HTML: &str = "<p>It crashes &amp; freezes.</p>Mail me: ann@example.org";
const CLEAN: &str = "It crashes & freezes.\nMail me: [email]";
const SWITCHES: &str = "--strip-html --decode-entities --mask-personal-data";
const TRAIN: &str = "--data data.jsonl --model scratch:tiny --epochs 1 --output model --run-dir run";

fn place() -> Place {
    let row = |n: usize| match n % 2 {
        0 => json!({"text": format!("<p>page {n} crashes</p> call +49 30 1234{n:02}"), "label": "bug"}),
        _ => json!({"text": format!("I love the look of page {n}"), "label": "praise"}),
    };
    let place = Place::new();
    place.write("data.jsonl", lines(&(0..60).map(row).collect::<Vec<Value>>()));
    place
}

#[test]
fn a_model_cleans_what_its_training_cleaned() {
    let place = place();
    let trained = place.train(&format!("{TRAIN} {SWITCHES}")).unwrap();
    assert_eq!(trained.notices.data.unwrap().cleaned, 30);
    assert_eq!(trained.summary.cleaned, 30);
    assert_eq!(
        place.json("model/feedback.json")["cleaning"],
        json!({"strip_html": true, "decode_entities": true, "mask_personal_data": true})
    );
    assert!(
        place
            .read("model/README.md")
            .contains("`strip_html`, `decode_entities`, `mask_personal_data`")
    );
    for file in ["train", "validation", "test"] {
        let text = place.read(&format!("run/data/{file}.jsonl"));
        assert!(!text.contains("<p>") && !text.contains("+49"), "{text}");
    }
    let classifier = place.classifier("model").unwrap();
    let [html, clean] = [HTML, CLEAN].map(|text| classifier.predict(text).unwrap());
    assert_eq!(html.scores, clean.scores);
    // The rows of training are recognised although `data.jsonl` has them as they were.
    let measured = place.measure(&classifier, "model", "data.jsonl").unwrap();
    assert_eq!(measured.examples.n_cleaned(&measured.dataset), 30);
    let seen = &measured.found.leakage;
    assert_eq!(seen.in_train + seen.in_validation, 48, "{seen:?}");
}

#[test]
fn training_without_switches_cleans_nothing() {
    let place = place();
    let trained = place.train(TRAIN).unwrap();
    assert_eq!(trained.notices.data.unwrap().cleaned, 0);
    assert_eq!(place.json("model/feedback.json").get("cleaning"), None);
    assert!(place.read("run/data/train.jsonl").contains("<p>"));
}
