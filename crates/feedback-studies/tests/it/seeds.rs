//! Trainings with several seeds on the same rows.

use feedback_studies::{ReplicasReport, replicate};
use feedback_testkit::recipes::{Place, Refusal, as_read};

use crate::place::{CALL, Progress, place, refusal};

fn seeds(place: &Place, flags: &str, seeds: &[u64], folder: &str) -> Result<ReplicasReport, Refusal> {
    let options = place.options(&format!("{CALL} {flags}"))?;
    replicate(&options, seeds, &place.path(folder), &mut Progress::default()).map_err(refusal)
}

#[test]
fn seeds_are_replicas_on_the_same_rows() {
    let place = place();
    let report = as_read(&seeds(&place, "", &[1, 2], "seeds").unwrap());
    assert_eq!(report, place.json("seeds/report.json"));
    let value = |index: usize| report["replicas"][index]["validation"]["loss"].as_f64().unwrap();
    assert_ne!(value(0), value(1));
    let spread = &report["validation"]["loss"];
    assert!((spread["mean"].as_f64().unwrap() - (value(0) + value(1)) / 2.0).abs() < 1e-12);
    let deviation = ((value(0) - value(1)).powi(2) / 2.0).sqrt();
    assert!((spread["standard_deviation"].as_f64().unwrap() - deviation).abs() < 1e-12);
    assert!(report["test"]["accuracy"]["mean"].is_number());
    let data = |seed: u64| place.read(&format!("seeds/seed-{seed}/run/data/train.jsonl"));
    assert_eq!(data(1), data(2));
    // A replica equals a single training with its seed on the same rows.
    place
        .train("--train seeds/seed-1/run/data/train.jsonl --validation seeds/seed-1/run/data/validation.jsonl --model tiny-bert --max-length 16 --epochs 1 --seed 1 --output one --run-dir one-run")
        .unwrap();
    assert!(place.bytes("one/model.safetensors") == place.bytes("seeds/seed-1/model/model.safetensors"));
    place.refused(
        || place.resume("seeds"),
        &[
            "is the folder of a study, not of a run",
            "the command that started the study",
        ],
    );
    place.refused(|| seeds(&place, "", &[1, 1], "twice"), &["seed 1 is given twice"]);
}

#[test]
fn rows_that_replicas_leave_out_are_counted() {
    let place = place();
    place.write("data.jsonl", place.read("data.jsonl") + "{\"text\": \"half\n");
    let options = place.options(&format!("{CALL} --on-bad-row set-aside")).unwrap();
    let mut progress = Progress::default();
    replicate(&options, &[1, 2], &place.path("seeds"), &mut progress).unwrap();
    assert_eq!(progress.set_aside, [1, 1], "each training reads the file");
}
