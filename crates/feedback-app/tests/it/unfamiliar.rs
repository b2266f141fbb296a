//! Texts about something else: the columns that `predict` writes. `feedback-pipeline` tests which texts are unfamiliar.

use crate::place::{Place, feedback, lines};

#[test]
fn unfamiliar_texts_are_counted_and_a_model_that_does_not_know_them_has_no_columns() {
    let place = Place::new();
    let rows = feedback(30);
    place.write("train.jsonl", lines(&rows[..160]));
    place.write("validation.jsonl", lines(&rows[160..200]));
    place.run(
        "train --drop-leaked --train train.jsonl --validation validation.jsonl --head-only --max-length 32 --output model --run-dir run",
    );
    place.write(
        "texts.csv",
        "text\nboil the rice for ten minutes and add salt\nthe moon is full in april\n",
    );
    let predicted = place.run("predict --model model --input texts.csv --output predicted.jsonl");
    let rows = place.json_lines("predicted.jsonl");
    assert!(rows.iter().all(|row| row["unfamiliarity"].is_f64()), "{rows:?}");
    let found = rows.iter().filter(|row| row["unfamiliar"] == true).count();
    assert!(found > 0, "{rows:?}");
    let _ = predicted.says(&[&format!("{found} of 2 texts are unlike the training texts")]);

    // A model folder of an earlier version.
    fs_err::remove_file(place.path("model/known_texts.safetensors")).unwrap();
    let mut manifest = place.json("model/feedback.json");
    manifest["files"]
        .as_object_mut()
        .unwrap()
        .remove("known_texts.safetensors");
    place.write("model/feedback.json", manifest.to_string());
    place.run("predict --model model --input texts.csv --output predicted.csv");
    let header = place.read("predicted.csv").lines().next().unwrap().to_owned();
    assert!(
        header.contains("unknown_share") && !header.contains("unfamiliar"),
        "{header}"
    );
}
