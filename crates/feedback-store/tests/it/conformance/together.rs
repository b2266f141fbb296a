//! Checks that need a complete store: texts of any kind in all tables, concurrent writers, backups.

use std::sync::Arc;

use feedback_store::{
    BadRowEntry, BatchState, Chunk, Cursor, Error, Filter, NewBatch, NewDelivery, NewPrediction, SqliteStore,
    Store,
};

use super::fixtures::{alert, batch_of, correction, model, prediction};
use super::predictions::texts;

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn Store>) {
    texts_of_any_kind_survive_a_round_trip(&*fresh());
    concurrent_writers_lose_nothing(&fresh());
    racing_writers_make_each_change_once(&fresh());
    a_backup_can_be_opened_as_a_store(&*fresh());
    fresh().check().unwrap();
}

fn texts_of_any_kind_survive_a_round_trip(store: &dyn Store) {
    let odd = "a\u{0}b \u{FDD0}\u{FDD1} \\%_' \u{10FFFF} 🎉\r\n";
    let new = NewPrediction {
        source: odd.into(),
        model: odd.into(),
        ..prediction(odd, odd, 0.1 + 0.2)
    };
    let id = store.add_predictions(vec![new.clone()]).unwrap()[0];
    let search = |text: &str| Filter {
        text: Some(text.into()),
        ..Filter::default()
    };
    assert_eq!(store.prediction(id).unwrap().unwrap().prediction, new);
    assert_eq!(texts(store, search(odd)), [odd]);
    assert_eq!(texts(store, search("A\u{0}B")), [odd]);
    assert!(texts(store, search("\u{0}\u{0}")).is_empty());
    for (label, source) in [(Some(odd), None), (None, Some(odd))] {
        let filter = Filter {
            label: label.map(str::to_owned),
            source: source.map(str::to_owned),
            ..Filter::default()
        };
        assert_eq!(texts(store, filter), [odd]);
    }
    assert_eq!(store.overview(&Filter::default()).unwrap().labels[0].label, odd);
    let made = store.correct(correction(id, odd, Some("clé \u{0}"))).unwrap();
    assert_eq!(
        (
            made.text.as_str(),
            made.previous[0].as_str(),
            made.labels[0].as_str()
        ),
        (odd, odd, odd)
    );
    assert_eq!(
        store.correct(correction(id, odd, Some("clé \u{0}"))).unwrap(),
        made
    );
    let batch = NewBatch {
        name: odd.into(),
        text_field: Some(odd.into()),
        ..batch_of(u64::from(u32::MAX) * 8)
    };
    let batch_id = store.create_batch(batch.clone()).unwrap();
    store
        .set_batch_state(batch_id, BatchState::Failed, Some(odd))
        .unwrap();
    let stored = store.batch(batch_id).unwrap().unwrap();
    assert_eq!((stored.upload, stored.message.as_deref()), (batch, Some(odd)));
    store.add_audit("anna", odd, odd, odd).unwrap();
    assert_eq!(store.audit(1).unwrap()[0].detail, odd);

    // The search ignores case in every script; labels are sorted by code points.
    store
        .add_predictions(vec![
            prediction("ÄRGER, Größe", "b", 0.5),
            prediction("x ПАДАЕТ", "B", 0.5),
        ])
        .unwrap();
    assert_eq!(texts(store, search("Ärger")), ["ÄRGER, Größe"]);
    assert_eq!(texts(store, search("ärger, gRÖß")), ["ÄRGER, Größe"]);
    assert_eq!(texts(store, search("падает")), ["x ПАДАЕТ"]);
    assert!(texts(store, search("arger")).is_empty());
    let overview = store.overview(&search("")).unwrap();
    let labels: Vec<_> = overview.days.iter().map(|day| day.labels[0].as_str()).collect();
    assert_eq!(labels, ["B", odd, "b"]);
}

fn concurrent_writers_lose_nothing(store: &Arc<dyn Store>) {
    in_threads(8, store, |thread, store| {
        for index in 0..50 {
            let id = store
                .add_predictions(vec![prediction(&format!("{thread} {index}"), "bug", 0.5)])
                .unwrap()[0];
            // This write fails, while other writes may be in the same transaction.
            assert!(store.set_serving("absent").is_err());
            store.correct(correction(id, "praise", None)).unwrap();
        }
    });
    let corrected = Filter {
        corrected: Some(true),
        ..Filter::default()
    };
    assert_eq!(store.count(&corrected).unwrap(), 400);
    assert_eq!(store.corrections(0, 1000).unwrap().len(), 400);
    store.check().unwrap();
}

fn racing_writers_make_each_change_once(store: &Arc<dyn Store>) {
    let prediction_id = store.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap()[0];
    let batch = store.create_batch(batch_of(80)).unwrap();
    store.set_batch_state(batch, BatchState::Running, None).unwrap();
    for round in 0..20_i64 {
        in_threads(4, store, |_, store| {
            let key = format!("key {round}");
            let made = store
                .correct(correction(prediction_id, &key, Some(&key)))
                .unwrap();
            assert_eq!(made.labels, [key]);
            let rows = (round * 4)..(round * 4 + 4);
            let chunk = Chunk {
                from: rows.start.cast_unsigned(),
                to: rows.end.cast_unsigned(),
                predictions: rows
                    .map(|row| NewPrediction {
                        batch: Some((batch, row)),
                        ..prediction("row", "bug", 0.9)
                    })
                    .collect(),
                given: Vec::new(),
                bad: Vec::new(),
            };
            let added = store.add_chunk(batch, chunk);
            assert!(matches!(added, Ok(()) | Err(Error::Conflict(_))), "{added:?}");
        });
    }
    assert_eq!(store.batch(batch).unwrap().unwrap().classified, 80);
    assert_eq!(store.batch_rows(batch, 0, 1000).unwrap().len(), 80);
    let standing = store.corrections(0, 10).unwrap();
    assert_eq!(standing.len(), 1);
    assert_eq!(standing[0].labels, ["key 19"]);
    assert_eq!(standing[0].previous, ["key 18"], "each correction was made once");
    store.check().unwrap();
}

fn in_threads(n: usize, store: &Arc<dyn Store>, work: impl Fn(usize, &dyn Store) + Sync) {
    std::thread::scope(|scope| {
        for thread in 0..n {
            let work = &work;
            scope.spawn(move || work(thread, &**store));
        }
    });
}

fn a_backup_can_be_opened_as_a_store(store: &dyn Store) {
    let new: Vec<_> = (0..2500)
        .map(|index| prediction(&format!("{index} \u{0}"), "bug", 0.5))
        .collect();
    let ids = store.add_predictions(new).unwrap();
    assert!(ids.is_sorted());
    let made = store.correct(correction(ids[7], "praise", Some("key"))).unwrap();
    store.correct(correction(ids[8], "praise", None)).unwrap();
    store.undo_correction(ids[8]).unwrap();
    let batch = store.create_batch(batch_of(1)).unwrap();
    store.set_batch_state(batch, BatchState::Running, None).unwrap();
    let bad = BadRowEntry {
        row: 0,
        line: 2,
        reason: "empty".into(),
    };
    let chunk = Chunk {
        from: 0,
        to: 1,
        predictions: Vec::new(),
        given: Vec::new(),
        bad: vec![bad.clone()],
    };
    store.add_chunk(batch, chunk).unwrap();
    store.put_model(model("m", 1)).unwrap();
    store.set_serving("m").unwrap();
    store.add_audit("anna", "model.promote", "m", "").unwrap();
    let delivery = NewDelivery {
        key: "msg_1".into(),
        digest: "d".into(),
        predictions: vec![prediction("delivered", "bug", 0.5)],
    };
    store
        .add_delivery(delivery, Box::new(|ids| format!("{ids:?}")))
        .unwrap();
    store.add_alert(alert("bug", 20, 40)).unwrap();
    store.add_alert(alert("praise", 20, 40)).unwrap();
    store.alert_sent("slack", "bug", 20).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.sqlite");
    store.backup(&path).unwrap();
    let copy: &dyn Store = &SqliteStore::open(&path).unwrap();
    copy.check().unwrap();
    let everything = |store: &dyn Store| {
        let history = store.history(&Filter::default(), Cursor::newest(5000)).unwrap();
        let kept = (
            store.corrections(0, 10).unwrap(),
            store.bad_rows(batch, 10).unwrap(),
            store.delivery("msg_1").unwrap(),
            store.unsent_alerts("slack", 0).unwrap(),
        );
        (
            history,
            kept,
            store.batches(10).unwrap(),
            store.models().unwrap(),
            store.audit(10).unwrap(),
        )
    };
    assert_eq!(everything(copy), everything(store));
    assert_eq!(copy.bad_rows(batch, 10).unwrap(), [bad]);
    assert_eq!(
        copy.correct(correction(ids[7], "praise", Some("key"))).unwrap(),
        made
    );
    assert!(copy.add_predictions(vec![prediction("new", "bug", 0.5)]).unwrap()[0] > ids[2499]);
}
