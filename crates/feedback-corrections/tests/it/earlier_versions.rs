//! Reads files that version 0.1.0 wrote, before this crate existed.

use feedback_corrections::{
    Answer, AuditLine, Decision, Inbox, Job, QuestionQueue, RowSet, Rows, Session, SessionRows,
    TrainingFolder, read_audit,
};
use feedback_dataset::LabelSet;

const AUDIT: &str = r#"{"event":"epoch","epoch":0,"answers_read":0,"train_rows":2,"validation_rows":1}
{"event":"answer","epoch":1,"id":"unlabelled:7","text":"the article about exports","old":null,"new":"documentation","by":"bert","answered":null,"decision":"enters_training","why":"a text without a label was given one","time":"2026-11-23T13:21:53Z"}
{"event":"answer","epoch":1,"id":"train:24","text":"very good","old":"bug","new":"praise","by":"bert","answered":"2026-11-23T13:21:50Z","decision":"relabelled","why":"a training row was mislabelled","time":"2026-11-23T13:22:09Z"}
{"event":"answer","epoch":1,"id":"","text":"nonsense","old":null,"new":null,"by":"anna","answered":null,"decision":"refused","why":"not an answer: expected value at line 1 column 1","time":"2026-11-23T13:22:09Z"}
{"event":"epoch","epoch":1,"answers_read":355,"train_rows":3,"validation_rows":1}
"#;

#[test]
fn a_run_continues_from_its_audit_log() {
    let run = tempfile::tempdir().unwrap();
    let folder = run.path().join("corrections");
    fs_err::create_dir(&folder).unwrap();
    fs_err::write(folder.join("audit.jsonl"), AUDIT).unwrap();
    let rows = SessionRows {
        labels: LabelSet::new(["bug", "praise", "documentation"]).unwrap(),
        train: Rows::labelled([(23, "it crashes", 0), (24, "very good", 0)]),
        validation: Rows::labelled([(1, "so slow", 0)]),
        unlabelled: Rows::unlabelled([(7, "the article about exports")]),
        test_texts: Vec::new(),
    };
    let mut session = Session::open(run.path(), rows, "anna").unwrap();
    session.advance(1).unwrap();
    let train: Vec<_> = session.rows(RowSet::Train).in_use().collect();
    assert_eq!(train, [(0, 0), (1, 1)]);
    let unlabelled: Vec<_> = session.rows(RowSet::Unlabelled).in_use().collect();
    assert_eq!(unlabelled, [(0, 2)]);
    assert_eq!(session.summary().decisions[&Decision::Refused], 1);
    assert_eq!(
        fs_err::read_to_string(folder.join("audit.jsonl")).unwrap(),
        AUDIT,
        "reading must not change the file"
    );

    // New files have the same format.
    let lines = read_audit(run.path()).unwrap();
    let again: String = lines
        .iter()
        .map(|line: &AuditLine| serde_json::to_string(line).unwrap() + "\n")
        .collect();
    assert_eq!(again, AUDIT);
}

#[test]
fn questions_and_answers_are_read() {
    let training = tempfile::tempdir().unwrap();
    let training = TrainingFolder::new(training.path());
    let folder = training.run().join("corrections");
    fs_err::create_dir_all(&folder).unwrap();
    let queue = r#"{"id":"train:12","text":"it crashes","label":"praise","predicted_label":"bug","confidence":0.9,"loss":2.3,"scores":[{"label":"bug","score":0.9}],"global_step":5}
{"id":"unlabelled:7","text":"lovely","label":null,"predicted_label":"praise","confidence":0.6,"loss":null,"scores":[],"global_step":5}
"#;
    fs_err::write(folder.join("queue.jsonl"), queue).unwrap();
    fs_err::write(
        folder.join("answers.jsonl"),
        "{\"id\": \"train:12\", \"label\": \"bug\"}\n",
    )
    .unwrap();
    fs_err::write(training.path().join("labels.json"), "[\"bug\",\"praise\"]").unwrap();
    let queued = QuestionQueue::new(&training.run()).read().unwrap();
    assert_eq!((queued.len(), queued[0].loss), (2, Some(2.3)));
    let open = training.open_questions().unwrap();
    assert_eq!(open.labels, ["bug", "praise"]);
    assert_eq!(open.questions, queued[1..]);
    training
        .answer(&Answer::drop("unlabelled:7".parse().unwrap(), "anna"))
        .unwrap();
    assert!(training.open_questions().unwrap().questions.is_empty());
    let answers = fs_err::read_to_string(Inbox::new(&training.run()).path()).unwrap();
    assert_eq!(answers.lines().count(), 2, "{answers}");
}

#[test]
fn corrections_need_neither_name_nor_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corrections.jsonl");
    fs_err::write(&path, "{\"text\":\"what a joy\",\"label\":\"praise\"}\n").unwrap();
    let mut job = Job::new("data.csv", "scratch:tiny", "serving");
    job.corrections = path;
    let read = job.read_corrections().unwrap();
    assert_eq!(
        (read[0].text.as_str(), read[0].by.as_deref()),
        ("what a joy", None)
    );
}
