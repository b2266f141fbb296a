//! Checks of erasures.

use std::sync::Arc;

use feedback_store::{
    BadRowEntry, BatchState, Chunk, Conflict, Cursor, Erase, Error, FieldValue, Filter, Store,
};

use super::fixtures::{batch_of, correction, prediction};

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn Store>) {
    erased_data_is_gone_and_recorded(&*fresh());
    texts_are_erased_by_a_field(&*fresh());
    a_running_batch_is_not_erased(&*fresh());
    erasures_are_repeated_on_an_older_copy(&*fresh(), &*fresh());
    names_are_forgotten(&*fresh());
    fields_forget_erased_texts(&*fresh(), &*fresh());
}

fn texts(store: &dyn Store) -> Vec<String> {
    let all = store.history(&Filter::default(), Cursor::newest(100)).unwrap();
    all.into_iter().map(|item| item.prediction.text).collect()
}

fn erased_data_is_gone_and_recorded(store: &dyn Store) {
    let new = ["a", "b", "a", "c"]
        .map(|text| prediction(text, "bug", 0.9))
        .to_vec();
    let ids = store.add_predictions(new).unwrap();
    store.correct(correction(ids[0], "praise", None)).unwrap();
    let by_text = store.erase(Erase::Text("a".into()), "anna").unwrap();
    assert_eq!(
        (by_text.predictions, by_text.corrections, by_text.actor.as_str()),
        (2, 1, "anna")
    );
    assert_eq!((by_text.kind.as_str(), by_text.reference.as_str()), ("text", ""));
    assert_eq!(texts(store), ["c", "b"]);
    assert!(store.corrections(0, 10).unwrap().is_empty());
    let by_number = store.erase(Erase::Prediction(ids[3]), "anna").unwrap();
    assert_eq!(by_number.predictions, 1);
    let again = store.erase(Erase::Prediction(ids[3]), "anna").unwrap();
    assert_eq!(again.predictions, 0);
    assert_eq!(store.erasures().unwrap(), [by_text.clone(), by_number, again]);
    let erased = store.erased(0).unwrap();
    let numbers: Vec<i64> = erased.iter().map(|one| one.prediction).collect();
    assert_eq!(numbers, [0, ids[0], ids[2], ids[3]]);
    assert_eq!(erased[0].erasure, by_text.id);
    // The hash is from `printf a | sha256sum`.
    assert!(erased[0].hash.starts_with("ca978112ca1bbdcafac231b39a23dc4d"));
    assert_eq!(store.erased(by_text.id).unwrap().len(), 1);
    assert!(store.scrub().unwrap());
    assert_eq!(texts(store), ["b"]);
    let source = store.prediction(ids[1]).unwrap().unwrap().prediction.source;
    assert_eq!(store.erase(Erase::Source(source), "anna").unwrap().predictions, 1);
    let mut old = prediction("old", "bug", 0.9);
    old.at = 1000;
    let new = prediction("new", "bug", 0.9);
    let limit = new.at.min(2000);
    store.add_predictions(vec![old, new]).unwrap();
    assert_eq!(
        store.erase(Erase::Before(limit), "server").unwrap().predictions,
        1
    );
    assert_eq!(texts(store), ["new"]);
    store.check().unwrap();
}

fn fields_forget_erased_texts(store: &dyn Store, older: &dyn Store) {
    let with = |text: &str, fields: &str| {
        let mut new = prediction(text, "bug", 0.9);
        new.fields = serde_json::from_str(fields).unwrap();
        new
    };
    let new = vec![
        with("my secret\u{0}", r#"{"plan": "pro"}"#),
        with(
            "other",
            r#"{"reply to": "my secret\u0000", "my secret\u0000": 4.50, "plan": "pro"}"#,
        ),
    ];
    store.add_predictions(new.clone()).unwrap();
    older.add_predictions(new).unwrap();
    let erasure = store.erase(Erase::Text("my secret\u{0}".into()), "anna").unwrap();
    assert_eq!(erasure.predictions, 1);
    let erased = store.erased(0).unwrap();
    older.repeat_erasures(vec![erasure], erased).unwrap();
    for store in [store, older] {
        let all = store.history(&Filter::default(), Cursor::newest(10)).unwrap();
        let fields = serde_json::to_string(&all[0].prediction.fields).unwrap();
        assert_eq!(
            (all.len(), fields.as_str()),
            (1, r#"{"reply to":"[erased]","[erased]":4.50,"plan":"pro"}"#)
        );
    }
}

fn texts_are_erased_by_a_field(store: &dyn Store) {
    let with = |text: &str, fields: &str| {
        let mut new = prediction(text, "bug", 0.9);
        new.fields = serde_json::from_str(fields).unwrap();
        new
    };
    let new = vec![
        with("a", r#"{"customer": "c9", "plan": "pro"}"#),
        with("b", r#"{"customer": "c9"}"#),
        with("c", r#"{"customer": "c90"}"#),
        with("d", r#"{"number": 9}"#),
        with("e", r#"{"number": "9", "customer": "it's $1"}"#),
        prediction("without fields", "bug", 0.9),
    ];
    let ids = store.add_predictions(new).unwrap();
    store.correct(correction(ids[1], "praise", None)).unwrap();
    let field = |name: &str, value: &str| {
        let (name, value) = (name.to_owned(), value.to_owned());
        Erase::Field(FieldValue { name, value })
    };
    let by_customer = store.erase(field("customer", "c9"), "anna").unwrap();
    assert_eq!((by_customer.predictions, by_customer.corrections), (2, 1));
    // The receipt does not keep who the person was.
    assert_eq!(
        (by_customer.kind.as_str(), by_customer.reference.as_str()),
        ("field", "customer")
    );
    assert_eq!(texts(store), ["without fields", "e", "d", "c"]);
    let again = store.erase(field("customer", "c9"), "anna").unwrap();
    assert_eq!(again.predictions, 0);
    // As in a filter, a number is found by its digits and by the same text.
    assert_eq!(store.batches_with(&field("number", "9")).unwrap(), [0; 0]);
    assert_eq!(store.erase(field("number", "9"), "anna").unwrap().predictions, 2);
    assert_eq!(texts(store), ["without fields", "c"]);
    assert_eq!(store.erased(0).unwrap().len(), 4);
    store.check().unwrap();
}

fn a_running_batch_is_not_erased(store: &dyn Store) {
    let id = store.create_batch(batch_of(1)).unwrap();
    store.set_batch_state(id, BatchState::Running, None).unwrap();
    let mut row = prediction("from a file", "bug", 0.9);
    row.batch = Some((id, 0));
    row.fields = serde_json::from_str(r#"{"customer": "c9"}"#).unwrap();
    let customer = FieldValue {
        name: "customer".into(),
        value: "c9".into(),
    };
    let chunk = Chunk {
        from: 0,
        to: 1,
        predictions: vec![row],
        given: Vec::new(),
        bad: Vec::new(),
    };
    store.add_chunk(id, chunk).unwrap();
    for what in [
        Erase::Batch(id),
        Erase::Text("from a file".into()),
        Erase::Field(customer),
    ] {
        assert_eq!(store.batches_with(&what).unwrap(), [id]);
        let refused = store.erase(what, "anna").unwrap_err();
        assert!(
            matches!(refused, Error::Conflict(Conflict::BatchNotEnded(_))),
            "{refused}"
        );
    }
    store.set_batch_state(id, BatchState::Done, None).unwrap();
    store.check().unwrap();
    assert_eq!(store.erase(Erase::Batch(id), "anna").unwrap().predictions, 1);
    store.check().unwrap();
}

fn erasures_are_repeated_on_an_older_copy(store: &dyn Store, copy: &dyn Store) {
    let all = || ["a", "b", "c"].map(|text| prediction(text, "bug", 0.9)).to_vec();
    let ids = store.add_predictions(all()).unwrap();
    // The copy has the same predictions, and the erased text once more.
    assert_eq!(copy.add_predictions(all()).unwrap(), ids);
    copy.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap();
    store.erase(Erase::Text("a".into()), "anna").unwrap();
    store.erase(Erase::Prediction(ids[1]), "anna").unwrap();
    let (erasures, erased) = (store.erasures().unwrap(), store.erased(0).unwrap());
    let count = copy.repeat_erasures(erasures.clone(), erased.clone()).unwrap();
    assert_eq!((count, texts(copy)), (3, vec!["c".to_owned()]));
    assert_eq!(copy.erasures().unwrap(), erasures);
    assert_eq!(copy.repeat_erasures(erasures.clone(), erased).unwrap(), 0);
    assert_eq!(copy.erasures().unwrap(), erasures);
    copy.check().unwrap();
}

fn names_are_forgotten(store: &dyn Store) {
    let (id, other) = (
        store.create_batch(batch_of(1)).unwrap(),
        store.create_batch(batch_of(1)).unwrap(),
    );
    store.set_batch_state(id, BatchState::Running, None).unwrap();
    let bad = BadRowEntry {
        row: 0,
        line: 1,
        reason: "it has `a text`".into(),
    };
    let chunk = Chunk {
        from: 0,
        to: 1,
        predictions: Vec::new(),
        given: Vec::new(),
        bad: vec![bad],
    };
    store.add_chunk(id, chunk).unwrap();
    let before = store.batch(other).unwrap();
    store
        .set_batch_state(id, BatchState::Failed, Some("at `a text`"))
        .unwrap();
    store.rename_batch(id, "[erased]").unwrap();
    store.forget_names(id, Some("[erased] 2")).unwrap();
    let batch = store.batch(id).unwrap().unwrap();
    assert_eq!(
        (
            batch.upload.name.as_str(),
            batch.upload.text_field.as_deref(),
            batch.upload.columns
        ),
        ("[erased]", Some("[erased] 2"), None)
    );
    assert_eq!(batch.message, None);
    let bad = store.bad_rows(id, 10).unwrap();
    assert!(bad.len() == 1 && !bad[0].reason.contains("a text"), "{bad:?}");
    assert_eq!(
        store.batch(other).unwrap(),
        before,
        "another batch stays as it is"
    );
    store.check().unwrap();
}
