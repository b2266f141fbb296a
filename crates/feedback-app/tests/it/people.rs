//! `train --corrections`: people in the loop, and the model card that mentions them.

use serde_json::{Value, json};

use crate::place::{Place, lines};

/// Creates a folder with 32 training rows, 16 validation rows and 16 test rows of two labels, and 4 unlabelled texts.
fn place() -> Place {
    let place = Place::with_model();
    let rows = |name: &str, n: usize| -> Vec<Value> {
        let row = |index: usize| match index % 2 {
            0 => json!({"text": format!("it crashes on the {name} page {index}"), "label": "bug"}),
            _ => json!({"text": format!("i love the {name} page {index}"), "label": "praise"}),
        };
        (0..n).map(row).collect()
    };
    place.write("train.jsonl", lines(&rows("train", 32)));
    place.write("validation.jsonl", lines(&rows("validation", 16)));
    place.write("test.jsonl", lines(&rows("test", 16)));
    let unlabelled = [
        "It crashes on the TEST page 0!",
        "new text one",
        "new text two",
        "new text three",
    ];
    place.write("more.jsonl", lines(&unlabelled.map(|text| json!({"text": text}))));
    place
}

const CALL: &str = "train --train train.jsonl --validation validation.jsonl --test test.jsonl --model tiny-bert \
    --epochs 2 --max-length 16 --output model --run-dir run";

#[test]
fn answers_from_a_file_are_checked_used_and_logged() {
    let place = place();
    fs_err::create_dir_all(place.path("run/corrections")).unwrap();
    let answers = [
        json!({"id": "train:1", "label": "praise", "by": "bert"}),
        json!({"id": "unlabelled:2", "label": "bug"}),
        json!({"id": "unlabelled:1", "label": "bug"}),
        json!({"id": "validation:3", "label": "praise"}),
        json!({"id": "test:1", "label": "praise"}),
    ];
    place.write("run/corrections/answers.jsonl", lines(&answers));
    let found = place.run(&format!(
        "{CALL} --corrections file --unlabelled more.jsonl --corrections-limit 5 --corrected-by anna --format json"
    ));
    let corrections = &found.json()["corrections"];
    assert_eq!(
        corrections["decisions"],
        json!({"enters_training": 1, "relabelled": 1, "leaves_metrics": 1, "refused": 2})
    );
    assert_eq!(corrections["unread"], 0);
    let audit = place.json_lines("run/corrections/audit.jsonl");
    let answered: Vec<&Value> = audit.iter().filter(|line| line["event"] == "answer").collect();
    assert_eq!(answered.len(), 5);
    assert_eq!(
        (&answered[0]["by"], &answered[0]["old"], &answered[0]["new"]),
        (&"bert".into(), &"bug".into(), &"praise".into())
    );
    assert_eq!(answered[1]["by"], "anna");
    assert!(
        answered[2]["why"]
            .as_str()
            .unwrap()
            .contains("the same text is in test")
    );
    assert_eq!(audit.iter().filter(|line| line["event"] == "epoch").count(), 2);
    assert!(place.json_lines("run/corrections/queue.jsonl").len() <= 5);
    assert_eq!(place.json_lines("run/data/unlabelled.jsonl").len(), 4);
    let measured = place
        .run("evaluate --model model --data test.jsonl --format json")
        .json();
    assert_eq!(
        measured["leakage"],
        json!({"known": true, "in_train": 0, "in_validation": 0})
    );
    let seen = place
        .run("evaluate --model model --data validation.jsonl --format json")
        .json();
    assert_eq!(
        seen["leakage"],
        json!({"known": true, "in_train": 0, "in_validation": 16})
    );
    let card = place.read("model/README.md");
    assert!(
        card.contains("relabelled 1 training rows, removed 0 training rows, labelled 1 new texts"),
        "{card}"
    );
}

#[test]
fn training_never_waits_for_the_terminal() {
    let place = place();
    let found = place.run(&format!("{CALL} --corrections --corrected-by anna"));
    assert!(
        found.stdout.contains("corrections: no answers"),
        "{}",
        found.stdout
    );
    // Typed answers are written to `answers.jsonl`, even if no epoch is left to use them.
    let place = self::place();
    let call = CALL.replace("--epochs 2", "--epochs 12");
    let program = place.program(&format!("{call} --corrections terminal --corrected-by anna"));
    let found = program.input("nonsense\nd\n").run().code(0);
    if found.stderr.contains("noted") {
        let answers = place.json_lines("run/corrections/answers.jsonl");
        assert_eq!(
            (&answers[0]["by"], &answers[0]["drop"]),
            (&"anna".into(), &true.into())
        );
    }
}

#[test]
fn corrections_need_a_name_and_unlabelled_needs_corrections() {
    let place = place();
    place.refuses(&format!("{CALL} --unlabelled more.jsonl"), 2, &["--corrections"]);
    // A resumed run asks as many rows as before.
    for run in ["--resume", "--reproduce"] {
        let call = format!("train {run} run --corrections-limit 5");
        place.refuses(&call, 2, &[run, "--corrections-limit"]);
    }
    let nameless = place
        .program(&format!("{CALL} --corrections file"))
        .env("USER", "")
        .env("USERNAME", "")
        .env("LOGNAME", "");
    place.program_refuses(nameless, 2, &["--corrected-by"]);
    place.refuses(&format!("{CALL} --corrections file --folds 3"), 2, &["--folds"]);
}

#[test]
fn the_model_card_describes_data_settings_and_results() {
    let place = place();
    let summary = place
        .run(&format!(
            "{CALL} --learning-rate 0.002 --class-weights balanced --early-stopping-patience 3 --format json"
        ))
        .json();
    let card = place.read("model/README.md");
    let (front, body) = card.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
    for line in [
        "library_name: transformers",
        "pipeline_tag: text-classification",
        "- name: \"model\"",
        "name: \"train.jsonl, validation.jsonl, test.jsonl (test)\"",
    ] {
        assert!(front.contains(line), "{line}: {front}");
    }
    assert!(
        !front.contains("base_model"),
        "the name of a folder is not a model name on the hub: {front}"
    );
    let accuracy = summary["test"]["accuracy"].as_f64().unwrap();
    assert!(front.contains(&format!("value: {accuracy:.4}")), "{front}");
    let (low, high) = (
        summary["test"]["accuracy_interval"]["low"].as_f64().unwrap(),
        summary["test"]["accuracy_interval"]["high"].as_f64().unwrap(),
    );
    let hash = place.json("model/feedback.json")["data"]["files"][0]["sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    for part in [
        "| bug | 16 | it crashes on the train page 0 |",
        "| praise | 16 | i love the train page 1 |",
        &format!("| accuracy | {accuracy:.4} | {low:.4} to {high:.4} |"),
        "| learning_rate | 0.002 |",
        "| class_weights | balanced |",
        "| early_stopping_patience | 3 |",
        &hash,
        "32 of training, 16 of validation",
        "## Intended use",
        "## Limits",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    // Without a test set the card says so, instead of presenting the validation set as a test set.
    place.run("train --train train.jsonl --validation validation.jsonl --model tiny-bert --epochs 1 --max-length 16 --output other --run-dir run2");
    let other = place.read("other/README.md");
    assert!(
        other.contains("There was no test set") && !other.contains("model-index"),
        "{other}"
    );
}
