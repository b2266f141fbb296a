//! The store in SQLite: the requirements of every store, and damaged files.

use std::cell::Cell;
use std::sync::Arc;

use feedback_store::{CorrectionStore, ModelState, ModelStore, PredictionStore, Score, SqliteStore, Store};

use crate::conformance::conforms;
use crate::conformance::fixtures::prediction;

#[test]
fn sqlite_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let count = Cell::new(0);
    conforms(&|| {
        count.set(count.get() + 1);
        let path = folder.path().join(format!("{}.sqlite", count.get()));
        Arc::new(SqliteStore::open(&path).unwrap())
    });
}

#[test]
fn a_damaged_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let store = SqliteStore::open(&path).unwrap();
    for index in 0..200 {
        store
            .add_predictions(vec![prediction(&"long text ".repeat(index), "bug", 0.5)])
            .unwrap();
    }
    drop(store);
    let mut bytes = fs_err::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xA5);
    fs_err::write(&path, bytes).unwrap();
    let damaged = SqliteStore::open(&path).and_then(|store| store.check());
    assert!(damaged.is_err(), "{damaged:?}");
    fs_err::write(
        folder.path().join("none"),
        "this is not a database, but long enough to be mistaken for one",
    )
    .unwrap();
    assert!(SqliteStore::open(&folder.path().join("none")).is_err());
}

/// The format of rows written by version 0.1.0.
#[test]
fn rows_of_earlier_versions_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    drop(SqliteStore::open(&path).unwrap());
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(
            r#"INSERT INTO predictions (at, text, fingerprint, source, label, confidence, margin, abstained, truncated,
                   scores, model, batch_id, batch_row, corrected)
               VALUES (1740821400123, 'Slow', -5, 'api', 'bug', 0.75, 0.5, 1, 0, '[["bug",0.75],["praise",0.25]]', 'm', 3,
                   4, 'praise');
               INSERT INTO corrections (prediction_id, previous, label, at) VALUES (1, 'bug', 'praise', 5);
               INSERT INTO models (id, origin, state, labels, manifest, added_at, served_at)
               VALUES ('m', 'models/x', 'serving', '["bug","praise"]', '{"seed":42}', 1, 2);"#,
        )
        .unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let found = store.prediction(1).unwrap().unwrap();
    assert_eq!(found.corrected.as_deref(), Some("praise"));
    let prediction = found.prediction;
    assert_eq!(
        (prediction.at, prediction.text.as_str(), prediction.batch),
        (1_740_821_400_123, "Slow", Some((3, 4)))
    );
    assert_eq!((prediction.abstained, prediction.truncated), (Some(true), false));
    let score = |label: &str, score| Score {
        label: label.into(),
        score,
    };
    assert_eq!(prediction.scores, [score("bug", 0.75), score("praise", 0.25)]);
    assert_eq!(store.corrections(0, 10).unwrap()[0].previous, "bug");
    let model = store.model("m").unwrap().unwrap();
    assert_eq!((model.state, model.served_at), (ModelState::Serving, Some(2)));
    assert_eq!((model.labels.len(), &model.manifest["seed"]), (2, &42.into()));
}
