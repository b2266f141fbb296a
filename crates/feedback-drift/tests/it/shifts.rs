//! How often alarms are raised, without and with a planted shift.

use feedback_drift::{DriftOptions, Error, MeasureKind, compare};

use crate::texts::{Shift, Source};

const NONE: Shift = Shift {
    labels: 0.0,
    confidence: 0.0,
    length: 0.0,
    unknown: 0.0,
    subject: 0.0,
};

fn options(seed: u64) -> DriftOptions {
    DriftOptions::default().with_permutations(199).with_seed(seed)
}

#[test]
fn without_a_shift_alarms_have_the_stated_rate() {
    let mut alarms = 0;
    let mut by_measure = [0; 6];
    for seed in 0..400 {
        let mut source = Source::new(seed);
        // Uneven sizes: half of the samples have a small current part.
        let n_current = if seed % 2 == 0 { 120 } else { 40 };
        let (reference, current) = (source.profile(120, NONE), source.profile(n_current, NONE));
        let drift = compare(&reference, &current, &options(seed)).unwrap();
        alarms += usize::from(drift.alarm);
        for (count, measure) in by_measure.iter_mut().zip(&drift.measures) {
            *count += usize::from(measure.p_value <= 0.05);
        }
    }
    // 5 % of 400 are 20; 30 are 7.5 %. Far fewer than 20 would mean that real shifts are missed.
    assert!((8..=30).contains(&alarms), "{alarms} of 400");
    assert!(by_measure.iter().all(|&count| count <= 34), "{by_measure:?}");
}

#[test]
fn planted_shifts_are_found_and_named() {
    let plant = |change: &dyn Fn(&mut Shift)| {
        let mut shift = NONE;
        change(&mut shift);
        shift
    };
    let shifts = [
        (MeasureKind::Labels, plant(&|shift| shift.labels = 0.15)),
        (MeasureKind::Confidence, plant(&|shift| shift.confidence = 0.1)),
        (MeasureKind::Length, plant(&|shift| shift.length = 0.5)),
        (MeasureKind::UnknownTokens, plant(&|shift| shift.unknown = 0.03)),
        (MeasureKind::Meaning, plant(&|shift| shift.subject = 0.3)),
    ];
    for (kind, shift) in shifts {
        let mut found = 0;
        for seed in 0..20 {
            let mut source = Source::new(1_000 + seed);
            let (reference, current) = (source.profile(300, NONE), source.profile(300, shift));
            let drift = compare(&reference, &current, &options(seed)).unwrap();
            let measure = drift
                .measures
                .iter()
                .find(|measure| measure.kind == kind)
                .unwrap();
            found += usize::from(drift.alarm && measure.moved);
        }
        assert!(found >= 18, "{}: found {found} of 20", kind.name());
    }
}

#[test]
fn words_and_labels_that_moved_are_named() {
    let mut source = Source::new(5);
    let reference = source.profile(400, NONE);
    let shift = Shift {
        labels: 0.2,
        subject: 0.2,
        ..NONE
    };
    let drift = compare(&reference, &source.profile(400, shift), &options(5)).unwrap();
    // The old subject's word fell, the new one's rose.
    assert_eq!(drift.words.len(), 2);
    let new = drift.words.iter().find(|word| word.name == "refund").unwrap();
    // The reference has no such text; what is known is that fewer than 3 have the word.
    assert_eq!(new.reference, 2.0 / 400.0);
    assert!(new.interval.low > 0.1, "{new:?}");
    assert!(
        drift.labels[0].moved && drift.labels[0].change > 0.1,
        "{:?}",
        drift.labels
    );
    assert!(drift.labels.iter().map(|label| label.change).sum::<f64>().abs() < 1e-12);
}

#[test]
fn the_same_comparison_gives_the_same_result() {
    let mut source = Source::new(8);
    let (reference, current) = (source.profile(100, NONE), source.profile(100, NONE));
    let first = compare(&reference, &current, &options(1)).unwrap();
    assert_eq!(first, compare(&reference, &current, &options(1)).unwrap());
    // All divisions of a profile against itself are at least as far apart.
    let same = compare(&reference, &reference, &options(1)).unwrap();
    assert!(!same.alarm && same.p_value == 1.0, "{}", same.p_value);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let mut source = Source::new(9);
    let (reference, small) = (source.profile(100, NONE), source.profile(29, NONE));
    let error = compare(&reference, &small, &options(1)).unwrap_err();
    let expected = Error::TooFewTexts {
        which: "the current period",
        found: 29,
        expected: 30,
    };
    assert_eq!(error, expected);
    // With 199 permutations, six measures together have no smaller p-value than this.
    assert!(compare(&reference, &reference, &options(1).with_level(0.029)).is_err());
    let option = compare(&reference, &reference, &options(1).with_level(0.0)).unwrap_err();
    assert_eq!(option.to_string(), "`level` is 0, expected above 0 and below 1");
}
