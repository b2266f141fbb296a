//! The ten files of the tour in `docs/guide.md`: `inspect` and `predict` read them without an option.

use serde_json::Value;

use crate::place::Place;

/// Each file, and the number of rows that people rejected.
pub(crate) const TOUR: [(&str, usize); 10] = [
    ("three_sheets.xlsx", 0),
    ("jira.csv", 0),
    ("google_play.csv", 0),
    ("label_studio.json", 1),
    ("reviews.zip", 0),
    ("zendesk.json", 0),
    ("qualtrics.csv", 0),
    ("prodigy.jsonl", 2),
    ("rasa.yml", 0),
    ("datasets.parquet", 0),
];

fn tour(name: &str) -> String {
    feedback_testkit::fixture("tour").join(name).display().to_string()
}

#[test]
fn the_tour_is_inspected_and_classified_without_an_option() {
    let place = Place::with_model();
    for (name, rejected) in TOUR {
        let path = tour(name);
        let code = if rejected > 0 { 3 } else { 0 };
        let found = place
            .program(&format!("inspect {path} --format json"))
            .run()
            .code(code)
            .json();
        assert_eq!(
            (&found["rows"]["usable"], &found["rows"]["bad"]),
            (&Value::from(8), &Value::from(rejected)),
            "{name}"
        );
        assert_eq!(
            found["mapping"]["first_rows"].as_array().unwrap().len(),
            5,
            "{name}"
        );
        let shown = place.program(&format!("inspect {path}")).run().code(code).stdout;
        assert!(shown.contains("  text   `"), "{shown}");
        let printed = place
            .program(&format!(
                "predict --model tiny-bert --input {path} --output {name}.jsonl"
            ))
            .run()
            .code(code);
        let lines = place.json_lines(&format!("{name}.jsonl"));
        assert_eq!(lines.len(), 8, "{name}: {}", printed.stderr);
        assert!(
            lines.iter().all(|line| line["predicted_label"].is_string()),
            "{name}"
        );
        assert_eq!(
            printed.stderr.contains("set aside"),
            rejected > 0,
            "{name}: {}",
            printed.stderr
        );
    }
}
