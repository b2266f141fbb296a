//! Tests of the answers of people during a training.

use std::path::Path;

use feedback_corrections::{
    Answer, AuditEntry, AuditLine, AuditMismatch, Decision, Error, Inbox, Question, QuestionQueue, RowSet,
    Rows, Session, SessionRows, read_audit,
};
use feedback_dataset::LabelSet;
use feedback_dataset::text::fingerprint;

/// The labels are bug (0) and praise (1). One validation text and the test text are also among the unlabelled texts, with
/// a different spelling.
fn rows() -> SessionRows<'static> {
    let train = [
        (1, "it crashes on page 1", 0),
        (2, "i love page 2", 0),
        (3, "it crashes on page 3", 0),
    ];
    SessionRows {
        labels: LabelSet::new(["bug", "praise"]).unwrap(),
        train: Rows::labelled(train),
        validation: Rows::labelled([(1, "it crashes in validation", 0), (2, "i love validation", 1)]),
        unlabelled: Rows::unlabelled([
            (1, "IT CRASHES, in Validation!!!"),
            (2, "  it crashes in a tést  "),
            (3, "it crashes on a spare page"),
            (4, "i love a spare page"),
        ]),
        test_texts: vec!["it crashes in a test"],
    }
}

fn open(run: &Path) -> Session {
    Session::open(run, rows(), "anna").unwrap()
}

fn label(id: &str, label: &str) -> Answer {
    Answer::label(id.parse().unwrap(), label, "bert")
}

fn drop_row(id: &str) -> Answer {
    Answer::drop(id.parse().unwrap(), "bert")
}

fn send(run: &Path, answers: &[Answer]) {
    for answer in answers {
        Inbox::new(run).send(answer).unwrap();
    }
}

fn decisions(run: &Path) -> Vec<AuditEntry> {
    let lines = read_audit(run).unwrap().into_iter();
    let entries = lines.filter_map(|line| match line {
        AuditLine::Answer(entry) => Some(entry),
        AuditLine::Epoch(_) => None,
    });
    entries.collect()
}

/// Returns the texts that are trained on, with their classes.
fn trained_on(session: &Session) -> Vec<(String, usize)> {
    let sets = [RowSet::Train, RowSet::Unlabelled].map(|set| session.rows(set));
    let texts = sets.into_iter().flat_map(|rows| {
        rows.in_use()
            .map(|(row, class)| (rows.text(row).to_owned(), class))
    });
    texts.collect()
}

#[test]
fn no_validation_or_test_text_ever_enters_training() {
    let run = tempfile::tempdir().unwrap();
    let mut session = open(run.path());
    session.advance(0).unwrap();
    let before = trained_on(&session);
    // Attempts to get held-out data in: held-out texts spelled differently, and validation rows.
    let tried = [
        label("unlabelled:1", "bug"),
        label("unlabelled:2", "bug"),
        label("validation:1", "praise"),
        label("validation:1", "bug"),
        label("validation:2", "bug"),
        drop_row("validation:2"),
    ];
    send(run.path(), &tried);
    session.advance(1).unwrap();
    assert_eq!(trained_on(&session), before);
    let held_out: Vec<u64> = [
        "it crashes in validation",
        "i love validation",
        "it crashes in a test",
    ]
    .map(fingerprint)
    .into();
    assert!(
        trained_on(&session)
            .iter()
            .all(|(text, _)| !held_out.contains(&fingerprint(text)))
    );
    assert_eq!(session.train_version(), 0);
    let found: Vec<Decision> = decisions(run.path()).iter().map(|entry| entry.decision).collect();
    use Decision::{LeavesMetrics, Refused};
    // The first validation row was removed from the metrics. The second is the last one left, so it stays.
    assert_eq!(
        found,
        [Refused, Refused, LeavesMetrics, LeavesMetrics, Refused, Refused]
    );
    let validation: Vec<_> = session.rows(RowSet::Validation).in_use().collect();
    assert_eq!(validation, [(1, 1)]);
    let why: Vec<String> = decisions(run.path()).into_iter().map(|entry| entry.why).collect();
    assert!(
        why[0].contains("validation") && why[1].contains("in test"),
        "{why:?}"
    );
    assert!(
        !session.is_open(RowSet::Unlabelled, 0) && session.is_open(RowSet::Unlabelled, 2),
        "people are not asked about a text that may never enter training"
    );
}

#[test]
fn answers_take_effect_at_the_next_epoch() {
    let run = tempfile::tempdir().unwrap();
    let mut session = open(run.path());
    session.advance(0).unwrap();
    let answers = [
        label("train:2", "praise"),
        label("train:1", "bug"),
        drop_row("train:3"),
        label("unlabelled:3", "bug"),
        drop_row("unlabelled:4"),
        label("unlabelled:4", "wish"),
        label("train:99", "bug"),
        Answer {
            text: Some("another text".into()),
            ..label("train:1", "praise")
        },
    ];
    send(run.path(), &answers);
    session.advance(0).unwrap();
    assert_eq!(
        session.train_version(),
        0,
        "the epoch had begun before the answers came"
    );
    session.advance(1).unwrap();
    let expected = [
        ("it crashes on page 1".to_owned(), 0),
        ("i love page 2".to_owned(), 1),
        ("it crashes on a spare page".to_owned(), 0),
    ];
    assert_eq!(trained_on(&session), expected);
    let entries = decisions(run.path());
    let found: Vec<Decision> = entries.iter().map(|entry| entry.decision).collect();
    use Decision::{Confirmed, Discarded, EntersTraining, LeavesTraining, Refused, Relabelled};
    assert_eq!(
        found,
        [
            Relabelled,
            Confirmed,
            LeavesTraining,
            EntersTraining,
            Discarded,
            Refused,
            Refused,
            Refused
        ]
    );
    let first = &entries[0];
    assert_eq!(
        (first.old.as_deref(), first.new.as_deref(), first.epoch),
        (Some("bug"), Some("praise"), 1)
    );
    assert_eq!(first.by, "bert");
    send(run.path(), &[label("train:1", "praise")]);
    let summary = session.summary();
    assert_eq!((summary.decisions[&Refused], summary.unread), (3, 1));
}

#[test]
fn the_audit_log_alone_repeats_the_decisions() {
    let first = tempfile::tempdir().unwrap();
    let mut session = open(first.path());
    session.advance(0).unwrap();
    send(
        first.path(),
        &[label("train:2", "praise"), label("unlabelled:3", "bug")],
    );
    session.advance(1).unwrap();
    session.advance(2).unwrap();

    let again = tempfile::tempdir().unwrap();
    let folder = again.path().join("corrections");
    fs_err::create_dir(&folder).unwrap();
    for name in ["audit.jsonl", "answers.jsonl"] {
        fs_err::copy(first.path().join("corrections").join(name), folder.join(name)).unwrap();
    }
    // This answer comes too late for epochs 0 to 2, which are already decided.
    send(again.path(), &[drop_row("train:1")]);
    let mut repeated = open(again.path());
    for epoch in 0..3 {
        repeated.advance(epoch).unwrap();
        assert_eq!(repeated.train_version() > 0, epoch > 0);
    }
    assert_eq!(trained_on(&repeated), trained_on(&session));
    assert_eq!(decisions(again.path()), decisions(first.path()));
    repeated.advance(3).unwrap();
    assert_eq!(
        decisions(again.path()).last().unwrap().decision,
        Decision::LeavesTraining
    );
}

#[test]
fn a_forged_audit_log_does_not_get_past_the_guard() {
    let run = tempfile::tempdir().unwrap();
    let mut session = open(run.path());
    send(run.path(), &[label("unlabelled:1", "bug")]);
    session.advance(0).unwrap();
    let path = run.path().join("corrections/audit.jsonl");
    let log = fs_err::read_to_string(&path).unwrap();
    let forge = |from: &str, to: &str| {
        let forged = log
            .replace("\"refused\"", "\"enters_training\"")
            .replace(from, to);
        assert_ne!(log, forged);
        fs_err::write(&path, forged).unwrap();
        match open(run.path()).advance(0).unwrap_err() {
            Error::AuditMismatch {
                epoch: 0, mismatch, ..
            } => mismatch,
            other => panic!("{other}"),
        }
    };
    assert_eq!(
        forge("", ""),
        AuditMismatch::HeldOut("the same text is in validation")
    );
    assert_eq!(
        forge("unlabelled:1", "unlabelled:3"),
        AuditMismatch::AnotherText,
        "the text of a held-out row with the id of another row"
    );
    assert_eq!(forge("unlabelled:1", "test:1"), AuditMismatch::NotARowId);
    assert_eq!(forge("unlabelled:1", "train:7"), AuditMismatch::NoSuchRow);
    assert_eq!(
        forge("\"enters_training\"", "\"leaves_training\""),
        AuditMismatch::WrongDecision
    );
}

#[test]
fn the_queue_has_no_question_that_was_answered() {
    let run = tempfile::tempdir().unwrap();
    let mut session = open(run.path());
    session.advance(0).unwrap();
    let question = |id: &str| Question {
        id: id.parse().unwrap(),
        text: String::new(),
        label: None,
        predicted_label: "bug".into(),
        confidence: 0.5,
        loss: None,
        scores: Vec::new(),
        global_step: 1,
    };
    send(run.path(), &[label("train:2", "praise")]);
    session
        .publish(vec![question("train:2"), question("train:1")])
        .unwrap();
    let queued = QuestionQueue::new(run.path()).read().unwrap();
    assert_eq!(queued, [question("train:1")]);
}
