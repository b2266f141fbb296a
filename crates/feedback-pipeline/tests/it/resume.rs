//! Runs that are resumed and reproduced. `feedback-app` tests runs that are killed and interrupted.

use feedback_testkit::contents;
use feedback_testkit::recipes::{Place, feedback, lines};

/// 18 updates in 2 epochs, with a checkpoint every 2 updates and an evaluation every 3.
const RUN: &str = "--data feedback.jsonl --model scratch:tiny --epochs 2 --max-length 16 --seed 7 \
    --per-device-train-batch-size 8 --save-strategy steps --save-steps 2 --eval-strategy steps --eval-steps 3 \
    --logging-steps 2 --output model --run-dir run";

fn finished() -> Place {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(12)));
    place.train(RUN).unwrap();
    place
}

#[test]
fn a_damaged_checkpoint_is_reported_and_the_previous_one_is_used() {
    let place = finished();
    let expected = contents(&place.path("model"));
    let files = || -> Vec<String> {
        let names = place.names("run").into_iter();
        names.filter(|name| !name.starts_with("checkpoint-")).collect()
    };
    let names = files();
    let mut report = place.json("run/report.json");
    let state = place.json("run/trainer_state.json");
    let updates = |place: &Place| {
        let mut events = place.json_lines("run/events.jsonl");
        for event in &mut events {
            event.as_object_mut().unwrap().remove("time");
        }
        events
    };
    let events = updates(&place);
    // Simulates a kill right before the end of the run.
    for name in ["report.json", "trainer_state.json"] {
        fs_err::remove_file(place.path(&format!("run/{name}"))).unwrap();
    }
    let weights = "run/checkpoint-18/model.safetensors";
    let mut bytes = place.bytes(weights);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.write(weights, bytes);
    let notices = place.resume("run").unwrap().notices;
    assert_eq!(notices.resumed, Some(16));
    assert_eq!(notices.damaged.len(), 1);
    assert!(
        notices.damaged[0].contains("checkpoint-18.damaged: `model.safetensors` has changed"),
        "{:?}",
        notices.damaged
    );
    assert!(
        contents(&place.path("model")) == expected,
        "the model files differ"
    );
    assert_eq!(files(), names);
    let mut again = place.json("run/report.json");
    for report in [&mut report, &mut again] {
        report["seconds"] = 0.into();
    }
    assert_eq!(again, report);
    assert_eq!(updates(&place), events);
    assert_eq!(place.json("run/trainer_state.json"), state);
}

#[test]
fn a_run_is_resumed_only_with_its_original_inputs() {
    let place = finished();
    place.refused(|| place.resume("run"), &["is finished", "reproduce"]);
    place.refused(
        || place.resume("nothing"),
        &["is not a run folder", "arguments.json"],
    );
    fs_err::remove_file(place.path("run/report.json")).unwrap();
    place.refused(|| place.reproduce("run", "again"), &["is not finished", "resume"]);
    place.refused(|| place.train(RUN), &["contains an interrupted run"]);
    let mut rows = feedback(12);
    rows.pop();
    place.write("feedback.jsonl", lines(&rows));
    let refusal = place.resume("run").unwrap_err();
    assert!(!refusal.is_usage && refusal.hint.is_some());
    place.check_message(
        &refusal,
        &[
            "the inputs of the run in `run` have changed",
            "/data/files/feedback.jsonl/sha256",
        ],
    );
}

#[test]
fn a_run_is_reproduced_and_every_difference_is_reported() {
    let place = finished();
    let again = place.reproduce("run", "again").unwrap();
    assert!(again.differences.is_empty(), "{:?}", again.differences);
    assert!(place.path("again/model/model.safetensors").is_file());

    let mut report = place.json("run/report.json");
    report["test"]["accuracy"] = 2.into();
    report["model_sha256"] = "0".into();
    place.write("run/report.json", report.to_string());
    let differences = place.reproduce("run", "third").unwrap().differences.join("\n");
    assert!(
        differences.contains("report.json /test/accuracy")
            && differences.contains("report.json /model_sha256"),
        "{differences}"
    );
}

#[test]
fn settings_are_checked_before_a_run_begins() {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(12)));
    let refuses = |flags: &str, part: &str| {
        place.refused_setting(|| place.train(&format!("{RUN} {flags}")), &[part]);
    };
    refuses("--bf16 true", "`bf16`");
    refuses("--lr-scheduler-kwargs {\"pover\":2}", "pover");
    refuses("--label-smoothing-factor 1", "label_smoothing_factor");
}
