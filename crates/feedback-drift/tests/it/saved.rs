//! Profiles on disk.

use feedback_drift::{Observation, Profile};
use proptest::prelude::*;

use crate::texts::{Shift, Source};

#[test]
fn a_saved_profile_is_the_same() {
    let profile = Source::new(3).profile(1_000, Shift::default());
    let json = serde_json::to_string(&profile).unwrap();
    assert!(json.len() < 200_000, "{}", json.len());
    assert!(!json.contains("number7"), "rare words are not kept");
    assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
}

#[test]
fn repeated_texts_count_once() {
    let observation = |text| Observation {
        text,
        label: 0,
        confidence: 0.5,
        tokens: 2,
        unknown_share: 0.0,
        vector: &[1.0],
    };
    let texts = ["It crashes!", "it  crashes", "it works"];
    let profile = Profile::new(&["bug".to_owned()], "encoder", texts.map(observation)).unwrap();
    assert_eq!((profile.n_texts(), profile.n_repeated()), (2, 1));
}

#[test]
fn impossible_numbers_are_named() {
    let good = Observation {
        text: "fine",
        label: 0,
        confidence: 0.5,
        tokens: 2,
        unknown_share: 0.0,
        vector: &[1.0, 0.0],
    };
    let message = |bad: Observation<'_>| {
        let bad = Observation { text: "other", ..bad };
        Profile::new(&["bug".to_owned()], "encoder", [good, bad])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message(Observation { label: 1, ..good }),
        "text 1: label 1, expected one below 1"
    );
    assert_eq!(
        message(Observation {
            confidence: f64::NAN,
            ..good
        }),
        "text 1: `confidence` is NaN, expected a number from 0 to 1"
    );
    assert_eq!(
        message(Observation {
            vector: &[0.5],
            ..good
        }),
        "text 1: the vector has 1 numbers, expected 2, not all of them zero"
    );
}

proptest! {
    /// A damaged file is an error or a profile that can be used, never a panic.
    #[test]
    fn a_damaged_profile_is_refused(place in 0usize..4_000, digit in "[0-9]{1,11}") {
        let json = serde_json::to_string(&Source::new(3).profile(40, Shift::default())).unwrap();
        let place = place % json.len();
        let damaged = format!("{}{digit}{}", &json[..place], &json[(place + 1).min(json.len())..]);
        if let Ok(profile) = serde_json::from_str::<Profile>(&damaged) {
            let _ = feedback_drift::compare(&profile, &profile, &Default::default());
        }
    }
}
