//! A store with columns in memory says the same as one without, whatever happens to the database in between.

use feedback_store::{
    AnswerFilter, Cursor, Dimension, Erase, FieldFilter, Filter, ModelAnswer, NewCorrection, NewPrediction,
    PredictionStore, SqliteStore, Store,
};

use crate::conformance::fixtures::{DAY, prediction, reclassified};

/// A linear congruential generator, with the constants of Knuth's MMIX.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

const LABELS: [&[&str]; 5] = [&["bug"], &["praise"], &[], &["bug", "praise"], &["ä\u{0}"]];

fn random_prediction(random: &mut Random) -> NewPrediction {
    let mut new = prediction(
        &format!(
            "{} {}",
            random.pick(&["text", "Text für", "TE\u{212A}XT", "\u{130}nvoice text", "\0 x"]),
            random.below(40)
        ),
        "bug",
        random.below(1_001) as f64 / 1_000.0,
    );
    new.labels = random
        .pick(&LABELS)
        .iter()
        .map(|&label| label.to_owned())
        .collect();
    new.source = random.pick(&["mail", "api", "ü"]).to_owned();
    let answers = random.pick(&[
        &[][..],
        &[("mood", "good")],
        &[("mood", "bad"), ("topic", "good"), ("topic", "ä\u{0}")],
        &[("topic", "bad")],
    ]);
    new.answers = answers
        .iter()
        .map(|&(question, label)| ModelAnswer {
            question: question.to_owned(),
            label: label.to_owned(),
            score: random.below(101) as f64 / 100.0,
        })
        .collect();
    new.at = random.below(9) as i64 * DAY - 3 * DAY + 5;
    new.undated = random.below(5) == 0;
    new.abstained = random.pick(&[None, Some(true), Some(false)]);
    new.unfamiliarity = random.pick(&[None, Some(0.2), Some(0.99)]);
    let plan = random.pick(&[
        r#""pro""#,
        r#""free""#,
        "null",
        r#""""#,
        r#""4""#,
        "4",
        "4.0",
        "true",
        r#"["a"]"#,
    ]);
    let (id, more) = (random.below(1 << 40), random.below(3));
    let json = match more {
        0 => "{}".to_owned(),
        1 => format!(r#"{{"plan": {plan}}}"#),
        _ => format!(r#"{{"plan": {plan}, "id": {id}, "a \"b\".c": "x"}}"#),
    };
    new.fields = serde_json::from_str(&json).unwrap();
    new
}

fn random_filter(random: &mut Random, last: i64) -> Filter {
    let mut filter = Filter::default();
    for _ in 0..random.below(4) {
        match random.below(13) {
            0 => filter.label = Some(random.pick(&["bug", "praise", "", "none"]).to_owned()),
            1 => filter.source = Some(random.pick(&["mail", "ü", "none"]).to_owned()),
            2 => filter.from = Some(random.below(7) as i64 * DAY - 2 * DAY),
            3 => filter.to = Some(random.below(7) as i64 * DAY),
            4 => filter.min_confidence = Some(random.below(11) as f64 / 10.0),
            5 => filter.max_confidence = Some(random.below(11) as f64 / 10.0),
            6 => filter.unfamiliar_above = Some(0.95),
            9 => filter.not_by_model = Some(random.pick(&["m1", "m2", "none"]).to_owned()),
            7 => filter.corrected = Some(random.below(2) == 0),
            11 => filter.doubtful = Some(random.below(2) == 0),
            8 => {
                filter.ids = Some(
                    (0..20)
                        .map(|_| random.below(last.unsigned_abs() + 3) as i64)
                        .collect(),
                )
            }
            10 => filter.answers.push(AnswerFilter {
                question: random.pick(&["mood", "topic", "none"]).to_owned(),
                label: random.pick(&["good", "bad", "", "ä\u{0}"]).to_owned(),
            }),
            _ => filter.fields.push(FieldFilter {
                name: random.pick(&["plan", "a \"b\".c", "absent", "id"]).to_owned(),
                values: (0..=random.below(2))
                    .map(|_| random.pick(&["pro", "", "4", "4.0", "true", "[\"a\"]", "x", "none"]))
                    .map(str::to_owned)
                    .collect(),
            }),
        }
    }
    if random.below(8) == 0 {
        filter.text = Some(
            random
                .pick(&[
                    "text 1",
                    "TEXT",
                    "te",
                    "tekxt",
                    "i\u{307}nv",
                    "nvoice",
                    "für 1",
                    "\0 x 1",
                    "no such",
                ])
                .into(),
        );
    }
    if random.below(10) == 0 {
        filter.max_id = Some(random.below(60) as i64);
    }
    if random.below(10) == 0 {
        filter.older_than = Some(2 * DAY);
    }
    filter
}

/// Something that happens to the database.
fn change(store: &dyn Store, random: &mut Random, last: i64) {
    let id = 1 + random.below(last.unsigned_abs().max(1)) as i64;
    match random.below(7) {
        0 | 1 => {
            let new = (0..random.below(12)).map(|_| random_prediction(random)).collect();
            store.add_predictions(new).unwrap();
        }
        2 | 3 => {
            let correction = NewCorrection {
                prediction_id: id,
                labels: random
                    .pick(&LABELS)
                    .iter()
                    .map(|&label| label.to_owned())
                    .collect(),
                actor: "Ann".into(),
                settles: false,
                idempotency_key: None,
            };
            // The prediction may be gone.
            let _ = store.correct(correction);
        }
        4 => {
            store.undo_correction(id).unwrap();
        }
        5 => {
            let new = random_prediction(random);
            store.reclassify(vec![reclassified(id, &new, "m2")]).unwrap();
        }
        _ => {
            store.erase(Erase::Prediction(id), "Ann").unwrap();
        }
    }
}

fn assert_same(with: &dyn Store, without: &dyn Store, filter: &Filter) {
    assert_eq!(
        with.count(filter).unwrap(),
        without.count(filter).unwrap(),
        "{filter:?}"
    );
    assert_eq!(
        with.ids(filter, 7).unwrap(),
        without.ids(filter, 7).unwrap(),
        "{filter:?}"
    );
    assert_eq!(
        with.predicted(filter).unwrap(),
        without.predicted(filter).unwrap(),
        "{filter:?}"
    );
    assert_eq!(
        with.judged(filter).unwrap(),
        without.judged(filter).unwrap(),
        "{filter:?}"
    );
    let cursor = Cursor { before: 60, limit: 5 };
    assert_eq!(
        with.history(filter, cursor).unwrap(),
        without.history(filter, cursor).unwrap(),
        "{filter:?}"
    );
    let field = |name: &str| Dimension::Field(name.to_owned());
    for (by, limit) in [
        (field("plan"), 100),
        (field("plan"), 3),
        (field("id"), 1_000),
        (field("absent"), 10),
        (Dimension::Source, 100),
        (Dimension::Source, 2),
        (Dimension::Answer("mood".into()), 100),
        (Dimension::Answer("topic".into()), 100),
        (Dimension::Answer("topic".into()), 4),
    ] {
        let found = with.breakdown(filter, &by, limit).unwrap();
        let expected = without.breakdown(filter, &by, limit).unwrap();
        // A number and a string that look the same are one value; the database counts them twice before it compares with the limit.
        assert!(
            found == expected || (expected.is_none() && found.is_some_and(|all| all.len() <= limit)),
            "{by:?}, {filter:?}"
        );
    }
    let [mut found, mut expected] = [with.overview(filter).unwrap(), without.overview(filter).unwrap()];
    // Sums of numbers depend on their order in the last digits.
    assert!((found.mean_confidence - expected.mean_confidence).abs() < 1e-12);
    found.mean_confidence = expected.mean_confidence;
    for (one, other) in found.days.iter_mut().zip(&mut expected.days) {
        assert!((one.confidence - other.confidence).abs() < 1e-9);
        one.confidence = other.confidence;
    }
    assert_eq!(found, expected, "{filter:?}");
}

#[test]
fn columns_say_what_the_database_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let [with, without] = [(); 2].map(|()| SqliteStore::open(&path).unwrap());
    let random = &mut Random(42);
    let new = (0..50).map(|_| random_prediction(random)).collect();
    without.add_predictions(new).unwrap();
    assert!(!with.keep_columns(51).unwrap(), "too few rows");
    assert!(with.keep_columns(50).unwrap() && with.keep_columns(0).unwrap());
    for round in 0..400 {
        let last = without
            .ids(&Filter::default(), 1)
            .unwrap()
            .first()
            .copied()
            .unwrap_or(0);
        // Changes of another process, and of one's own.
        let changing: &dyn Store = if round % 3 == 0 { &with } else { &without };
        change(changing, random, last);
        if round % 4 == 0 {
            assert_same(&with, &without, &random_filter(random, last));
        }
    }
    assert_same(&with, &without, &Filter::default());
}

#[test]
fn fields_with_many_values_are_left_to_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let [with, without] = [(); 2].map(|()| SqliteStore::open(&path).unwrap());
    with.keep_columns(0).unwrap();
    let row = |number: usize| {
        let mut new = prediction("text", "bug", 0.9);
        new.fields = serde_json::from_str(&format!(
            r#"{{"id": "{number}", "even": {}}}"#,
            number.is_multiple_of(2)
        ))
        .unwrap();
        new
    };
    without.add_predictions((0..2_100).map(row).collect()).unwrap();
    let of = |name: &str, value: &str| Filter {
        fields: vec![FieldFilter {
            name: name.into(),
            values: vec![value.into()],
        }],
        ..Filter::default()
    };
    for store in [&with, &without] {
        assert_eq!(store.count(&of("id", "2077")).unwrap(), 1);
        assert_eq!(store.count(&of("even", "true")).unwrap(), 1_050);
        assert_eq!(store.count(&of("other", "")).unwrap(), 2_100);
    }
}
