//! Resumed runs, and damaged checkpoints.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use feedback_trainer::callbacks::{EarlyStopping, EventLog};
use feedback_trainer::{
    Callback, CallbackResult, CheckpointFolder, Control, Error, IntervalStrategy, LrSchedulerType,
    StopReason, TrainOutput, TrainState, Trainer, TrainingArguments,
};
use serde_json::Value;

use crate::toy::{Judge, Points, Toy, arguments};

/// Gradient accumulation with a smaller last update, a plateau schedule, and evaluations between checkpoints.
fn varied() -> TrainingArguments {
    let mut arguments = arguments();
    arguments.num_train_epochs = 3;
    arguments.per_device_train_batch_size = 8;
    arguments.gradient_accumulation_steps = 2;
    arguments.eval_strategy = IntervalStrategy::Steps;
    arguments.eval_steps = 2;
    arguments.save_strategy = IntervalStrategy::Steps;
    arguments.save_steps = 1;
    arguments.save_total_limit = None;
    arguments.logging_steps = 3;
    arguments.lr_scheduler_type = LrSchedulerType::ReduceLrOnPlateau;
    arguments.lr_scheduler_kwargs.patience = 1;
    arguments.lr_scheduler_kwargs.factor = 0.5;
    arguments
}

const DATA: usize = 70; // 9 batches: 5 updates an epoch, the last of 6 samples

fn trainer(folder: &Path, arguments: TrainingArguments) -> Trainer {
    Trainer::new(arguments.check().unwrap(), &Device::flex())
        .with_checkpoints(CheckpointFolder::new(folder))
        .with_callback(EventLog::open(folder.join("events.jsonl")).unwrap())
        .with_callback(EarlyStopping::new("accuracy", 50, 0.0, true).unwrap())
}

fn train(trainer: Trainer) -> feedback_trainer::Result<TrainOutput<Toy>> {
    let data = Points::new(DATA);
    trainer.train(
        Toy::new(0.3, &Device::flex()),
        &data,
        &mut Judge::Points(data.clone()),
    )
}

fn resume(folder: &Path, arguments: TrainingArguments) -> TrainOutput<Toy> {
    let newest = CheckpointFolder::new(folder).newest().unwrap();
    train(trainer(folder, arguments).resume_from(newest.checkpoint)).unwrap()
}

/// The event log without the time.
fn events(folder: &Path) -> Vec<Value> {
    let text = fs_err::read_to_string(folder.join("events.jsonl")).unwrap();
    text.lines()
        .map(|line| {
            let mut event: Value = serde_json::from_str(line).unwrap();
            event.as_object_mut().unwrap().remove("time").unwrap();
            event
        })
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn assert_same(one: &TrainOutput<Toy>, other: &TrainOutput<Toy>) {
    assert_eq!(one.model.weights(), other.model.weights());
    assert_eq!(one.metrics, other.metrics);
    assert_eq!(one.state, other.state);
    assert_eq!(one.stop_reason, other.stop_reason);
}

#[test]
fn a_run_resumes_from_any_checkpoint_bit_for_bit() {
    for save_strategy in [IntervalStrategy::Steps, IntervalStrategy::Epoch] {
        let mut arguments = varied();
        arguments.save_strategy = save_strategy;
        let place = tempfile::tempdir().unwrap();
        let whole = place.path().join("whole");
        fs_err::create_dir(&whole).unwrap();
        let expected = train(trainer(&whole, arguments.clone())).unwrap();
        let expected_events = events(&whole);
        let steps = CheckpointFolder::new(&whole).steps().unwrap();
        assert_eq!(
            steps.len(),
            if save_strategy == IntervalStrategy::Steps {
                15
            } else {
                3
            }
        );
        for step in steps {
            let again = place.path().join(format!("from-{step}"));
            let name = format!("checkpoint-{step}");
            copy(&whole.join(&name), &again.join(&name));
            // The complete event log, as if the process had been killed at the very end.
            fs_err::copy(whole.join("events.jsonl"), again.join("events.jsonl")).unwrap();
            assert_same(&resume(&again, arguments.clone()), &expected);
            assert_eq!(events(&again), expected_events, "from step {step}");
            let (last, other) = ("checkpoint-15/model.safetensors", again.join("checkpoint-15"));
            assert_eq!(
                fs_err::read(whole.join(last)).unwrap(),
                fs_err::read(other.join("model.safetensors")).unwrap()
            );
        }
    }
}

/// Sets the flag after this many steps.
struct InterruptAfter(usize, Arc<AtomicBool>);

impl Callback for InterruptAfter {
    fn name(&self) -> &str {
        "interrupt_after"
    }
    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        if state.global_step == self.0 {
            self.1.store(true, Ordering::SeqCst);
        }
        Ok(Control::CONTINUE)
    }
}

fn interrupted(folder: &Path, arguments: TrainingArguments, step: usize) -> TrainOutput<Toy> {
    let flag = Arc::new(AtomicBool::new(false));
    train(
        trainer(folder, arguments)
            .with_callback(InterruptAfter(step, flag.clone()))
            .with_interrupt(flag),
    )
    .unwrap()
}

#[test]
fn an_interrupted_run_saves_and_resumes_bit_for_bit() {
    for save_strategy in [IntervalStrategy::No, IntervalStrategy::Epoch] {
        let mut arguments = varied();
        arguments.save_strategy = save_strategy;
        let place = tempfile::tempdir().unwrap();
        let whole = place.path().join("whole");
        fs_err::create_dir(&whole).unwrap();
        let expected = train(trainer(&whole, arguments.clone())).unwrap();
        // In the middle of an epoch, at its end, and after the last step.
        for step in [1, 4, 5, 6, 10, 15] {
            let folder = place.path().join(format!("at-{step}"));
            fs_err::create_dir(&folder).unwrap();
            let output = interrupted(&folder, arguments.clone(), step);
            assert_eq!(output.stop_reason, StopReason::Interrupted);
            assert_eq!(output.state.global_step, step);
            assert!(folder.join(format!("checkpoint-{step}")).is_dir());
            assert_same(&resume(&folder, arguments.clone()), &expected);
            assert_eq!(events(&folder), events(&whole), "interrupted at {step}");
        }
    }
}

#[test]
fn patience_survives_a_resume() {
    let scores = [0.5, 0.8, 0.7, 0.6, 0.5, 0.4];
    let mut arguments = arguments();
    arguments.num_train_epochs = 6;
    let data = Points::new(24);
    let run = |folder: &Path, scores: &[f64], flag: Option<usize>| {
        let interrupt = Arc::new(AtomicBool::new(false));
        let newest = CheckpointFolder::new(folder).newest().unwrap();
        Trainer::new(arguments.clone().check().unwrap(), &Device::flex())
            .with_checkpoints(CheckpointFolder::new(folder))
            .with_callback(EarlyStopping::new("accuracy", 3, 0.0, true).unwrap())
            .with_callback(InterruptAfter(flag.unwrap_or(usize::MAX), interrupt.clone()))
            .with_interrupt(interrupt)
            .resume_from(newest.checkpoint)
            .train(Toy::new(0.0, &Device::flex()), &data, &mut Judge::script(scores))
            .unwrap()
    };
    let place = tempfile::tempdir().unwrap();
    let whole = run(&place.path().join("whole"), &scores, None);
    assert_eq!(whole.state.global_step, 15);
    for step in [3, 4, 6, 7, 9, 11, 12, 14] {
        let folder = place.path().join(format!("at-{step}"));
        run(&folder, &scores, Some(step));
        // The flag takes effect after the step, before the evaluation at the end of the epoch.
        let told = (step - 1) / 3;
        assert_same(&run(&folder, &scores[told..], None), &whole);
    }
}

#[test]
fn damaged_checkpoints_are_named_and_never_loaded() {
    let place = tempfile::tempdir().unwrap();
    let whole = place.path().join("whole");
    fs_err::create_dir(&whole).unwrap();
    train(trainer(&whole, varied())).unwrap();
    let files: Vec<_> = fs_err::read_dir(whole.join("checkpoint-7"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files.len(), 7, "{files:?}");
    let try_with = |name: &str, damage: &dyn Fn(&Path)| {
        let folder = place.path().join("damaged");
        let _ = fs_err::remove_dir_all(&folder);
        for step in ["checkpoint-6", "checkpoint-7"] {
            copy(&whole.join(step), &folder.join(step));
        }
        damage(&folder.join("checkpoint-7").join(name));
        let newest = CheckpointFolder::new(&folder).newest().unwrap();
        assert_eq!(newest.checkpoint.unwrap().global_step(), 6);
        let [damaged] = newest.damaged.as_slice() else {
            panic!("{:?}", newest.damaged)
        };
        assert!(damaged.path.ends_with("checkpoint-7"));
        assert!(damaged.moved_to.ends_with("checkpoint-7.damaged") && damaged.moved_to.is_dir());
        assert!(damaged.reason.contains(name), "{name}: {}", damaged.reason);
        assert!(!damaged.path.exists());
    };
    for file in &files {
        let name = file.to_str().unwrap();
        let size = fs_err::metadata(whole.join("checkpoint-7").join(name))
            .unwrap()
            .len() as usize;
        // The first byte, the last, and one in each 1/24 of the file.
        let offsets = (0..24).map(|part| part * size / 24).chain([size - 1]);
        for (number, offset) in offsets.enumerate() {
            try_with(name, &|path| {
                let mut bytes = fs_err::read(path).unwrap();
                bytes[offset] ^= 1 << (number % 8);
                fs_err::write(path, bytes).unwrap();
            });
        }
        for kept in [0, 1, size / 2, size - 1] {
            try_with(name, &|path| {
                let bytes = fs_err::read(path).unwrap();
                fs_err::write(path, &bytes[..kept]).unwrap();
            });
        }
        try_with(name, &|path| {
            let mut bytes = fs_err::read(path).unwrap();
            bytes.push(b'\n');
            fs_err::write(path, bytes).unwrap();
        });
        try_with(name, &|path| fs_err::remove_file(path).unwrap());
    }
}

#[test]
fn the_best_and_the_last_checkpoint_are_kept() {
    let data = Points::new(24);
    let place = tempfile::tempdir().unwrap();
    let run = |limit, scores: &[f64]| {
        let folder = place.path().join(format!("{limit}-{}", scores.len()));
        let mut arguments = arguments();
        arguments.num_train_epochs = scores.len();
        arguments.save_total_limit = Some(limit);
        Trainer::new(arguments.check().unwrap(), &Device::flex())
            .with_checkpoints(CheckpointFolder::new(&folder))
            .train(Toy::new(0.0, &Device::flex()), &data, &mut Judge::script(scores))
            .unwrap();
        assert_eq!(
            fs_err::read_dir(&folder).unwrap().count(),
            CheckpointFolder::new(&folder).steps().unwrap().len(),
            "nothing else is left behind"
        );
        CheckpointFolder::new(&folder).steps().unwrap()
    };
    assert_eq!(run(1, &[0.1, 0.9, 0.3, 0.4]), [6, 12]);
    assert_eq!(run(2, &[0.1, 0.9, 0.3, 0.4, 0.5]), [6, 12, 15]);
    assert_eq!(run(1, &[0.1, 0.2, 0.3]), [9]);
}

#[test]
fn unfinished_checkpoints_of_a_killed_process_are_removed_and_never_loaded() {
    let place = tempfile::tempdir().unwrap();
    train(trainer(place.path(), varied())).unwrap();
    let path = |name: &str| place.path().join(name);
    copy(&path("checkpoint-15"), &path(".checkpoint-16.part"));
    copy(&path("checkpoint-1"), &path(".checkpoint-0.old"));
    fs_err::remove_file(path(".checkpoint-16.part/manifest.json")).unwrap();
    let newest = CheckpointFolder::new(place.path()).newest().unwrap();
    assert_eq!(newest.checkpoint.unwrap().global_step(), 15);
    assert!(newest.damaged.is_empty());
    assert!(!path(".checkpoint-16.part").exists() && !path(".checkpoint-0.old").exists());
}

#[test]
fn a_new_run_refuses_old_checkpoints_and_resuming_requires_the_same_arguments() {
    let place = tempfile::tempdir().unwrap();
    train(trainer(place.path(), varied())).unwrap();
    let error = train(trainer(place.path(), varied())).unwrap_err();
    assert!(
        matches!(&error, Error::OtherCheckpoints { path } if path.ends_with("checkpoint-15")),
        "{error}"
    );

    let newest = || CheckpointFolder::new(place.path()).newest().unwrap().checkpoint;
    let mut other = varied();
    other.learning_rate = 0.01;
    let error = train(trainer(place.path(), other).resume_from(newest())).unwrap_err();
    assert!(
        error.to_string().contains("`learning_rate` 0.02 then, 0.01 now"),
        "{error}"
    );
    let data = Points::new(DATA + 1);
    let error = trainer(place.path(), varied())
        .resume_from(newest())
        .train(
            Toy::new(0.3, &Device::flex()),
            &data,
            &mut Judge::Points(data.clone()),
        )
        .unwrap_err();
    assert!(error.to_string().contains("70 samples then, 71 now"), "{error}");
}

#[test]
fn the_readable_state_has_hugging_face_names() {
    let place = tempfile::tempdir().unwrap();
    train(trainer(place.path(), varied())).unwrap();
    let text = fs_err::read_to_string(place.path().join("checkpoint-6/trainer_state.json")).unwrap();
    let state: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&state["global_step"], &state["max_steps"]),
        (&6.into(), &15.into())
    );
    let best = state["best_global_step"].as_u64().unwrap();
    assert_eq!(state["best_model_checkpoint"], format!("checkpoint-{best}"));
    let history = state["log_history"].as_array().unwrap();
    assert!(
        history[0]["eval_accuracy"].is_f64() && history[0]["step"] == 2,
        "{history:?}"
    );
    assert!(
        history[1]["learning_rate"].is_f64() && history[1]["step"] == 3,
        "{history:?}"
    );
    assert!(state["stateful_callbacks"]["early_stopping"]["patience"] == 50);
}

/// A file system of 256 KiB in memory, unmounted when dropped. If it cannot be mounted, `mount` prints the
/// reason and returns `None`.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            Ok(output) => {
                eprintln!(
                    "skipped: cannot mount a small disk: {}",
                    String::from_utf8_lossy(&output.stderr).trim()
                );
                None
            }
            Err(error) => {
                eprintln!("skipped: cannot mount a small disk: {error}");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Fills the disk after the first checkpoint, leaving the given number of bytes free.
struct Fill(std::path::PathBuf, usize);

impl Callback for Fill {
    fn name(&self) -> &str {
        "fill"
    }
    fn on_save(&mut self, _state: &TrainState) -> CallbackResult {
        let mut filler = vec![0; 256 << 10];
        while fs_err::write(self.0.join("filler"), &filler).is_err() {
            filler.truncate(filler.len() - 1024);
        }
        filler.truncate(filler.len().saturating_sub(self.1));
        fs_err::write(self.0.join("filler"), &filler)?;
        Ok(Control::CONTINUE)
    }
}

#[test]
fn a_full_disk_keeps_the_previous_checkpoint() {
    let Some(disk) = SmallDisk::mount() else {
        // Mounting needs privileges that the user who runs the tests may lack. The slow tests require them.
        assert!(
            std::env::var_os("RUN_SLOW_TESTS").is_none(),
            "the small disk cannot be mounted, but RUN_SLOW_TESTS is set"
        );
        return;
    };
    let folder = disk.0.path().join("run");
    // Free space for no file, for some files, and for all files except the last.
    for free in [0, 4 << 10, 9 << 10] {
        let _ = fs_err::remove_dir_all(&folder);
        let _ = fs_err::remove_file(disk.0.path().join("filler"));
        let data = Points::new(DATA);
        let error = Trainer::new(varied().check().unwrap(), &Device::flex())
            .with_checkpoints(CheckpointFolder::new(&folder))
            .with_callback(Fill(disk.0.path().to_owned(), free))
            .train(
                Toy::new(0.3, &Device::flex()),
                &data,
                &mut Judge::Points(data.clone()),
            )
            .unwrap_err();
        assert!(
            matches!(&error, Error::Save { path, .. } if path.ends_with("checkpoint-2")),
            "{free} bytes free: {error}"
        );
        let newest = CheckpointFolder::new(&folder).newest().unwrap();
        assert_eq!(newest.checkpoint.unwrap().global_step(), 1);
        assert!(newest.damaged.is_empty());
        let names: Vec<_> = fs_err::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["checkpoint-1"], "nothing unfinished is left");
    }
}
