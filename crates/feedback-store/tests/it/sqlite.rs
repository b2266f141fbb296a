//! What every store must do, and what the one in SQLite must withstand besides.

use std::sync::Arc;

use feedback_inference::Score;
use feedback_server::{
    Alert, BadRowEntry, BatchState, Chunk, Cursor, Error, Filter, ModelRecord, ModelState, NewBatch,
    NewCorrection, NewDelivery, NewPrediction, SqliteStore, Store,
};
use serde_json::json;

const DAY: i64 = 86_400_000;

/// Runs every conformance test, each on a fresh store. Each implementation calls this with its own.
pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn Store>) {
    predictions_come_back_in_order(&*fresh());
    filters_and_pages(&*fresh());
    overview_counts(&*fresh());
    corrections_stand_until_undone(&*fresh());
    corrections_are_idempotent(&*fresh());
    review_shows_close_calls_once(&*fresh());
    batches_move_by_whole_chunks(&*fresh());
    deliveries_are_taken_once(&*fresh());
    alerts_are_kept_for_each_receiver(&*fresh());
    one_model_serves(&*fresh());
    audit_is_kept(&*fresh());
    texts_of_any_kind_come_back(&*fresh());
    a_failure_within_a_chunk_undoes_it(&*fresh());
    writers_at_the_same_time_lose_nothing(&fresh());
    racing_writers_do_it_once(&fresh());
    a_backup_is_a_store(&*fresh());
    fresh().check().unwrap();
}

#[test]
fn sqlite_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    conforms(&|| {
        count.set(count.get() + 1);
        let path = folder.path().join(format!("{}.sqlite", count.get()));
        Arc::new(SqliteStore::open(&path).unwrap())
    });
}

pub(crate) fn prediction(text: &str, label: &str, confidence: f64) -> NewPrediction {
    NewPrediction {
        at: 10 * DAY,
        text: text.into(),
        source: "api".into(),
        label: label.into(),
        confidence,
        abstained: None,
        truncated: false,
        scores: vec![
            Score {
                label: label.into(),
                score: confidence,
            },
            Score {
                label: "rest".into(),
                score: 1.0 - confidence,
            },
        ],
        model: "m1".into(),
        batch: None,
    }
}

fn texts(store: &dyn Store, filter: Filter) -> Vec<String> {
    let found = store.history(&filter, Cursor::newest(100)).unwrap();
    assert_eq!(store.count(&filter).unwrap(), found.len() as u64);
    found.into_iter().map(|one| one.prediction.text).collect()
}

fn predictions_come_back_in_order(store: &dyn Store) {
    let new = vec![
        prediction("one", "bug", 0.9),
        prediction("zwei 🎉 \u{0} drei", "praise", 0.4),
    ];
    let ids = store.add_predictions(new.clone()).unwrap();
    assert!(ids[0] < ids[1]);
    let found = store.prediction(ids[1]).unwrap().unwrap();
    assert_eq!(found.prediction, new[1]);
    assert_eq!(found.corrected, None);
    assert_eq!(store.prediction(999).unwrap(), None);
    assert!(store.add_predictions(Vec::new()).unwrap().is_empty());
}

fn deliveries_are_taken_once(store: &dyn Store) {
    let delivery = |key: &str, digest: &str, texts: &[&str]| NewDelivery {
        key: key.into(),
        digest: digest.into(),
        predictions: texts.iter().map(|text| prediction(text, "bug", 0.9)).collect(),
    };
    let answer = |ids: &[i64]| format!("{ids:?} ü");
    assert_eq!(store.delivery("a").unwrap(), None);
    let first = store
        .add_delivery(delivery("a", "d1", &["one", "two"]), Box::new(answer))
        .unwrap();
    let ids: Vec<i64> = store
        .history(&Filter::default(), Cursor::newest(9))
        .unwrap()
        .iter()
        .map(|row| row.id)
        .rev()
        .collect();
    assert_eq!(
        (first.digest.as_str(), first.answer.clone()),
        ("d1", answer(&ids))
    );
    assert_eq!(store.delivery("a").unwrap(), Some(first.clone()));
    let again = store
        .add_delivery(delivery("a", "d2", &["three"]), Box::new(answer))
        .unwrap();
    assert_eq!(again, first);
    assert_eq!(store.count(&Filter::default()).unwrap(), 2);
    store
        .add_delivery(delivery("b", "d1", &["four"]), Box::new(answer))
        .unwrap();
    assert_eq!(texts(store, Filter::default()), ["four", "two", "one"]);
}

fn alert(label: &str, day: i64, count: u64) -> Alert {
    Alert {
        label: label.into(),
        day,
        count,
        median: 5.5,
        mad: 1.25,
        score: 1.0 / 3.0,
        at: day * DAY + 7,
    }
}

fn alerts_are_kept_for_each_receiver(store: &dyn Store) {
    assert!(store.add_alert(alert("bug", 20, 40)).unwrap());
    assert!(
        !store.add_alert(alert("bug", 20, 50)).unwrap(),
        "one a day and category"
    );
    assert!(store.add_alert(alert("praise", 20, 30)).unwrap());
    assert!(store.add_alert(alert("bug", 19, 20)).unwrap());
    let unsent = |receiver: &str, from: i64| store.unsent_alerts(receiver, from).unwrap();
    let (bug, praise, before) = (
        alert("bug", 20, 40),
        alert("praise", 20, 30),
        alert("bug", 19, 20),
    );
    assert_eq!(unsent("slack", 20), [bug.clone(), praise.clone()]);
    assert_eq!(unsent("slack", 0), [before.clone(), bug.clone(), praise.clone()]);
    store.alert_sent("slack", "bug", 20).unwrap();
    store.alert_sent("slack", "bug", 20).unwrap();
    assert_eq!(unsent("slack", 0), [before.clone(), praise.clone()]);
    assert_eq!(unsent("webhook", 0), [before, bug, praise]);
}

fn filters_and_pages(store: &dyn Store) {
    let mut late = prediction("Late 100%", "bug", 0.2);
    late.at = 20 * DAY;
    late.source = "mail".into();
    let new = vec![
        prediction("an Apple", "bug", 0.9),
        prediction("a pear", "praise", 0.5),
        late,
    ];
    store.add_predictions(new).unwrap();
    let filter = Filter::default;
    assert_eq!(texts(store, filter()), ["Late 100%", "a pear", "an Apple"]);
    let text = |text: &str| Filter {
        text: Some(text.into()),
        ..filter()
    };
    assert_eq!(texts(store, text("apple")), ["an Apple"]);
    assert_eq!(texts(store, text("100%")), ["Late 100%"]);
    assert!(
        texts(store, text("_ pear")).is_empty(),
        "a wildcard must stand for itself"
    );
    assert!(texts(store, text("' OR 1=1 --")).is_empty());
    assert_eq!(
        texts(
            store,
            Filter {
                label: Some("praise".into()),
                ..filter()
            }
        ),
        ["a pear"]
    );
    assert_eq!(
        texts(
            store,
            Filter {
                source: Some("mail".into()),
                ..filter()
            }
        ),
        ["Late 100%"]
    );
    assert_eq!(
        texts(
            store,
            Filter {
                from: Some(11 * DAY),
                ..filter()
            }
        ),
        ["Late 100%"]
    );
    assert_eq!(
        texts(
            store,
            Filter {
                to: Some(20 * DAY),
                ..filter()
            }
        )
        .len(),
        2
    );
    assert_eq!(
        texts(
            store,
            Filter {
                min_confidence: Some(0.6),
                ..filter()
            }
        ),
        ["an Apple"]
    );
    assert_eq!(
        texts(
            store,
            Filter {
                max_confidence: Some(0.3),
                ..filter()
            }
        ),
        ["Late 100%"]
    );
    let first = store.history(&filter(), Cursor::newest(2)).unwrap();
    let rest = Cursor {
        before: first[1].id,
        limit: 2,
    };
    let rest = store.history(&filter(), rest).unwrap();
    assert_eq!((first.len(), rest.len()), (2, 1));
    assert_eq!(rest[0].prediction.text, "an Apple");
}

fn overview_counts(store: &dyn Store) {
    assert_eq!(store.overview(&Filter::default()).unwrap().total, 0);
    let mut abstained = prediction("c", "bug", 0.8);
    abstained.abstained = Some(true);
    abstained.at = 11 * DAY + 5;
    let new = vec![
        prediction("a", "bug", 0.95),
        prediction("b", "praise", 0.45),
        abstained,
    ];
    let ids = store.add_predictions(new).unwrap();
    let correction = NewCorrection {
        prediction_id: ids[1],
        label: "bug".into(),
        idempotency_key: None,
    };
    store.correct(correction).unwrap();
    let overview = store.overview(&Filter::default()).unwrap();
    assert_eq!((overview.total, overview.doubtful, overview.corrected), (3, 2, 1));
    assert!((overview.mean_confidence - (0.95 + 0.45 + 0.8) / 3.0).abs() < 1e-12);
    assert_eq!(overview.labels.len(), 1);
    assert_eq!(
        (overview.labels[0].label.as_str(), overview.labels[0].count),
        ("bug", 3)
    );
    let days: Vec<_> = overview.days.iter().map(|day| (day.day, day.count)).collect();
    assert_eq!(days, [(10, 2), (11, 1)]);
    let mut histogram = [0; 10];
    (histogram[9], histogram[4], histogram[8]) = (1, 1, 1);
    assert_eq!(overview.histogram, histogram);
}

fn corrections_stand_until_undone(store: &dyn Store) {
    let id = store.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap()[0];
    let correct = |label: &str| {
        store.correct(NewCorrection {
            prediction_id: id,
            label: label.into(),
            idempotency_key: None,
        })
    };
    let first = correct("praise").unwrap();
    assert_eq!(
        (first.previous.as_str(), first.label.as_str(), first.text.as_str()),
        ("bug", "praise", "a")
    );
    let second = correct("question").unwrap();
    assert_eq!(second.previous, "praise");
    let standing = store.corrections(0, 10).unwrap();
    assert_eq!(standing, std::slice::from_ref(&second));
    assert!(store.corrections(second.id, 10).unwrap().is_empty());
    let corrected = || store.prediction(id).unwrap().unwrap().corrected;
    assert_eq!(corrected().as_deref(), Some("question"));
    assert!(store.undo_correction(id).unwrap());
    assert_eq!(corrected().as_deref(), Some("praise"));
    assert_eq!(store.corrections(0, 10).unwrap(), [first]);
    assert!(store.undo_correction(id).unwrap());
    assert_eq!(corrected(), None);
    assert!(!store.undo_correction(id).unwrap());
    let error = store.correct(NewCorrection {
        prediction_id: 999,
        label: "bug".into(),
        idempotency_key: None,
    });
    assert!(matches!(error, Err(Error::NotFound { .. })), "{error:?}");
}

fn corrections_are_idempotent(store: &dyn Store) {
    let id = store.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap()[0];
    let correct = |label: &str| {
        store.correct(NewCorrection {
            prediction_id: id,
            label: label.into(),
            idempotency_key: Some("key".into()),
        })
    };
    let first = correct("praise").unwrap();
    assert_eq!(correct("praise").unwrap(), first);
    assert!(matches!(correct("question"), Err(Error::Conflict(_))));
    assert_eq!(store.corrections(0, 10).unwrap().len(), 1);
}

fn review_shows_close_calls_once(store: &dyn Store) {
    let new = vec![
        prediction("sure", "bug", 0.99),
        prediction("close call", "bug", 0.51),
        prediction("CLOSE call!", "bug", 0.52),
        prediction("half sure", "bug", 0.7),
        prediction("known", "bug", 0.5),
        prediction("Known.", "bug", 0.5),
    ];
    let ids = store.add_predictions(new).unwrap();
    store
        .correct(NewCorrection {
            prediction_id: ids[4],
            label: "praise".into(),
            idempotency_key: None,
        })
        .unwrap();
    let found = store.review(10).unwrap();
    let found: Vec<_> = found.iter().map(|one| one.prediction.text.as_str()).collect();
    assert_eq!(found, ["close call", "half sure", "sure"]);
    assert_eq!(store.review(1).unwrap().len(), 1);
}

fn batches_move_by_whole_chunks(store: &dyn Store) {
    let new = NewBatch {
        name: "a.csv".into(),
        format: "csv".into(),
        file: "x".into(),
        bytes: 10,
        total_rows: 4,
        text_field: None,
    };
    let id = store.create_batch(new).unwrap();
    assert_eq!(store.batch(id).unwrap().unwrap().state, BatchState::Staged);
    assert!(store.unfinished_batches().unwrap().is_empty());
    store.queue_batch(id, "body").unwrap();
    assert!(matches!(store.queue_batch(id, "body"), Err(Error::Conflict(_))));
    assert_eq!(
        store.unfinished_batches().unwrap()[0]
            .upload
            .text_field
            .as_deref(),
        Some("body")
    );
    assert!(store.delete_batch(id).is_err());
    let row = |row: i64| NewPrediction {
        batch: Some((id, row)),
        ..prediction("row", "bug", 0.9)
    };
    let bad = BadRowEntry {
        row: 1,
        line: 3,
        reason: "empty".into(),
    };
    let chunk = Chunk {
        from: 0,
        to: 2,
        predictions: vec![row(0)],
        bad: vec![bad.clone()],
    };
    assert!(store.add_chunk(id, chunk.clone()).is_err(), "it does not run yet");
    assert!(store.set_batch_state(id, BatchState::Running, None).unwrap());
    store.add_chunk(id, chunk.clone()).unwrap();
    assert!(
        matches!(store.add_chunk(id, chunk), Err(Error::Conflict(_))),
        "the same rows twice"
    );
    let second = Chunk {
        from: 2,
        to: 4,
        predictions: vec![row(2), row(3)],
        bad: Vec::new(),
    };
    store.add_chunk(id, second).unwrap();
    let batch = store.batch(id).unwrap().unwrap();
    assert_eq!((batch.position, batch.classified, batch.bad), (4, 3, 1));
    assert_eq!(store.bad_rows(id, 10).unwrap(), [bad]);
    let rows = store.batch_rows(id, 1, 10).unwrap();
    let rows: Vec<_> = rows.iter().map(|row| row.prediction.batch.unwrap().1).collect();
    assert_eq!(rows, [2, 3]);
    assert!(store.set_batch_state(id, BatchState::Done, None).unwrap());
    assert!(!store.set_batch_state(id, BatchState::Cancelled, None).unwrap());
    let batch = store.batch(id).unwrap().unwrap();
    assert!(batch.started_at.is_some() && batch.ended_at.is_some());
    store.delete_batch(id).unwrap();
    assert!(store.batch(id).unwrap().is_none());
    assert_eq!(store.count(&Filter::default()).unwrap(), 3);
}

fn one_model_serves(store: &dyn Store) {
    let model = |id: &str, added_at: i64| ModelRecord {
        id: id.into(),
        origin: "models/x".into(),
        state: ModelState::Candidate,
        labels: vec!["bug".into()],
        manifest: json!({ "seed": 42 }),
        added_at,
        served_at: None,
    };
    store.put_model(model("a", 1)).unwrap();
    store.put_model(model("b", 2)).unwrap();
    store.set_serving("a").unwrap();
    store.set_serving("b").unwrap();
    store.put_model(model("b", 3)).unwrap();
    let states: Vec<_> = store
        .models()
        .unwrap()
        .into_iter()
        .map(|model| (model.id, model.state))
        .collect();
    assert_eq!(
        states,
        [
            ("b".into(), ModelState::Serving),
            ("a".into(), ModelState::Retired)
        ]
    );
    assert!(matches!(store.set_serving("c"), Err(Error::NotFound { .. })));
    assert_eq!(
        store.model("b").unwrap().unwrap().state,
        ModelState::Serving,
        "a failure changes nothing"
    );
    assert!(store.discard_model("b").is_err());
    store.discard_model("a").unwrap();
    assert_eq!(store.model("a").unwrap().unwrap().state, ModelState::Discarded);
    assert_eq!(store.model("a").unwrap().unwrap().manifest["seed"], 42);
}

fn audit_is_kept(store: &dyn Store) {
    store.add_audit("model.promote", "a", "").unwrap();
    store.add_audit("batch.delete", "3", "more").unwrap();
    let entries = store.audit(10).unwrap();
    assert_eq!(
        (entries[0].action.as_str(), entries[0].detail.as_str()),
        ("batch.delete", "more")
    );
    assert_eq!(store.audit(1).unwrap().len(), 1);
}

fn correction(prediction_id: i64, label: &str, key: Option<&str>) -> NewCorrection {
    NewCorrection {
        prediction_id,
        label: label.into(),
        idempotency_key: key.map(str::to_owned),
    }
}

fn batch_of(total_rows: u64) -> NewBatch {
    NewBatch {
        name: "a.csv".into(),
        format: "csv".into(),
        file: "x".into(),
        bytes: 10,
        total_rows,
        text_field: Some("text".into()),
    }
}

fn texts_of_any_kind_come_back(store: &dyn Store) {
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
        (made.text.as_str(), made.previous.as_str(), made.label.as_str()),
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
    store.add_audit(odd, odd, odd).unwrap();
    assert_eq!(store.audit(1).unwrap()[0].detail, odd);

    // Letter case of ASCII aside, and of nothing else; and sorted by code points.
    store
        .add_predictions(vec![prediction("ÄRGER", "b", 0.5), prediction("x", "B", 0.5)])
        .unwrap();
    assert_eq!(texts(store, search("Ärger")), ["ÄRGER"]);
    assert!(texts(store, search("ärger")).is_empty());
    let overview = store.overview(&search("")).unwrap();
    let labels: Vec<_> = overview.days.iter().map(|day| day.label.as_str()).collect();
    assert_eq!(labels, ["B", odd, "b"]);
}

fn a_failure_within_a_chunk_undoes_it(store: &dyn Store) {
    let id = store.create_batch(batch_of(2)).unwrap();
    store.set_batch_state(id, BatchState::Running, None).unwrap();
    let row = NewPrediction {
        batch: Some((id, 0)),
        ..prediction("twice in one chunk", "bug", 0.9)
    };
    let chunk = Chunk {
        from: 0,
        to: 2,
        predictions: vec![row.clone(), row.clone()],
        bad: Vec::new(),
    };
    store.add_chunk(id, chunk).unwrap_err();
    let batch = store.batch(id).unwrap().unwrap();
    assert_eq!((batch.position, batch.classified), (0, 0));
    assert_eq!(store.count(&Filter::default()).unwrap(), 0);
    let chunk = Chunk {
        from: 0,
        to: 1,
        predictions: vec![row],
        bad: Vec::new(),
    };
    store.add_chunk(id, chunk).unwrap();
    let mut wrong = prediction("no number", "bug", 0.9);
    wrong.confidence = f64::NAN;
    store
        .add_predictions(vec![prediction("beside it", "bug", 0.9), wrong])
        .unwrap_err();
    assert_eq!(store.count(&Filter::default()).unwrap(), 1);
}

fn writers_at_the_same_time_lose_nothing(store: &Arc<dyn Store>) {
    in_threads(8, store, |thread, store| {
        for index in 0..50 {
            let id = store
                .add_predictions(vec![prediction(&format!("{thread} {index}"), "bug", 0.5)])
                .unwrap()[0];
            // Fails in its part of the transaction, while others are in the same one.
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

fn racing_writers_do_it_once(store: &Arc<dyn Store>) {
    let prediction_id = store.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap()[0];
    let batch = store.create_batch(batch_of(80)).unwrap();
    store.set_batch_state(batch, BatchState::Running, None).unwrap();
    for round in 0..20_i64 {
        in_threads(4, store, |_, store| {
            let key = format!("key {round}");
            let made = store
                .correct(correction(prediction_id, &key, Some(&key)))
                .unwrap();
            assert_eq!(made.label, key);
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
    assert_eq!(standing[0].label, "key 19");
    assert_eq!(standing[0].previous, "key 18", "each was made once");
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

fn a_backup_is_a_store(store: &dyn Store) {
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
        bad: vec![bad.clone()],
    };
    store.add_chunk(batch, chunk).unwrap();
    let model = ModelRecord {
        id: "m".into(),
        origin: "models/x".into(),
        state: ModelState::Candidate,
        labels: vec!["bug".into()],
        manifest: json!({ "seed": 42 }),
        added_at: 1,
        served_at: None,
    };
    store.put_model(model).unwrap();
    store.set_serving("m").unwrap();
    store.add_audit("model.promote", "m", "").unwrap();
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
    let copy = SqliteStore::open(&path).unwrap();
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
    assert_eq!(everything(&copy), everything(store));
    assert_eq!(copy.bad_rows(batch, 10).unwrap(), [bad]);
    assert_eq!(
        copy.correct(correction(ids[7], "praise", Some("key"))).unwrap(),
        made
    );
    assert!(copy.add_predictions(vec![prediction("new", "bug", 0.5)]).unwrap()[0] > ids[2499]);
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
        "this is no database, but long enough to be taken for one",
    )
    .unwrap();
    assert!(SqliteStore::open(&folder.path().join("none")).is_err());
}
