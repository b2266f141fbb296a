//! Checks of cases.

use std::sync::Arc;

use feedback_store::{
    Case, CaseChange, CaseFilter, CaseNote, CaseReason, CaseState, Cursor, Erase, Filter, NewCase, Store,
};

use super::fixtures::prediction;

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn Store>) {
    a_text_has_one_case(&*fresh());
    cases_are_ordered_and_filtered(&*fresh());
    changes_are_kept(&*fresh());
    erasures_remove_cases(&*fresh(), &*fresh());
    answers_are_kept(&*fresh());
    the_time_of_the_answer_is_kept(&*fresh());
}

fn the_time_of_the_answer_is_kept(store: &dyn Store) {
    let ids = texts(store, 3);
    store.add_cases(vec![case(ids[2]), case(ids[0])]).unwrap();
    let found = store.cases_of(&ids).unwrap();
    let of: Vec<i64> = found.iter().map(|case| case.content.prediction_id).collect();
    assert_eq!(of, [ids[0], ids[2]]);
    assert!(store.cases_of(&[ids[1], 999]).unwrap().is_empty());
    assert_eq!(found[0].answered_at, None);
    let change = |state: CaseState| {
        let change = CaseChange {
            state: Some(state),
            ..CaseChange::default()
        };
        store.change_case(found[0].id, change).unwrap().unwrap()
    };
    let waiting = change(CaseState::Waiting);
    assert_eq!(waiting.answered_at, Some(waiting.changed_at));
    std::thread::sleep(std::time::Duration::from_millis(5));
    let done = change(CaseState::Done);
    assert_eq!(done.answered_at, waiting.answered_at, "the answer came before");
    assert_eq!(store.case(done.id).unwrap().unwrap(), done);
    assert_eq!(change(CaseState::Open).answered_at, None);
}

fn texts(store: &dyn Store, n: usize) -> Vec<i64> {
    let new = (0..n).map(|place| prediction(&format!("text {place}"), "bug", 0.9));
    store.add_predictions(new.collect()).unwrap()
}

pub(crate) fn case(prediction_id: i64) -> NewCase {
    NewCase {
        prediction_id,
        urgency: 1,
        reasons: vec![CaseReason {
            kind: "money".into(),
            words: "charged \u{0}\u{FDD0}\u{FDD1} twice 🎉".into(),
        }],
        language: "de".into(),
        rule: "Refunds".into(),
        team: "billing".into(),
        priority: 2,
        due_at: Some(1000),
        tags: vec!["refund".into(), "ü\u{0}".into()],
    }
}

fn plain(prediction_id: i64) -> NewCase {
    NewCase {
        prediction_id,
        urgency: 0,
        reasons: Vec::new(),
        language: String::new(),
        rule: String::new(),
        team: String::new(),
        priority: 1,
        due_at: None,
        tags: Vec::new(),
    }
}

fn all(store: &dyn Store) -> Vec<Case> {
    store.cases(&CaseFilter::default(), 0, 100).unwrap()
}

fn a_text_has_one_case(store: &dyn Store) {
    let ids = texts(store, 2);
    assert_eq!(
        store
            .add_cases(vec![case(ids[0]), case(999), plain(ids[0])])
            .unwrap(),
        1
    );
    assert_eq!(store.add_cases(vec![plain(ids[0]), plain(ids[1])]).unwrap(), 1);
    assert_eq!(store.add_cases(Vec::new()).unwrap(), 0);
    let cases = all(store);
    assert_eq!(
        cases.iter().map(|case| &case.content).collect::<Vec<_>>(),
        [&case(ids[0]), &plain(ids[1])]
    );
    let first = &cases[0];
    assert_eq!(
        (first.state, first.owner.as_str(), first.notes.len()),
        (CaseState::Open, "", 0)
    );
    assert_eq!(store.case(first.id).unwrap().as_ref(), Some(first));
    assert_eq!(store.case(999).unwrap(), None);
    let after = store.predictions_after(ids[0], 10).unwrap();
    assert_eq!(after.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[1]]);
    assert!(store.predictions_after(ids[1], 10).unwrap().is_empty());
    assert_eq!(store.predictions_after(0, 1).unwrap()[0].id, ids[0]);
    store.check().unwrap();
}

fn cases_are_ordered_and_filtered(store: &dyn Store) {
    let ids = texts(store, 6);
    let with = |place: usize, urgency, priority, due_at, team: &str| NewCase {
        urgency,
        priority,
        due_at,
        team: team.into(),
        ..plain(ids[place])
    };
    let new = vec![
        with(0, 0, 1, None, ""),
        with(1, 1, 1, None, "b"),
        with(2, 1, 1, Some(500), "a"),
        with(3, 1, 2, None, "a"),
        with(4, 2, 0, None, ""),
        with(5, 1, 1, Some(200), "b"),
    ];
    store.add_cases(new).unwrap();
    let places = |filter: &CaseFilter| -> Vec<usize> {
        let found = store.cases(filter, 0, 100).unwrap();
        assert_eq!(store.count_cases(filter).unwrap(), found.len() as u64);
        let place = |case: &Case| {
            ids.iter()
                .position(|id| *id == case.content.prediction_id)
                .unwrap()
        };
        found.iter().map(place).collect()
    };
    let any = CaseFilter::default;
    assert_eq!(places(&any()), [4, 3, 5, 2, 1, 0]);
    let page: Vec<i64> = store
        .cases(&any(), 1, 2)
        .unwrap()
        .iter()
        .map(|case| case.content.prediction_id)
        .collect();
    assert_eq!(page, [ids[3], ids[5]]);
    let id_of = |place: usize| {
        all(store)
            .into_iter()
            .find(|case| case.content.prediction_id == ids[place])
            .unwrap()
            .id
    };
    let done = CaseChange {
        state: Some(CaseState::Done),
        owner: Some("ann".into()),
        ..CaseChange::default()
    };
    store.change_case(id_of(3), done).unwrap();
    let states = |states: &[CaseState]| CaseFilter {
        states: states.to_vec(),
        ..any()
    };
    assert_eq!(
        places(&states(&[CaseState::Open, CaseState::Waiting])),
        [4, 5, 2, 1, 0]
    );
    assert_eq!(places(&states(&[CaseState::Done])), [3]);
    assert_eq!(
        places(&CaseFilter {
            team: Some("a".into()),
            ..any()
        }),
        [3, 2]
    );
    assert_eq!(
        places(&CaseFilter {
            team: Some(String::new()),
            ..any()
        }),
        [4, 0]
    );
    assert_eq!(
        places(&CaseFilter {
            owner: Some("ann".into()),
            ..any()
        }),
        [3]
    );
    assert_eq!(
        places(&CaseFilter {
            owner: Some(String::new()),
            min_urgency: Some(1),
            ..any()
        }),
        [4, 5, 2, 1]
    );
    assert_eq!(
        places(&CaseFilter {
            due_before: Some(500),
            ..any()
        }),
        [5]
    );
    assert_eq!(
        places(&CaseFilter {
            urgent_or_due_before: Some(501),
            ..any()
        }),
        [4, 5, 2]
    );
    let (teams, owners) = store.teams_and_owners().unwrap();
    assert_eq!(
        (teams, owners),
        (vec!["a".to_owned(), "b".to_owned()], vec!["ann".to_owned()])
    );
}

fn changes_are_kept(store: &dyn Store) {
    let ids = texts(store, 1);
    store.add_cases(vec![case(ids[0])]).unwrap();
    let before = all(store).remove(0);
    let note = CaseNote {
        at: 7,
        by: "ann".into(),
        text: "called \u{0}\u{FDD0} back".into(),
    };
    let change = CaseChange {
        state: Some(CaseState::Waiting),
        owner: Some("Ann Ö".into()),
        team: Some("legal".into()),
        priority: Some(0),
        due_at: Some(None),
        tags: Some(vec!["x".into()]),
        note: Some(note.clone()),
    };
    let changed = store.change_case(before.id, change).unwrap().unwrap();
    assert_eq!(store.case(before.id).unwrap().as_ref(), Some(&changed));
    let content = NewCase {
        team: "legal".into(),
        priority: 0,
        due_at: None,
        tags: vec!["x".into()],
        ..case(ids[0])
    };
    assert_eq!(
        changed,
        Case {
            content,
            state: CaseState::Waiting,
            owner: "Ann Ö".into(),
            notes: vec![note.clone()],
            changed_at: changed.changed_at,
            answered_at: Some(changed.changed_at),
            ..before
        }
    );
    assert!(changed.changed_at >= changed.created_at);
    assert_eq!(
        store
            .change_case(before.id, CaseChange::default())
            .unwrap()
            .unwrap()
            .content,
        changed.content
    );
    assert_eq!(store.change_case(999, CaseChange::default()).unwrap(), None);
    for _ in 0..120 {
        store
            .change_case(
                before.id,
                CaseChange {
                    note: Some(note.clone()),
                    ..CaseChange::default()
                },
            )
            .unwrap();
    }
    assert_eq!(store.case(before.id).unwrap().unwrap().notes.len(), 100);
}

fn erasures_remove_cases(store: &dyn Store, older: &dyn Store) {
    for store in [store, older] {
        let ids = texts(store, 3);
        store.add_cases(ids.iter().map(|id| case(*id)).collect()).unwrap();
        let note = CaseNote {
            at: 7,
            by: "ann".into(),
            text: "text 0".into(),
        };
        let last = all(store).pop().unwrap();
        store
            .change_case(
                last.id,
                CaseChange {
                    note: Some(note),
                    ..CaseChange::default()
                },
            )
            .unwrap();
    }
    store.erase(Erase::Text("text 0".into()), "ann").unwrap();
    store
        .erase(Erase::Prediction(all(store)[0].content.prediction_id), "ann")
        .unwrap();
    older
        .repeat_erasures(store.erasures().unwrap(), store.erased(0).unwrap())
        .unwrap();
    for store in [store, older] {
        let cases = all(store);
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].notes[0].text, "[erased]");
        assert_eq!(
            store.history(&Filter::default(), Cursor::newest(9)).unwrap()[0].id,
            cases[0].content.prediction_id
        );
        store.check().unwrap();
    }
    store.erase(Erase::Before(i64::MAX), "ann").unwrap();
    assert!(all(store).is_empty());
    assert!(store.scrub().unwrap());
}

fn answers_are_kept(store: &dyn Store) {
    let mut new = prediction("a", "bug", 0.9);
    new.answers = [
        ("sentiment", "negative", 0.75),
        ("aspects", "ü\u{0}\u{FDD0}", 0.1 + 0.2),
    ]
    .map(|(question, label, score)| feedback_store::ModelAnswer {
        question: question.into(),
        label: label.into(),
        score,
    })
    .to_vec();
    let id = store.add_predictions(vec![new.clone()]).unwrap()[0];
    assert_eq!(store.prediction(id).unwrap().unwrap().prediction, new);
}
