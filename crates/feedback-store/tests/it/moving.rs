//! All records move from SQLite to Postgres and back without a change.

use std::path::Path;

use feedback_store::{
    BadRowEntry, BatchState, Chunk, Erase, Error, Filter, NewDelivery, Session, SqliteStore, Store,
};
use serde_json::json;

use crate::conformance::cases::case;
use crate::conformance::fixtures::{alert, batch_of, correction, model, prediction};
use crate::postgres::Schema;

/// All tables of an SQLite file, each row as text, with the numbers of the next rows.
fn everything(file: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let list = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let n = statement.column_count();
        let shown = |row: &rusqlite::Row<'_>| {
            let values = (0..n).map(|place| {
                row.get::<_, rusqlite::types::Value>(place)
                    .map(|value| format!("{value:?}"))
            });
            values
                .collect::<rusqlite::Result<Vec<_>>>()
                .map(|values| values.join(" | "))
        };
        statement
            .query_map([], shown)
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    };
    let tables = list("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    let mut all = Vec::new();
    for table in tables
        .iter()
        .map(|name| name.trim_start_matches("Text(\"").trim_end_matches("\")"))
    {
        let mut rows = list(&format!("SELECT * FROM {table}"));
        rows.sort_unstable();
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    all
}

#[test]
fn from_sqlite_to_postgres_and_back_nothing_changes() {
    let Some(schema) = Schema::new("moved") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from.sqlite");
    {
        let store = SqliteStore::open(&from).unwrap();
        fill(&store);
        store.check().unwrap();
    }
    let store = schema.open();
    let rows = store.import(&from).unwrap();
    store.check().unwrap();
    let back = folder.path().join("back.sqlite");
    store.backup(&back).unwrap();
    let (before, after) = (everything(&from), everything(&back));
    assert!(
        before
            .iter()
            .filter(|row| !row.starts_with("sqlite_sequence"))
            .count() as u64
            == rows
            && rows > 40,
        "{rows}"
    );
    assert_eq!(after, before);
    for table in [
        "alerts",
        "audit",
        "bad_rows",
        "batches",
        "cases",
        "corrections",
        "deliveries",
        "documents",
        "erased",
        "erasures",
        "models",
        "predictions",
        "sessions",
    ] {
        assert!(
            before.iter().any(|row| row.starts_with(&format!("{table}: "))),
            "no row in {table}"
        );
    }
    // The last text was erased; its number is not given again.
    let copy = SqliteStore::open(&back).unwrap();
    let [here, there] = [&*store as &dyn Store, &copy].map(|store| {
        store
            .add_predictions(vec![prediction("new", "bug", 0.9)])
            .unwrap()[0]
    });
    assert_eq!(here, there);
    assert!(
        before
            .iter()
            .any(|row| row.contains(&format!("Integer({})", here - 1))),
        "{here}"
    );
    let error = store.import(&from).unwrap_err();
    assert!(
        matches!(&error, Error::NotEmpty { table, .. } if table == "predictions"),
        "{error}"
    );
    let count = |store: &dyn Store| store.count(&Filter::default()).unwrap();
    assert_eq!(count(&*store), count(&copy), "nothing was imported");
}

/// Adds rows to all tables, with the values that are hardest to move.
fn fill(store: &dyn Store) {
    let odd = "\u{0} \u{FDD0}\u{FDD1} \\N \"quoted\", 'a'\r\nb\t🎉 ";
    let new = |text: &str, confidence: f64| {
        let mut new = prediction(text, odd, confidence);
        new.labels = vec![odd.to_owned(), "b".to_owned()];
        new.source = odd.to_owned();
        new.fields = serde_json::from_value(json!({ odd: odd, "n": 1.0e-7, "list": ["\u{0}"] })).unwrap();
        new.unfamiliarity = Some(0.1 + 0.2);
        new.abstained = Some(true);
        new
    };
    let ids = store
        .add_predictions(vec![
            new(odd, 1.0 / 3.0),
            new("", 0.0),
            new("NULL", 1.0),
            new("last", 0.5),
        ])
        .unwrap();
    for (id, label) in [(ids[0], odd), (ids[1], "x"), (ids[0], "y")] {
        store
            .correct(correction(id, label, Some(&format!("key {label} {id}"))))
            .unwrap();
    }
    store.undo_correction(ids[1]).unwrap();
    let batch = store.create_batch(batch_of(3)).unwrap();
    store.set_batch_state(batch, BatchState::Running, None).unwrap();
    let bad = BadRowEntry {
        row: 0,
        line: 2,
        reason: odd.into(),
    };
    let chunk = Chunk {
        from: 0,
        to: 1,
        predictions: Vec::new(),
        given: Vec::new(),
        bad: vec![bad],
    };
    store.add_chunk(batch, chunk).unwrap();
    store.put_model(model("m", 1)).unwrap();
    store.set_serving("m").unwrap();
    store.add_audit("anna", "model.promote", odd, odd).unwrap();
    let delivery = NewDelivery {
        key: odd.into(),
        digest: "d".into(),
        predictions: vec![new("delivered", 0.7)],
    };
    store
        .add_delivery(delivery, Box::new(|ids| format!("{ids:?}")))
        .unwrap();
    store.add_alert(alert("bug", 20, 40)).unwrap();
    store.alert_sent("slack", "bug", 20).unwrap();
    let session = Session {
        token: "token".into(),
        key: odd.into(),
        expires_at: 100,
    };
    store.add_session(session, 0).unwrap();
    store
        .put_document("views", &json!({ "a": odd }).to_string())
        .unwrap();
    store.add_cases(vec![case(ids[0])]).unwrap();
    for index in 0..30 {
        store
            .add_predictions(vec![prediction(&format!("text {index}"), "bug", 0.9)])
            .unwrap();
    }
    let last = store.ids(&Filter::default(), 1).unwrap()[0];
    store.erase(Erase::Prediction(last), "Ann").unwrap();
}
