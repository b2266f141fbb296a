//! Checks of batches.

use std::sync::Arc;

use feedback_store::{
    BadRowEntry, BatchState, BatchStore, Chunk, ColumnChoice, Conflict, Error, Filter, GivenLabels, NewBatch,
    NewPrediction,
};

use super::fixtures::{batch_of, prediction};

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn BatchStore>) {
    batches_advance_by_complete_chunks(&*fresh());
    a_failure_in_a_chunk_undoes_the_chunk(&*fresh());
    attempts_are_counted_until_there_is_progress(&*fresh());
}

fn attempts_are_counted_until_there_is_progress(store: &dyn BatchStore) {
    let id = store.create_batch(batch_of(4)).unwrap();
    let attempts = || store.batch(id).unwrap().unwrap().attempts;
    assert_eq!(attempts(), 0);
    store.count_attempt(id).unwrap();
    store.set_batch_state(id, BatchState::Running, None).unwrap();
    store.count_attempt(id).unwrap();
    assert_eq!(attempts(), 2);
    let bad = vec![BadRowEntry {
        row: 0,
        line: 2,
        reason: "odd".into(),
    }];
    let chunk = Chunk {
        from: 0,
        to: 1,
        bad,
        ..Chunk::default()
    };
    store.add_chunk(id, chunk).unwrap();
    assert_eq!(attempts(), 0);
}

fn batches_advance_by_complete_chunks(store: &dyn BatchStore) {
    let new = NewBatch {
        name: "a.csv".into(),
        format: "csv".into(),
        file: "x".into(),
        bytes: 10,
        sha256: Some("ab12".into()),
        total_rows: 4,
        text_field: None,
        columns: None,
        notes: Vec::new(),
    };
    let id = store.create_batch(new).unwrap();
    assert_eq!(store.batch(id).unwrap().unwrap().state, BatchState::Staged);
    assert!(store.unfinished_batches().unwrap().is_empty());
    let choice = ColumnChoice {
        date: Some("Größe, „cm“".into()),
        label: Some("Kategorie".into()),
        labelled_by: Some("Ann".into()),
        ..ColumnChoice::default()
    };
    store.queue_batch(id, "body", Some(choice.clone())).unwrap();
    assert_eq!(store.batch(id).unwrap().unwrap().choice, Some(choice));
    assert!(matches!(
        store.queue_batch(id, "body", None),
        Err(Error::Conflict(Conflict::BatchNotStaged(_)))
    ));
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
        given: vec![GivenLabels {
            place: 0,
            labels: vec!["praise".into()],
            actor: "Ann".into(),
        }],
        bad: vec![bad.clone()],
    };
    assert!(
        store.add_chunk(id, chunk.clone()).is_err(),
        "the batch is not running yet"
    );
    assert!(store.set_batch_state(id, BatchState::Running, None).unwrap());
    store.add_chunk(id, chunk.clone()).unwrap();
    assert!(
        matches!(
            store.add_chunk(id, chunk),
            Err(Error::Conflict(Conflict::BatchAtAnotherRow(_)))
        ),
        "the same rows are added twice"
    );
    let rows = store.batch_rows(id, 0, 1).unwrap();
    assert_eq!(rows[0].corrected, Some(vec!["praise".to_owned()]));
    let second = Chunk {
        from: 2,
        to: 4,
        predictions: vec![row(2), row(3)],
        given: Vec::new(),
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

fn a_failure_in_a_chunk_undoes_the_chunk(store: &dyn BatchStore) {
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
        given: Vec::new(),
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
        given: Vec::new(),
        bad: Vec::new(),
    };
    store.add_chunk(id, chunk).unwrap();
    assert_eq!(store.count(&Filter::default()).unwrap(), 1);
}
