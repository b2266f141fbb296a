//! Tests of the SQLite store: the requirements of every store, and damaged files.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use feedback_store::{
    CorrectionStore, Cursor, DeliveryStore, Error, Filter, ModelState, ModelStore, NewCorrection,
    NewDelivery, PredictionStore, Score, SqliteStore, Store,
};

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
fn sqlite_with_columns_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let count = Cell::new(0);
    conforms(&|| {
        count.set(count.get() + 1);
        let path = folder.path().join(format!("{}.sqlite", count.get()));
        let store = SqliteStore::open(&path).unwrap();
        assert!(store.keep_columns(0).unwrap());
        Arc::new(store)
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

/// Fills a database with several pages of texts. Returns the number of these pages.
fn text_pages(path: &Path) -> usize {
    let store = SqliteStore::open(path).unwrap();
    for index in 0..300 {
        let text = format!("text {index} {}", "and more ".repeat(20));
        store
            .add_predictions(vec![prediction(&text, "bug", 0.5)])
            .unwrap();
    }
    let correction = NewCorrection {
        prediction_id: 7,
        labels: vec!["praise".into()],
        actor: "Ann".into(),
        settles: false,
        idempotency_key: None,
    };
    store.correct(correction).unwrap();
    drop(store);
    pages_of(&fs_err::read(path).unwrap()).len()
}

/// Returns the indices of the pages with texts: all texts contain `and more`.
fn pages_of(bytes: &[u8]) -> Vec<usize> {
    let has_text = |page: &usize| {
        bytes[page * 4096..][..4096]
            .windows(8)
            .any(|part| part == b"and more")
    };
    (0..bytes.len() / 4096).filter(has_text).collect()
}

/// Overwrites pages with texts. `pages` are indices into the result of [`pages_of`].
fn spoil(path: &Path, pages: &[usize]) {
    let mut bytes = fs_err::read(path).unwrap();
    let found = pages_of(&bytes);
    for page in pages {
        bytes[found[*page] * 4096..][..4096].fill(0xFF);
    }
    fs_err::write(path, bytes).unwrap();
}

#[test]
fn readable_rows_of_a_damaged_file_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("db"), folder.path().join("copy"));
    assert!(text_pages(&path) > 10);
    spoil(&path, &[3, 7, 8]);
    let ids: Vec<i64> = (1..=300).collect();
    let before = fs_err::read(&path).unwrap();
    let problem = SqliteStore::quick_check(&path).unwrap().unwrap();
    let (store, saved) = SqliteStore::salvage(&path, &copy, problem).unwrap();
    assert_eq!(
        fs_err::read(&path).unwrap(),
        before,
        "the damaged file is not changed"
    );
    store.check().unwrap();
    let filter = Filter::default();
    let history = store.history(&filter, Cursor::newest(1000)).unwrap();
    let is_lost = |id: &i64| {
        let lost = saved.lost.iter().filter(|(table, ..)| table == "predictions");
        lost.clone().any(|(_, first, last)| (first..=last).contains(&id))
    };
    let expected: Vec<i64> = ids.iter().rev().copied().filter(|id| !is_lost(id)).collect();
    let found: Vec<i64> = history.iter().map(|one| one.id).collect();
    assert_eq!(
        found, expected,
        "all rows of the pages that are not damaged, and no other rows"
    );
    assert!((200..300).contains(&found.len()), "{}", found.len());
    for one in &history {
        assert!(one.prediction.text.starts_with(&format!("text {} ", one.id - 1)));
    }
    assert_eq!(store.corrections(0, 10).unwrap().len(), 1, "{saved:?}");
    // No id is assigned twice.
    let next = store
        .add_predictions(vec![prediction("new", "bug", 0.5)])
        .unwrap();
    assert_eq!(next, [301]);
    store.refuse_writes(saved.problem);
    let refused = store.add_predictions(vec![prediction("newer", "bug", 0.5)]);
    assert!(matches!(refused, Err(Error::ReadOnly { .. })), "{refused:?}");
    assert!(store.damage().is_some());
}

/// The newest rows are lost. Their ids are not assigned again, because erasures and backups refer to them.
#[test]
fn ids_of_lost_rows_are_not_assigned_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("db"), folder.path().join("copy"));
    let found = text_pages(&path);
    spoil(&path, &[found - 1, found - 2]);
    let problem = SqliteStore::quick_check(&path).unwrap().unwrap();
    let (store, saved) = SqliteStore::salvage(&path, &copy, problem).unwrap();
    assert!(
        saved.lost.iter().any(|(_, _, last)| *last == i64::MAX),
        "{saved:?}"
    );
    let newest = store.history(&Filter::default(), Cursor::newest(1)).unwrap();
    assert!(newest[0].id < 300, "{}", newest[0].id);
    let next = store
        .add_predictions(vec![prediction("new", "bug", 0.5)])
        .unwrap();
    assert_eq!(next, [301]);
}

#[test]
fn quick_check_distinguishes_intact_new_damaged_and_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    assert_eq!(SqliteStore::quick_check(&path).unwrap(), None);
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(SqliteStore::quick_check(&path).unwrap(), None);
    let bytes = fs_err::read(&path).unwrap();
    fs_err::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(SqliteStore::quick_check(&path).unwrap().is_some(), "cut off");
    fs_err::write(&path, "this is a text file, and a rather long one at that").unwrap();
    assert!(SqliteStore::quick_check(&path).is_err());
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
    assert_eq!(found.corrected.unwrap(), ["praise"]);
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
    assert_eq!(store.corrections(0, 10).unwrap()[0].previous, ["bug"]);
    let model = store.model("m").unwrap().unwrap();
    assert_eq!((model.state, model.served_at), (ModelState::Serving, Some(2)));
    assert_eq!((model.labels.len(), &model.manifest["seed"]), (2, &42.into()));
}

/// If the clock jumps ahead and back, all deliveries look old for a while.
#[test]
fn the_newest_deliveries_are_kept_however_old_they_look() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let delivery = |key: &str| NewDelivery {
        key: key.into(),
        digest: "d".into(),
        predictions: Vec::new(),
    };
    let add = |store: &SqliteStore, key: &str| {
        let answer = |_: &[i64]| "done".to_owned();
        store.add_delivery(delivery(key), Box::new(answer)).unwrap();
    };
    let store = SqliteStore::open(&path).unwrap();
    add(&store, "before");
    drop(store);
    let forty_days = 40 * feedback_store::DAY_MS;
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute("UPDATE deliveries SET at = at - ?1", [forty_days])
        .unwrap();
    let store = SqliteStore::open(&path).unwrap();
    add(&store, "after");
    assert!(store.delivery("before").unwrap().is_some());
}
