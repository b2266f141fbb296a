//! Searches for the best settings.

use feedback_studies::{Search, SweepReport, sweep};
use feedback_testkit::recipes::{Place, Refusal, as_read};
use serde_json::json;

use crate::place::{CALL, Progress, place, refusal};

fn swept(
    place: &Place,
    file: &str,
    (flags, seeds): (&str, &[u64]),
    folder: &str,
    progress: &mut Progress,
) -> Result<SweepReport, Refusal> {
    let options = place.options(&format!("{CALL} {flags}"))?;
    let search = Search::read(&place.path(file)).map_err(refusal)?;
    sweep(&options, &search, seeds, &place.path(folder), progress).map_err(refusal)
}

const ONE: (&str, &[u64]) = ("", &[42]);

#[test]
fn a_sweep_selects_the_best_trial_by_validation_and_tolerates_a_failed_one() {
    let place = place();
    place.write(
        "sweep.toml",
        "[parameters]\nlearning_rate = [1e-4, 1e30]\nper_device_train_batch_size = [2]\nmax_grad_norm = [0]\nnum_train_epochs = [2]\n",
    );
    let report = swept(&place, "sweep.toml", ONE, "sweep", &mut Progress::default());
    let report = as_read(&report.unwrap());
    assert_eq!(report, place.json("sweep/report.json"));
    let (best, worst) = (&report["trials"][0], &report["trials"][1]);
    assert_eq!(
        (&best["trial"], &best["parameters"]["learning_rate"]),
        (&json!(1), &json!(1e-4))
    );
    assert!(best["score"]["interval"]["low"].is_number(), "{best}");
    assert!(
        worst["failed"].as_str().unwrap().contains("the loss is"),
        "{worst}"
    );
    // No trial has the test rows; only the chosen model is evaluated on them, at the end.
    assert_eq!(
        place.names("sweep/trial-001/seed-42/run/data"),
        ["train.jsonl", "validation.jsonl"]
    );
    assert!(report["test"]["n"].as_u64().unwrap() > 0);
    assert_eq!(
        place.evaluate("model", "sweep/data/test.jsonl").unwrap(),
        report["test"]
    );
    let card = place.read("model/README.md");
    assert!(card.contains("| num_train_epochs | 2 |"));
    assert!(card.contains("test rows, which were used neither"));

    let mut progress = Progress::default();
    let again = swept(&place, "sweep.toml", ONE, "sweep", &mut progress).unwrap();
    assert_eq!(progress.kept, ["trial-001/seed-42", "trial-002/seed-42"]);
    assert_eq!(as_read(&again), report);
    assert_eq!(place.json("sweep/report.json"), report);
}

#[test]
fn files_that_do_not_describe_a_sweep_are_refused() {
    let place = place();
    let refuses = |file: &str, parts: &[&str]| {
        place.refused(
            || swept(&place, file, ONE, "other", &mut Progress::default()),
            parts,
        );
    };
    place.write("other.toml", "[parameters]\nlearning_rat = [1e-4]\n");
    refuses("other.toml", &["`learning_rat`", "learning_rate"]);
    place.write(
        "other.toml",
        "method = 'random'\n[parameters]\nlearning_rate = [1e-4]\n",
    );
    refuses("other.toml", &["`trials`"]);
    let missing = place.refusal(|| swept(&place, "none.toml", ONE, "other", &mut Progress::default()));
    place.check_message(&missing, &["none.toml"]);
}

/// The trial fails although an earlier evaluation was good.
#[test]
fn a_trial_that_diverges_after_an_evaluation_fails() {
    let place = place();
    place.write(
        "sweep.toml",
        "[parameters]\nlearning_rate = [1e30, 1e-4]\nper_device_train_batch_size = [2]\nmax_grad_norm = [0]\nwarmup_ratio = [0.9]\nnum_train_epochs = [2]\n",
    );
    let each = ("--eval-strategy steps --eval-steps 1", &[42][..]);
    let report = swept(&place, "sweep.toml", each, "sweep", &mut Progress::default()).unwrap();
    let (best, failed) = (&report.trials[0], &report.trials[1]);
    assert_eq!((best.trial, failed.trial), (2, 1));
    assert!(
        failed.failed.as_ref().unwrap().contains("not finite after"),
        "{failed:?}"
    );
    assert!(failed.score.is_none());
    assert!(!place.path("sweep/trial-001/seed-42/model").exists());
}

#[test]
fn trials_with_several_seeds_have_intervals_over_the_seeds() {
    let place = place();
    place.write(
        "sweep.toml",
        "method = 'random'\ntrials = 2\nseed = 5\n[parameters]\nlearning_rate = { low = 1e-4, high = 1e-2, scale = 'log' }\n",
    );
    let two = ("", &[1, 2][..]);
    let report = swept(&place, "sweep.toml", two, "sweep", &mut Progress::default()).unwrap();
    assert_eq!(report.trials.len(), 2);
    for trial in &report.trials {
        assert_eq!(as_read(trial)["score"]["n"], 2);
        assert_eq!(trial.by_seed.len(), 2);
    }
    // Only the best trial's models are kept.
    let models: Vec<bool> = [
        "trial-001/seed-1",
        "trial-001/seed-2",
        "trial-002/seed-1",
        "trial-002/seed-2",
    ]
    .iter()
    .map(|name| place.path(&format!("sweep/{name}/model")).exists())
    .collect();
    let best = report.trials[0].trial;
    assert_eq!(models, [best == 1, best == 1, best == 2, best == 2]);
}

#[test]
fn rows_that_a_sweep_leaves_out_are_counted_once() {
    let place = place();
    place.write("data.jsonl", place.read("data.jsonl") + "{\"text\": \"half\n");
    place.write("sweep.toml", "[parameters]\nlearning_rate = [1e-4]\n");
    let mut progress = Progress::default();
    let flags = ("--on-bad-row set-aside", &[42][..]);
    swept(&place, "sweep.toml", flags, "sweep", &mut progress).unwrap();
    assert_eq!(progress.set_aside.iter().filter(|&&rows| rows > 0).count(), 1);
}
