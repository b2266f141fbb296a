//! Runs that are killed, interrupted, resumed and reproduced.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use feedback_testkit::slow_tests;
use serde_json::Value;

use crate::place::{Place, feedback, lines};

/// 18 updates in 2 epochs, with a checkpoint every 2 updates and an evaluation every 3.
const RUN: &str = "train --data feedback.jsonl --model scratch:tiny --epochs 2 --max-length 16 --seed 7 \
    --per-device-train-batch-size 8 --save-strategy steps --save-steps 2 --eval-strategy steps --eval-steps 3 \
    --logging-steps 2 --output model --run-dir run --csv-log table.csv";

/// The CSV log is not part of the run, so the flag must be given again.
const RESUME: &str = "train --resume run --csv-log table.csv";

fn place() -> Place {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(12)));
    place
}

/// The results of a run, without times and paths.
#[derive(PartialEq)]
struct Left {
    model: Vec<Vec<u8>>,
    report: Value,
    state: Value,
    events: Vec<Value>,
    table: String,
    run: Vec<String>,
}

fn left(place: &Place) -> Left {
    let names = place.names("model");
    assert!(names.contains(&"model.safetensors".to_owned()), "{names:?}");
    let read = |name: &String| fs_err::read(place.path(&format!("model/{name}"))).unwrap();
    let mut report = place.json("run/report.json");
    for field in ["seconds", "model", "run"] {
        assert!(report.as_object_mut().unwrap().remove(field).is_some(), "{field}");
    }
    let mut events = place.json_lines("run/events.jsonl");
    for event in &mut events {
        assert!(event.as_object_mut().unwrap().remove("time").is_some());
    }
    let mut state = place.json("run/trainer_state.json");
    // Checkpoints are not compared: interruptions save more of them.
    let mut names_of_run = place.names("run");
    names_of_run.retain(|name| !name.starts_with("checkpoint-"));
    // Whether the best step has a checkpoint depends on the moment of the interruption.
    assert!(
        state
            .as_object_mut()
            .unwrap()
            .remove("best_model_checkpoint")
            .is_some()
    );
    Left {
        model: names.iter().map(read).collect(),
        report,
        state,
        events,
        table: place.read("table.csv"),
        run: names_of_run,
    }
}

fn assert_same(found: &Left, expected: &Left, what: &str) {
    assert_eq!(found.events, expected.events, "{what}: events");
    assert_eq!(found.table, expected.table, "{what}: table");
    assert_eq!(found.report, expected.report, "{what}: report");
    assert_eq!(found.state, expected.state, "{what}: state");
    assert_eq!(found.run, expected.run, "{what}: files of the run");
    assert!(found.model == expected.model, "{what}: the model files differ");
}

/// A random number generator (SplitMix64), so that the moments are the same in every test run.
struct Moments(u64);

impl Moments {
    /// Returns a number from 0 (inclusive) to 1 (exclusive).
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((value ^ (value >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Runs a command and kills it a moment after the run has so many events; returns false if it succeeded earlier. A time alone would
/// often be too early on a busy machine.
fn killed(place: &Place, line: &str, n_events: usize, after: Duration) -> bool {
    let mut program = place.program(line);
    let mut child = program
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let events = place.path("run/events.jsonl");
    let has_events =
        || fs_err::read(&events).is_ok_and(|text| text.split(|&byte| byte == b'\n').count() > n_events);
    let mut end = None;
    while end.is_none_or(|end| Instant::now() < end) {
        if end.is_none() && has_events() {
            end = Some(Instant::now() + after);
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{line}: {status}");
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    true
}

/// Returns the next command for the run, or `None` if the run is finished.
fn next_call(place: &Place) -> Option<&'static str> {
    if place.path("run/report.json").exists() {
        None
    } else if place.path("run/arguments.json").exists() {
        Some(RESUME)
    } else {
        Some(RUN)
    }
}

fn has_checkpoint(place: &Place) -> bool {
    place.path("run").is_dir()
        && place
            .names("run")
            .iter()
            .any(|name| name.starts_with("checkpoint-"))
}

#[test]
fn a_run_that_is_killed_at_any_moment_gives_the_same_result() {
    let whole = place();
    let begun = Instant::now();
    whole.run(RUN);
    let duration = begun.elapsed();
    let expected = left(&whole);
    assert!(expected.events.len() > 15, "{:?}", expected.events);

    let trials = if slow_tests() { 50 } else { 5 };
    let mut moments = Moments(4);
    let (mut kills, mut from_checkpoint) = (0, 0);
    for trial in 0..trials {
        let place = place();
        // Killed once, twice or three times; the last command is not killed.
        for _ in 0..=(trial % 3) {
            let Some(call) = next_call(&place) else { break };
            let n_events = (moments.next() * expected.events.len() as f64) as usize;
            if killed(&place, call, n_events, duration.mul_f64(0.1 * moments.next())) {
                kills += 1;
                from_checkpoint += usize::from(has_checkpoint(&place));
            }
        }
        if let Some(call) = next_call(&place) {
            place.run(call);
        }
        assert_same(&left(&place), &expected, &format!("trial {trial}"));
    }
    eprintln!("{trials} trials, {kills} kills, {from_checkpoint} with a checkpoint to resume from");
    assert!(
        from_checkpoint * 4 > trials,
        "too few kills came after a checkpoint"
    );
}

#[test]
fn a_signal_saves_a_checkpoint_and_the_run_resumes_bit_for_bit() {
    let whole = place();
    whole.run(RUN);
    let expected = left(&whole);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let place = place();
        let mut program = place.program(RUN);
        let child = program
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let events = place.path("run/events.jsonl");
        while !fs_err::read_to_string(&events).is_ok_and(|text| text.lines().count() > 2) {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "training did not start"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        let sent = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{signal}: {stderr}");
        assert!(stderr.contains("`--resume run` continues the run"), "{stderr}");
        assert!(has_checkpoint(&place) && !place.path("model").exists());
        place.program(RESUME).run().code(0).says(&["resuming after step"]);
        assert_same(&left(&place), &expected, signal);
    }
}

/// What the libraries refuse and find is tested in `feedback-pipeline`.
#[test]
fn a_resumed_run_takes_no_settings_and_a_damaged_checkpoint_is_printed() {
    let place = place();
    place.run(RUN);
    place.refuses("train --resume run", 1, &["is finished", "--reproduce"]);
    let refused = place.refuses(
        "train --resume run --epochs 5",
        2,
        &["--num-train-epochs", "--resume"],
    );
    assert!(!refused.stderr.contains("--learning-rate"), "{refused}");
    let expected = left(&place);
    // Simulates a kill right before the end of the run.
    for name in ["report.json", "trainer_state.json"] {
        fs_err::remove_file(place.path(&format!("run/{name}"))).unwrap();
    }
    let weights = "run/checkpoint-18/model.safetensors";
    let mut bytes = fs_err::read(place.path(weights)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.write(weights, bytes);
    place.program(RESUME).run().code(0).says(&[
        "checkpoint-18.damaged: `model.safetensors` has changed",
        "resuming after step 16",
    ]);
    fs_err::remove_dir_all(place.path("run/checkpoint-18.damaged")).unwrap();
    assert_same(&left(&place), &expected, "resumed");
}

#[test]
fn a_run_that_is_not_reproduced_gives_exit_code_1() {
    let place = place();
    place.run(RUN);
    let mut report = place.json("run/report.json");
    report["model_sha256"] = "0".into();
    place.write("run/report.json", report.to_string());
    let again = place
        .program("train --reproduce run --run-dir again --format json")
        .run()
        .code(1);
    let differences = again.json()["differences"].to_string();
    assert!(differences.contains("report.json /model_sha256"), "{differences}");
}

#[test]
fn arguments_come_from_file_environment_and_flags_and_are_saved_with_the_run() {
    let place = place();
    place.write(
        "settings.toml",
        "lr_scheduler_type = \"polynomial\"\nlr_scheduler_kwargs = '{\"power\": 2.5}'\n\
         load_best_model_at_end = false\nwarmup_steps = 3\nsave_total_limit = 7\n",
    );
    let call = format!("{RUN} --config settings.toml --max-steps 2 --warmup-steps 1");
    place
        .program(&call)
        .env("FEEDBACK_ADAM_BETA2", "0.98")
        .env("FEEDBACK_SAVE_TOTAL_LIMIT", "5")
        .run()
        .code(0)
        .says(&["device"]);
    let saved = &place.json("run/arguments.json")["arguments"];
    assert_eq!(saved["lr_scheduler_type"], "polynomial");
    assert_eq!(saved["lr_scheduler_kwargs"]["power"], 2.5);
    assert_eq!(saved["load_best_model_at_end"], false);
    assert_eq!(saved["warmup_steps"], 1, "a flag overrides the file");
    assert_eq!(saved["save_total_limit"], 5, "a variable overrides the file");
    assert_eq!(saved["adam_beta2"], 0.98);
    assert_eq!(place.json("run/environment.json")["device"], "cpu");
}
