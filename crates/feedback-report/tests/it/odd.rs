//! Input that people really have, and input that nobody has.

use feedback_insight::Vectors;
use feedback_report::{Comparison, Error, Input, Label, LabelSource, PeriodLength, Report, ReportOptions};
use proptest::prelude::*;

const DAY: i64 = 86_400_000_000;

/// A row of odd input.
#[derive(Debug, Clone)]
struct Row {
    text: String,
    date: Option<i64>,
    label: Option<(String, Option<f64>, bool)>,
    stars: f64,
    country: String,
    group: usize,
    vector: [f32; 2],
}

fn row() -> impl Strategy<Value = Row> {
    let word = prop_oneof![
        Just("app crashes".to_owned()),
        Just("late parcel".to_owned()),
        Just("<b>`|*_\\\"&".to_owned()),
        Just("שלום \u{202e}🙂 あああ".to_owned()),
        "\\PC{0,60}",
    ];
    let text = proptest::collection::vec(word.clone(), 0..3).prop_map(|words| words.join(" "));
    let date = proptest::option::of(prop_oneof![
        (0..40_i64).prop_map(|day| day * DAY),
        Just(0),
        Just(i64::MAX),
        Just(i64::MIN),
    ]);
    let confidence = proptest::option::of(0.0..=1.0_f64);
    let label = proptest::option::of((word.clone(), confidence, any::<bool>()));
    let stars = prop_oneof![Just(f64::NAN), (1..=5_u8).prop_map(f64::from), -1e6..1e6];
    let country = prop_oneof![Just(String::new()), Just("Spain".to_owned()), word];
    let vector = prop_oneof![Just([1.0, 0.0]), [0.01_f32..1.0, -1.0_f32..1.0]];
    (text, date, label, stars, country, 0..20_usize, vector).prop_map(
        |(text, date, label, stars, country, group, vector)| Row {
            text,
            date,
            label,
            stars,
            country,
            group,
            vector,
        },
    )
}

fn options() -> impl Strategy<Value = ReportOptions> {
    let period = proptest::option::of(prop_oneof![
        Just(PeriodLength::Day),
        Just(PeriodLength::Week),
        Just(PeriodLength::Month),
        Just(PeriodLength::Quarter),
    ]);
    let compare = prop_oneof![Just(Comparison::Previous), Just(Comparison::YearBefore)];
    (period, compare, any::<bool>(), 0..4_usize, 0..12_usize).prop_map(
        |(period, compare, by, quotes, min)| {
            let mut options = ReportOptions::default().with_resamples(20).with_n_quotes(quotes);
            options.period = period;
            options.compare = compare;
            options.by = by.then(|| vec!["Country".to_owned()]);
            options.min_texts = min;
            options.min_rows = min;
            options
        },
    )
}

fn report(rows: &[Row], options: &ReportOptions) -> Report {
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let values: Vec<f32> = rows.iter().flat_map(|row| row.vector).collect();
    let vectors = Vectors::new(2, &values).unwrap();
    let dates: Vec<Option<i64>> = rows.iter().map(|row| row.date).collect();
    let label = |row: &'_ Row| -> Option<(String, Option<f64>, bool)> { row.label.clone() };
    let kept: Vec<Option<(String, Option<f64>, bool)>> = rows.iter().map(label).collect();
    let labels: Vec<Option<Label<'_>>> = kept
        .iter()
        .map(|label| {
            let (name, confidence, is_model) = label.as_ref()?;
            let source = if *is_model {
                LabelSource::Model
            } else {
                LabelSource::File
            };
            Some(Label {
                name,
                confidence: *confidence,
                source,
            })
        })
        .collect();
    let stars: Vec<f64> = rows.iter().map(|row| row.stars).collect();
    let countries: Vec<&str> = rows.iter().map(|row| row.country.as_str()).collect();
    let groups: Vec<usize> = rows.iter().map(|row| row.group).collect();
    let input = Input::new(&texts, &vectors)
        .and_then(|input| input.with_dates(&dates))
        .and_then(|input| input.with_labels(&labels))
        .and_then(|input| input.with_numbers("Stars", &stars))
        .and_then(|input| input.with_field("Country", &countries))
        .and_then(|input| input.with_groups(&groups))
        .unwrap();
    Report::new(&input, options).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_rows_make_a_report(rows in proptest::collection::vec(row(), 0..80), options in options()) {
        let report = report(&rows, &options);
        prop_assert_eq!(report.coverage.texts.n, rows.len());
        let json = report.to_json().unwrap();
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
        prop_assert!(report.to_markdown().starts_with("# Feedback"));
        prop_assert!(report.to_html().ends_with("</html>"));
        for driver in &report.drivers {
            let sum: f64 = driver.contributions.iter().map(|part| part.mix.value + part.rate.value).sum();
            prop_assert!((sum - driver.change).abs() <= 1e-12 * driver.change.abs().max(1.0) || driver.metric == "rating");
        }
    }
}

fn plain(date: Option<i64>) -> Row {
    Row {
        text: "It crashes".to_owned(),
        date,
        label: None,
        stars: 3.0,
        country: String::new(),
        group: 0,
        vector: [1.0, 0.0],
    }
}

#[test]
fn reports_say_why_nothing_is_compared() {
    let options = ReportOptions::default();
    assert_eq!(report(&[], &options).summary, "There are no texts.");
    let undated = report(&vec![plain(None); 20], &options);
    assert_eq!(undated.summary, "Nothing can be compared: no text has a date.");
    assert_eq!((undated.periods, undated.themes.len()), (None, 1));
    let one_day = report(&vec![plain(Some(5 * DAY)); 20], &options);
    assert_eq!(
        one_day.summary,
        "Nothing can be compared: all dates are 6 Jan 1970."
    );
    let late = report(
        &[vec![plain(Some(0)); 20], vec![plain(Some(9_000 * DAY))]].concat(),
        &options,
    );
    let expected = "Nothing can be compared: from 24 Feb 1994 to 23 May 1994 there are fewer than two different texts; the last date \
                    is 23 Aug 1994 (line 21); the last date before this period is 1 Jan 1970, which could end it.";
    assert_eq!(late.summary, expected);
}

#[test]
fn bad_input_is_refused() {
    let texts = ["a", "b"];
    let vectors = Vectors::new(1, &[1.0, 1.0]).unwrap();
    let input = || Input::new(&texts, &vectors).unwrap();
    assert!(matches!(
        Input::new(&texts[..1], &vectors),
        Err(Error::LengthMismatch { .. })
    ));
    assert!(matches!(
        input().with_lines(&[3, 3]),
        Err(Error::LineOrder { row: 1, .. })
    ));
    assert!(matches!(
        input().with_numbers("n", &[1.0, f64::INFINITY]),
        Err(Error::Value { row: 1, .. })
    ));
    let label = |confidence| {
        Some(Label {
            name: "bug",
            confidence: Some(confidence),
            source: LabelSource::File,
        })
    };
    assert!(matches!(
        input().with_labels(&[label(0.5), label(f64::NAN)]),
        Err(Error::Value { row: 1, .. })
    ));
    let input = input()
        .with_field("f", &["x", "y"])
        .and_then(|input| input.with_numbers("n", &[1.0, 2.0]))
        .unwrap();
    assert!(matches!(
        input.clone().with_field("n", &["x", "y"]),
        Err(Error::DuplicateField { .. })
    ));
    let refused = |options: ReportOptions| Report::new(&input, &options).unwrap_err();
    assert!(matches!(
        refused(ReportOptions::default().with_rating("f")),
        Error::RatingIsText { .. }
    ));
    assert!(matches!(
        refused(ReportOptions::default().with_by(&["n"])),
        Error::ByNumbers { .. }
    ));
    let unknown = refused(ReportOptions::default().with_by(&["g"]));
    assert_eq!(
        unknown.to_string(),
        "`by` is `g`, which is no field; expected one of: `f`, `n`"
    );
    assert!(matches!(
        refused(ReportOptions::default().with_resamples(0)),
        Error::Option { .. }
    ));
}
