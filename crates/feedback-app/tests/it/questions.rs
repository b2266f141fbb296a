//! Several questions about a text, as flags. `feedback-pipeline` tests what the models answer.

use crate::place::Place;

#[test]
fn further_fields_are_named_after_the_label() {
    let place = Place::with_model();
    let path = feedback_testkit::fixture("feedback_train2.jsonl");
    let rows = fs_err::read_to_string(path).unwrap();
    let rows: Vec<&str> = rows.lines().take(300).collect();
    place.write("train.jsonl", rows[..250].join("\n"));
    place.write("test.jsonl", rows[250..].join("\n"));
    let train = "train --train train.jsonl --test test.jsonl --allow-leakage --model tiny-bert --epochs 1 --max-length 32 \
                 --output model --run-dir run";
    place.run(&format!("{train} --label-field label,urgency"));
    let found = place.run("evaluate --model model --data test.jsonl").stdout;
    assert!(found.contains("further questions:\nurgency: 50 rows"), "{found}");
    place.run("predict --model model --input test.jsonl --output out.jsonl");
    assert_eq!(
        place.json_lines("out.jsonl")[0]["answers"][0]["question"],
        "urgency"
    );
    place.refuses(
        &format!("{train}2 --label-field label,nothing"),
        1,
        &["no row has a value in the field `nothing`", "check the name"],
    );
}
