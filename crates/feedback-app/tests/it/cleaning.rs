//! Text cleaning as a program: notes, columns and previews. `feedback-pipeline` tests that predictions clean what training cleaned.

use serde_json::{Value, json};

use crate::place::{Place, lines};

const HTML: &str = "<p>It crashes &amp; freezes.</p>Mail me: ann@example.org";
const CLEAN: &str = "It crashes & freezes.\nMail me: [email]";
const SWITCHES: &str = "--strip-html --decode-entities --mask-personal-data";

fn rows() -> Vec<Value> {
    let row = |n: usize| match n % 2 {
        0 => json!({"text": format!("<p>page {n} crashes</p> call +49 30 1234{n:02}"), "label": "bug"}),
        _ => json!({"text": format!("I love the look of page {n}"), "label": "praise"}),
    };
    (0..60).map(row).collect()
}

fn trained() -> Place {
    let place = Place::new();
    place.write("data.jsonl", lines(&rows()));
    let call = format!(
        "train --data data.jsonl --model scratch:tiny --epochs 1 --output model --run-dir run {SWITCHES}"
    );
    place.run(&call).says(&["30 rows: the text was cleaned"]);
    place
}

#[test]
fn a_model_cleans_what_its_training_cleaned() {
    let place = trained();
    place.write(
        "in.jsonl",
        lines(&[
            json!({"text": HTML}),
            json!({"text": CLEAN}),
            json!({"text": "fine"}),
        ]),
    );
    place
        .run("predict --model model --input in.jsonl --output out.jsonl --explain")
        .says(&["1 rows: the text was cleaned"]);
    let found = place.json_lines("out.jsonl");
    assert_eq!(found[0]["text"], HTML, "the text stays as it is");
    assert_eq!(found[0]["scores"], found[1]["scores"]);
    assert_eq!(found[0]["explanation"]["cleaned_text"], CLEAN);
    assert_eq!(found[1]["explanation"].get("cleaned_text"), None);
    assert_eq!(found[0]["explanation"]["words"], found[1]["explanation"]["words"]);
    place
        .program("evaluate --model model --data data.jsonl --format json")
        .run()
        .code(0)
        .says(&["30 rows: the text was cleaned"]);
}

#[test]
fn masking_on_request_is_written_too() {
    let place = Place::with_model();
    let again = "call +49 30 123456 or write to Ann@Example.org";
    place.write(
        "in.jsonl",
        lines(&[
            json!({"text": HTML}),
            json!({"text": again, "mail": "ann@example.org"}),
        ]) + "{\"txt\": \"ann@example.org\"}\n",
    );
    let call = "predict --model tiny-bert --input in.jsonl --output out.jsonl --mask-personal-data";
    assert!(place.program(call).run().code(3).stdout.is_empty());
    let found = place.json_lines("out.jsonl");
    assert_eq!(
        found[0]["text"],
        "<p>It crashes &amp; freezes.</p>Mail me: [email]"
    );
    assert_eq!(found[1]["text"], "call [phone] or write to [email]");
    assert_eq!(found[1]["mail"], "ann@example.org", "other fields stay");
    let rejected = place.read("out.jsonl.rejected.jsonl");
    assert!(
        !rejected.contains("ann@") && rejected.contains("[email]"),
        "{rejected}"
    );

    place.write("key", "0123456789abcdef\n");
    let call = "predict --model tiny-bert --input in.jsonl --output out.jsonl --mask-personal-data --pseudonym-key-file key";
    assert!(place.program(call).run().code(3).stdout.is_empty());
    let masked = place.json_lines("out.jsonl");
    let text = |row: usize| masked[row]["text"].as_str().unwrap();
    let pseudonym = text(0).rsplit(' ').next().unwrap();
    assert!(
        pseudonym.starts_with("[email:") && text(1).ends_with(pseudonym),
        "{masked:?}"
    );
    assert_eq!(masked[0]["scores"], found[0]["scores"], "the model reads [email]");
    place.write("key", "short");
    place.refuses(call, 1, &["5 bytes, expected at least 16", "openssl rand"]);
    place.refuses(
        "predict --model tiny-bert x --pseudonym-key-file key",
        2,
        &["--mask-personal-data"],
    );
}

#[test]
fn inspect_previews_each_step() {
    let place = Place::new();
    let mut rows = rows();
    rows[3]["text"] = json!("See https://example.org/a");
    place.write("data.jsonl", lines(&rows));
    let found = place
        .program("inspect data.jsonl --format json")
        .run()
        .code(0)
        .json();
    let steps: Vec<(&str, u64)> = found["cleaning"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["step"].as_str().unwrap(), step["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        steps,
        [
            ("strip_html", 30),
            ("replace_urls", 1),
            ("mask_personal_data", 30)
        ]
    );
    let first = &found["cleaning"][0]["examples"];
    assert_eq!(first.as_array().unwrap().len(), 3);
    assert_eq!(
        first[0],
        json!({"line": 1, "before": "<p>page 0 crashes</p> call +49 30 123400", "after": "page 0 crashes\ncall +49 30 123400"})
    );
    let found = place.run("inspect data.jsonl");
    for part in [
        "--strip-html",
        "line 4: “See https://example.org/a” → “See [url]”",
    ] {
        assert!(found.stdout.contains(part), "`{part}`: {found}");
    }
    place.refuses(
        "inspect data.jsonl --strip-html",
        2,
        &["cleaning needs a file to write to", "--output"],
    );
    let found = place
        .program("inspect data.jsonl --output clean.csv --strip-html --replace-urls --format json")
        .run()
        .code(0)
        .json();
    assert_eq!(found["output"]["cleaned"], 31);
    assert!(place.read("clean.csv").contains("See [url]"));
}

#[test]
fn insight_quotes_cleaned_texts() {
    let place = Place::new();
    let mut rows = rows();
    for (n, row) in rows.iter_mut().enumerate() {
        row["created_at"] = json!(format!("2025-0{}-1{}", 1 + n / 20, n % 10));
    }
    place.write("data.jsonl", lines(&rows));
    place
        .run(&format!("insight data.jsonl --report report --seed 1 {SWITCHES}"))
        .says(&["30 rows: the text was cleaned"]);
    let report = place.read("report/insight.json");
    assert!(!report.contains("<p>") && !report.contains("+49"));
}

#[test]
fn a_first_model_cleans_what_start_cleaned() {
    let place = Place::new();
    place.write("texts.jsonl", lines(&rows()));
    place
        .run(&format!(
            "start --unlabelled texts.jsonl --label-names bug,praise --ask 0 --output model {SWITCHES}"
        ))
        .says(&["30 rows: the text was cleaned"]);
    assert_eq!(
        place.json("model/feedback.json")["cleaning"],
        json!({"strip_html": true, "decode_entities": true, "mask_personal_data": true})
    );
    let scores = |text: &str| {
        let predict = place.program("predict --model model --format json").arg(text);
        predict.run().code(0).json()[0]["scores"].clone()
    };
    assert_eq!(scores(HTML), scores(CLEAN));
}
