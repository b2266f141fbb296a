//! Human in the loop, with the real recipe on a tiny model: which texts may enter training, and which may not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use feedback_bert::DeviceChoice;
use feedback_corrections::{
    Answer, AuditEntry, AuditLine, Boundary, Decision, Inbox, QuestionQueue, RowSet, read_audit,
};
use feedback_pipeline::Error;
use feedback_pipeline::corrections::CorrectionsOptions;
use feedback_pipeline::data::{DataFiles, DataOptions};
use feedback_pipeline::train::{BaseModel, TrainOptions, TrainSummary, reproduce, resume, train};
use feedback_trainer::{Callback, CallbackResult, Control, TrainState};
use serde_json::Value;

/// A folder with data files for runs.
struct Place {
    folder: tempfile::TempDir,
}

const TRAIN: usize = 24;
const HELD_OUT: usize = 8;

impl Place {
    /// 24 training rows, 8 validation and 8 test rows; every fourth training label is wrong, so that there are
    /// mistakes to find. In the unlabelled file, lines 1 and 2 are a validation and a test text in another spelling, lines
    /// 3 to 6 are new texts.
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let row = |name: &str, index: usize, wrong: bool| {
            let (text, label) = match index % 2 {
                0 => (format!("it crashes on the {name} page {index}"), "bug"),
                _ => (format!("i love the {name} page {index}"), "praise"),
            };
            let other = if label == "bug" { "praise" } else { "bug" };
            let label = if wrong { other } else { label };
            format!("{}\n", serde_json::json!({"text": text, "label": label}))
        };
        let rows = |name: &str, n: usize, every: usize| -> String {
            (0..n)
                .map(|index| row(name, index, every > 0 && index % every == 3))
                .collect()
        };
        place.write("train.jsonl", rows("train", TRAIN, 4));
        place.write("validation.jsonl", rows("validation", HELD_OUT, 0));
        place.write("test.jsonl", rows("test", HELD_OUT, 0));
        let unlabelled = [
            "IT CRASHES on the Validation page 0!!!",
            "  it crashes, on the test page 2 ",
            "it crashes on the spare page 1",
            "i love the spare page 2",
            "i love the spare page 3",
            "it crashes on the spare page 4",
        ];
        place.write(
            "unlabelled.jsonl",
            unlabelled
                .map(|text| format!("{}\n", serde_json::json!({"text": text})))
                .concat(),
        );
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: String) {
        fs_err::write(self.path(name), text).unwrap();
    }

    fn options(&self, run: &str) -> TrainOptions {
        let data = DataOptions::new(DataFiles::Separate {
            train: self.path("train.jsonl"),
            validation: Some(self.path("validation.jsonl")),
            test: Some(self.path("test.jsonl")),
        });
        let base = BaseModel::parse("scratch:tiny").unwrap();
        let mut options = TrainOptions::new(data, base, self.path(&format!("{run}-model")));
        options.run_dir = Some(self.path(run));
        options.model.max_length = 16;
        options.model.device = DeviceChoice::Cpu;
        options.arguments.num_train_epochs = 4;
        options.arguments.per_device_train_batch_size = 8;
        options.arguments.logging_steps = 1;
        let mut corrections = CorrectionsOptions::new("anna");
        corrections.unlabelled = Some(self.path("unlabelled.jsonl"));
        options.corrections = Some(corrections);
        options
    }

    /// Trains a model. `answers` are sent during the second epoch.
    fn train(&self, run: &str, answers: &[Answer]) -> TrainSummary {
        let answering = Answering {
            inbox: Inbox::new(&self.path(run)),
            answers: answers.to_vec(),
        };
        train(&self.options(run), vec![Box::new(answering)], &mut |_| ()).unwrap()
    }

    /// Returns for each update its number, its epoch and its loss.
    fn losses(&self, run: &str) -> Vec<(u64, f64, f64)> {
        let figure = |event: &Value, name: &str| event[name].as_f64().unwrap();
        let events = json_lines(&self.path(run).join("events.jsonl"));
        let updates = events.iter().filter(|event| event["kind"] == "train");
        updates
            .map(|event| {
                (
                    event["global_step"].as_u64().unwrap(),
                    figure(event, "epoch"),
                    figure(event, "loss"),
                )
            })
            .collect()
    }

    fn audit(&self, run: &str) -> (Vec<AuditEntry>, Vec<Boundary>) {
        let (mut entries, mut boundaries) = (Vec::new(), Vec::new());
        for line in read_audit(&self.path(run)).unwrap() {
            match line {
                AuditLine::Answer(entry) => entries.push(entry),
                AuditLine::Epoch(boundary) => boundaries.push(boundary),
            }
        }
        (entries, boundaries)
    }
}

fn json_lines(path: &Path) -> Vec<Value> {
    let text = fs_err::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Sends answers during the second epoch.
struct Answering {
    inbox: Inbox,
    answers: Vec<Answer>,
}

impl Callback for Answering {
    fn name(&self) -> &str {
        "answering"
    }

    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        if state.epoch > 1.0 {
            for answer in self.answers.drain(..) {
                self.inbox.send(&answer)?;
            }
        }
        Ok(Control::CONTINUE)
    }
}

fn says(id: &str, label: &str) -> Answer {
    Answer::label(id.parse().unwrap(), label, "bert")
}

fn drops(id: &str) -> Answer {
    Answer::drop(id.parse().unwrap(), "bert")
}

#[test]
fn validation_and_test_texts_never_enter_training() {
    let place = Place::new();
    place.train("plain", &[]);
    // Attempts to get held-out data into training: a validation and a test text in another spelling, and validation rows.
    let tried = [
        says("unlabelled:1", "bug"),
        says("unlabelled:2", "bug"),
        says("validation:1", "praise"),
        says("validation:2", "bug"),
        drops("validation:3"),
        says("validation:1", "bug"),
    ];
    let summary = place.train("tried", &tried);

    // Every update of the run is bit for bit the same as without answers: no text entered training.
    assert_eq!(place.losses("plain"), place.losses("tried"));
    assert_eq!(place.losses("plain").len(), 4 * TRAIN / 8);

    let (entries, boundaries) = place.audit("tried");
    let decisions: Vec<(&str, Decision)> = entries
        .iter()
        .map(|entry| (entry.id.as_str(), entry.decision))
        .collect();
    assert_eq!(
        decisions,
        [
            ("unlabelled:1", Decision::Refused),
            ("unlabelled:2", Decision::Refused),
            ("validation:1", Decision::LeavesMetrics),
            ("validation:2", Decision::LeavesMetrics),
            ("validation:3", Decision::LeavesMetrics),
            ("validation:1", Decision::LeavesMetrics),
        ]
    );
    assert!(
        entries[0].why.contains("validation") && entries[1].why.contains("test"),
        "{entries:?}"
    );
    assert_eq!(
        boundaries
            .iter()
            .map(|at| (at.epoch, at.train_rows, at.validation_rows))
            .collect::<Vec<_>>(),
        [(0, TRAIN, 8), (1, TRAIN, 8), (2, TRAIN, 5), (3, TRAIN, 5)]
    );
    // The metrics confirm this: accuracy is a multiple of 1/8 before the answers take effect, and of 1/5 afterwards.
    let parts = |epoch: f64, parts: f64| {
        let events = json_lines(&place.path("tried/events.jsonl"));
        let found = events
            .iter()
            .find(|event| event["kind"] == "eval" && event["epoch"] == epoch)
            .unwrap();
        let hits = found["accuracy"].as_f64().unwrap() * parts;
        assert!((hits - hits.round()).abs() < 1e-9, "epoch {epoch}: {found}");
    };
    parts(2.0, 8.0);
    parts(3.0, 5.0);
    parts(4.0, 5.0);

    let manifest: Value =
        serde_json::from_str(&fs_err::read_to_string(place.path("tried-model/feedback.json")).unwrap())
            .unwrap();
    let count = |name: &str| manifest["fingerprints"][name].as_array().unwrap().len();
    assert_eq!((count("train"), count("validation")), (TRAIN, HELD_OUT));
    let leakage = summary.test.unwrap().leakage;
    assert_eq!((leakage.in_train, leakage.in_validation), (0, 0));
    let corrections = summary.corrections.unwrap();
    assert_eq!(corrections.decisions[&Decision::Refused], 2);
    assert_eq!(corrections.decisions[&Decision::LeavesMetrics], 4);
}

#[test]
fn corrected_training_rows_and_new_texts_enter_at_the_next_epoch() {
    let place = Place::new();
    place.train("plain", &[]);
    let answers = [
        says("train:4", "praise"),
        says("train:1", "bug"),
        drops("train:8"),
        says("unlabelled:3", "bug"),
        says("unlabelled:4", "praise"),
        drops("unlabelled:5"),
        says("unlabelled:6", "wish"),
        says("train:999", "bug"),
        Answer {
            text: Some("another text".into()),
            ..says("train:2", "bug")
        },
    ];
    let summary = place.train("corrected", &answers);
    let (entries, boundaries) = place.audit("corrected");
    let decisions: Vec<Decision> = entries.iter().map(|entry| entry.decision).collect();
    use Decision::{Confirmed, Discarded, EntersTraining, LeavesTraining, Refused, Relabelled};
    assert_eq!(
        decisions,
        [
            Relabelled,
            Confirmed,
            LeavesTraining,
            EntersTraining,
            EntersTraining,
            Discarded,
            Refused,
            Refused,
            Refused
        ]
    );
    assert_eq!(
        (
            entries[0].old.as_deref(),
            entries[0].new.as_deref(),
            entries[0].by.as_str(),
            entries[0].epoch
        ),
        (Some("bug"), Some("praise"), "bert", 2)
    );
    assert!(
        entries
            .iter()
            .all(|entry| !entry.why.is_empty() && entry.answered.is_some())
    );
    assert_eq!(boundaries[2].train_rows, TRAIN - 1 + 2);

    // The first two epochs are the same as in the run without answers; the third differs.
    let (plain, corrected) = (place.losses("plain"), place.losses("corrected"));
    let two_epochs = 2 * TRAIN / 8;
    assert_eq!(plain[..two_epochs], corrected[..two_epochs]);
    assert_ne!(plain[two_epochs].2, corrected[two_epochs].2);
    // 25 rows in batches of 8 give 4 updates per epoch, and every epoch is complete.
    assert_eq!(corrected.len(), two_epochs + 4 + 4);
    assert_eq!(corrected.last().unwrap().1, 4.0);
    assert_eq!(summary.epochs, 4.0);
    let manifest: Value =
        serde_json::from_str(&fs_err::read_to_string(place.path("corrected-model/feedback.json")).unwrap())
            .unwrap();
    assert_eq!(
        manifest["fingerprints"]["train"].as_array().unwrap().len(),
        TRAIN + 1
    );
}

#[test]
fn the_audit_log_repeats_a_run_bit_for_bit() {
    let place = Place::new();
    let answers = [
        says("train:4", "praise"),
        says("unlabelled:3", "bug"),
        says("validation:2", "bug"),
        says("unlabelled:1", "bug"),
    ];
    place.train("first", &answers);
    fs_err::create_dir_all(place.path("again/corrections")).unwrap();
    fs_err::copy(
        place.path("first/corrections/audit.jsonl"),
        place.path("again/corrections/audit.jsonl"),
    )
    .unwrap();
    // The log alone decides which answers take effect in which epoch; an additional answer has no effect.
    place.train("again", &[says("train:8", "praise")]);
    assert_eq!(place.losses("first"), place.losses("again"));
    let weights = |run: &str| fs_err::read(place.path(&format!("{run}-model/model.safetensors"))).unwrap();
    assert!(weights("first") == weights("again"));
    assert_eq!(
        fs_err::read(place.path("first/corrections/audit.jsonl")).unwrap(),
        fs_err::read(place.path("again/corrections/audit.jsonl")).unwrap()
    );
}

/// Requests an interruption after an update, as a signal does.
struct Interrupting {
    after: usize,
    flag: Arc<AtomicBool>,
}

impl Callback for Interrupting {
    fn name(&self) -> &str {
        "interrupting"
    }

    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        if state.global_step == self.after {
            self.flag.store(true, Ordering::SeqCst);
        }
        Ok(Control::CONTINUE)
    }
}

#[test]
fn a_resumed_run_continues_bit_for_bit() {
    let place = Place::new();
    let answers = [
        says("train:4", "praise"),
        says("unlabelled:3", "bug"),
        says("unlabelled:4", "praise"),
        says("validation:2", "bug"),
    ];
    place.train("whole", &answers);
    let weights = |run: &str| fs_err::read(place.path(&format!("{run}-model/model.safetensors"))).unwrap();
    let decisions = |run: &str| -> Vec<(usize, String, Decision)> {
        let entries = place.audit(run).0.into_iter();
        entries
            .map(|entry| (entry.epoch, entry.id, entry.decision))
            .collect()
    };
    // Interrupts before the answers take effect; at the epoch boundary; in an epoch with the corrections; in the last epoch.
    for after in [5, 6, 8, 13] {
        let run = format!("cut-{after}");
        let mut options = place.options(&run);
        let answering = Answering {
            inbox: Inbox::new(&place.path(&run)),
            answers: answers.to_vec(),
        };
        let interrupting = Interrupting {
            after,
            flag: Arc::clone(&options.interrupt),
        };
        options.arguments.save_strategy = feedback_trainer::IntervalStrategy::Epoch;
        let callbacks: Vec<Box<dyn Callback>> = vec![Box::new(answering), Box::new(interrupting)];
        let cut = train(&options, callbacks, &mut |_| ());
        assert!(matches!(cut, Err(Error::Interrupted { .. })), "{cut:?}");
        // An answer sent during an epoch takes effect in the next epoch, as without the interruption.
        resume(&place.path(&run), Arc::default(), Vec::new(), &mut |_| ()).unwrap();
        assert_eq!(place.losses("whole"), place.losses(&run), "cut after {after}");
        assert!(weights("whole") == weights(&run), "cut after {after}");
        assert_eq!(decisions("whole"), decisions(&run), "cut after {after}");
    }
    let again = reproduce(
        &place.path("whole"),
        Some(&place.path("repeated")),
        Arc::default(),
        Vec::new(),
        &mut |_| (),
    );
    assert_eq!(again.unwrap().differences, Vec::<String>::new());
}

#[test]
fn a_forged_log_cannot_add_held_out_texts_to_training() {
    let place = Place::new();
    place.train("first", &[says("unlabelled:1", "bug")]);
    let log = fs_err::read_to_string(place.path("first/corrections/audit.jsonl")).unwrap();
    fs_err::create_dir_all(place.path("again/corrections")).unwrap();
    let forged = log.replace("\"refused\"", "\"enters_training\"");
    assert_ne!(log, forged);
    fs_err::write(place.path("again/corrections/audit.jsonl"), forged).unwrap();
    let error = train(&place.options("again"), Vec::new(), &mut |_| ()).unwrap_err();
    let messages: Vec<String> =
        std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
            .map(ToString::to_string)
            .collect();
    assert!(
        messages
            .iter()
            .any(|message| message.contains("unlabelled:1") && message.contains("validation"))
    );
}

#[test]
fn the_queue_has_the_hardest_rows_and_no_answered_rows() {
    let place = Place::new();
    let mut options = place.options("run");
    options.corrections.as_mut().unwrap().limit = 6;
    let answering = Answering {
        inbox: Inbox::new(&place.path("run")),
        answers: vec![says("train:4", "praise"), says("unlabelled:3", "bug")],
    };
    train(&options, vec![Box::new(answering)], &mut |_| ()).unwrap();
    let items = QuestionQueue::new(&place.path("run")).read().unwrap();
    assert!(!items.is_empty() && items.len() <= 6, "{items:?}");
    let of = |set: RowSet| items.iter().filter(move |item| item.id.set == set);
    assert!(of(RowSet::Unlabelled).count() > 0);
    for item in &items {
        assert!(!["train:4", "unlabelled:3"].contains(&item.id.to_string().as_str()));
        assert!(
            !["unlabelled:1", "unlabelled:2"].contains(&item.id.to_string().as_str()),
            "the answer to such a question could never enter training"
        );
        assert_eq!(item.scores.len(), 2);
        assert_eq!(item.predicted_label, item.scores[0].label);
        assert_eq!(item.label.is_none(), item.id.set == RowSet::Unlabelled);
        assert_ne!(
            item.label.as_ref(),
            Some(&item.predicted_label),
            "the model is wrong about it"
        );
    }
    for set in [RowSet::Train, RowSet::Validation] {
        let losses: Vec<f64> = of(set).map(|item| item.loss.unwrap()).collect();
        assert!(losses.is_sorted_by(|a, b| a >= b), "{losses:?}");
    }
}
