//! Names and quotes of themes.

use feedback_insight::{Error, ThemeOptions, ThemeSummary, Themes, Vectors};

use super::samples::golden;

/// Summaries of texts with given themes: each text gets a vector near the axis of its theme.
fn describe(texts: &[(&str, usize)], resolution: f64) -> Vec<ThemeSummary> {
    let n_columns = 8;
    let mut values = vec![0.0; n_columns * texts.len()];
    for (row, (_, theme)) in texts.iter().enumerate() {
        values[row * n_columns + theme] = 1.0;
        // A little different from each other.
        values[row * n_columns + 4 + row % 4] = 0.01 * (row + 1) as f32;
    }
    let vectors = Vectors::new(n_columns, &values).unwrap();
    let options = ThemeOptions::default()
        .with_n_neighbours(2)
        .with_min_size(2)
        .with_resolution(resolution);
    let themes = Themes::fit(&vectors, &options).unwrap();
    let texts: Vec<&str> = texts.iter().map(|(text, _)| *text).collect();
    themes.describe(&texts, &vectors).unwrap()
}

#[test]
fn names_are_the_phrases_of_a_theme_as_most_people_write_them() {
    let summaries = describe(
        &[
            ("I want to change my Dark Mode settings", 0),
            ("The dark mode is great", 0),
            ("please bring the dark mode back", 0),
            ("When does my card arrive?", 1),
            ("The card arrive date is wrong", 1),
        ],
        0.5,
    );
    assert_eq!(summaries[0].name, "dark mode");
    assert_eq!(summaries[1].name, "card arrive");
    assert_eq!((summaries[0].size, summaries[0].share), (3, 0.6));
    // scipy.stats.binomtest(3, 5).proportion_ci(method="wilson"): 0.2307, 0.8824.
    assert!((summaries[0].interval.low - 0.2307).abs() < 1e-4);
    assert!((summaries[0].interval.high - 0.8824).abs() < 1e-4);
}

#[test]
fn phrases_do_not_cross_punctuation_and_negations_begin_them() {
    let summaries = describe(
        &[
            ("Top up failed. Card", 0),
            ("my top up failed, card", 0),
            ("It does not sync", 1),
            ("Calendar: does not sync!", 1),
        ],
        1.0,
    );
    // Both spellings are equally frequent.
    assert_eq!(summaries[0].name, "Top up failed");
    assert_eq!(summaries[1].name, "not sync");
}

#[test]
fn quotes_are_no_duplicates() {
    let summaries = describe(
        &[
            ("It crashes", 0),
            ("it crashes!", 0),
            ("IT CRASHES", 0),
            ("crashes daily", 0),
            ("so slow", 1),
            ("slow today", 1),
        ],
        0.5,
    );
    for summary in &summaries {
        assert_eq!(summary.quotes.len(), 2, "{summary:?}");
    }
    assert!(summaries[0].quotes.contains(&3));
}

#[test]
fn texts_without_a_common_phrase_get_a_word_or_nothing() {
    let summaries = describe(
        &[("alpha beta", 0), ("gamma alpha", 0), ("xyz", 1), ("uvw", 1)],
        1.0,
    );
    assert_eq!(summaries[0].name, "alpha");
    assert_eq!(summaries[1].name, "");
}

#[test]
fn lists_of_other_lengths_are_refused() {
    let vectors = Vectors::new(2, &[1.0, 0.0]).unwrap();
    let themes = Themes::fit(&vectors, &ThemeOptions::default()).unwrap();
    let error = themes.describe(&["a", "b"], &vectors).unwrap_err();
    assert!(matches!(
        error,
        Error::LengthMismatch {
            what: "texts",
            found: 2,
            expected: 1,
            ..
        }
    ));
}

#[test]
fn real_themes_have_names_of_two_to_four_words_from_their_texts() {
    let golden = golden();
    let Some(texts) = golden.texts() else {
        return;
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let themes = Themes::fit(&golden.vectors, &ThemeOptions::default()).unwrap();
    let summaries = themes.describe(&texts, &golden.vectors).unwrap();
    let mut names: Vec<&str> = summaries.iter().map(|summary| summary.name.as_str()).collect();
    for (summary, rows) in summaries.iter().zip(themes.members()) {
        let n_words = summary.name.split([' ', '-', '/']).count();
        assert!((2..=4).contains(&n_words), "{}", summary.name);
        let n_texts = rows
            .iter()
            .filter(|&&row| texts[row].contains(&summary.name))
            .count();
        assert!(n_texts >= 1, "{}", summary.name);
        assert_eq!(summary.quotes.len(), 3);
        assert!(summary.quotes.iter().all(|quote| rows.contains(quote)));
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), summaries.len(), "no name is used twice");
}
