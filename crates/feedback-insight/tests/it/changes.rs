//! Themes that are found again with more, fewer or other texts.

use feedback_insight::{Error, ThemeChange, ThemeIds, ThemeOptions, Themes, Vectors};

use super::samples::{golden, groups};

/// Rows near the directions of `which`, 20 of each.
fn rows_near(which: &[usize]) -> Vectors {
    let values = groups(20 * 8, 8, 0.2, 21);
    let all = Vectors::new(16, &values).unwrap();
    let rows: Vec<usize> = which
        .iter()
        .flat_map(|&group| (0..20).map(move |row| row * 8 + group))
        .collect();
    all.select(&rows)
}

fn fit(vectors: &Vectors) -> Themes {
    Themes::fit(vectors, &ThemeOptions::default()).unwrap()
}

/// Pairs of rows of `n` groups of 20: the groups start at `old` and `new`.
fn pairs(old: usize, new: usize, n: usize) -> Vec<(usize, usize)> {
    (0..20 * n).map(|row| (20 * old + row, 20 * new + row)).collect()
}

#[test]
fn the_same_themes_keep_their_ids() {
    let old = fit(&rows_near(&[0, 1, 2]));
    let new = fit(&rows_near(&[2, 0, 1]));
    let mut same = pairs(0, 1, 2);
    same.extend(pairs(2, 0, 1));
    let first = ThemeIds::first(&old);
    let (ids, changes) = first.next(&old, &new, &same).unwrap();
    assert_eq!(changes, []);
    for &(before, after) in &same {
        let id = |ids: &ThemeIds, theme: Option<usize>| theme.map(|theme| ids.ids()[theme]);
        assert_eq!(id(&ids, new.of_rows()[after]), id(&first, old.of_rows()[before]));
    }
}

#[test]
fn themes_are_born_and_die() {
    let old = fit(&rows_near(&[0, 1, 2]));
    let new = fit(&rows_near(&[1, 2, 3]));
    let (ids, changes) = ThemeIds::first(&old).next(&old, &new, &pairs(1, 0, 2)).unwrap();
    let died = old.of_rows()[0].unwrap() as u64;
    assert_eq!(
        changes,
        [ThemeChange::Born { id: 3 }, ThemeChange::Died { id: died }]
    );
    // Ids are not used again.
    let (ids, changes) = ids.next(&new, &old, &pairs(0, 1, 2)).unwrap();
    assert!(changes.contains(&ThemeChange::Born { id: 4 }), "{changes:?}");
    assert!(!ids.ids().contains(&died));
}

#[test]
fn themes_merge_and_split() {
    let vectors = rows_near(&[0, 1, 2]);
    let fine = fit(&vectors);
    // Themes 0 and 1 with one vector for both.
    let both: Vec<usize> = [0; 40].into_iter().chain(40..60).collect();
    let coarse = fit(&vectors.select(&both));
    assert_eq!((fine.n_themes(), coarse.n_themes()), (3, 2));
    let same = pairs(0, 0, 3);
    let ids = ThemeIds::first(&fine);
    let (merged, changes) = ids.next(&fine, &coarse, &same).unwrap();
    assert!(matches!(&changes[..], [ThemeChange::Merged { from, into }]
        if from.len() == 1 && merged.ids().contains(into) && !merged.ids().contains(&from[0])));
    let (split, changes) = merged.next(&coarse, &fine, &same).unwrap();
    assert!(matches!(&changes[..], [ThemeChange::Split { from, into }]
        if into == &[3] && split.ids().contains(&3) && split.ids().contains(from)));
}

#[test]
fn centres_decide_where_no_text_is_shared() {
    let values = groups(320, 8, 0.2, 21);
    let all = Vectors::new(16, &values).unwrap();
    let half = |start: usize| {
        let rows: Vec<usize> = (start..320)
            .step_by(16)
            .chain((start + 1..320).step_by(16))
            .collect();
        fit(&all.select(&rows))
    };
    let (old, new) = (half(0), half(8));
    let (ids, changes) = ThemeIds::first(&old).next(&old, &new, &[]).unwrap();
    assert_eq!(changes, []);
    assert_eq!(ids.ids().len(), 2);
}

#[test]
fn a_tenth_more_texts_keep_ids_and_memberships() {
    let golden = golden();
    let n_old = 270;
    // Every tenth text is new.
    let (new_rows, old_rows): (Vec<usize>, Vec<usize>) = (0..300).partition(|row| row % 10 == 9);
    let options = ThemeOptions::default();
    let old = Themes::fit(&golden.vectors.select(&old_rows), &options).unwrap();
    let order: Vec<usize> = old_rows.into_iter().chain(new_rows).collect();
    let vectors = golden.vectors.select(&order);
    let mut previous = old.of_rows().to_vec();
    previous.extend(
        old.assign(&vectors.select(&(n_old..300).collect::<Vec<_>>()))
            .unwrap(),
    );
    let new = old.refit(&vectors, &previous, &options).unwrap();
    let same: Vec<(usize, usize)> = (0..n_old).map(|row| (row, row)).collect();
    let first = ThemeIds::first(&old);
    let (ids, _) = first.next(&old, &new, &same).unwrap();
    let kept = first.ids().iter().filter(|id| ids.ids().contains(id)).count();
    assert!(
        kept * 100 >= first.ids().len() * 95,
        "{kept} of {}",
        first.ids().len()
    );
    let id = |ids: &ThemeIds, theme: Option<usize>| theme.map(|theme| ids.ids()[theme]);
    let stayed = same
        .iter()
        .filter(|&&(before, after)| id(&first, old.of_rows()[before]) == id(&ids, new.of_rows()[after]))
        .count();
    assert!(stayed * 10 >= n_old * 9, "{stayed} of {n_old}");
}

#[test]
fn lists_of_other_lengths_are_refused() {
    let vectors = rows_near(&[0, 1]);
    let (one, two) = (fit(&rows_near(&[0])), fit(&vectors));
    let ids = ThemeIds::first(&one);
    assert!(matches!(
        ids.next(&two, &one, &[]),
        Err(Error::LengthMismatch { what: "ids", .. })
    ));
    assert!(matches!(
        ids.next(&one, &two, &[(20, 0)]),
        Err(Error::RowOutOfRange {
            what: "old",
            row: 20,
            ..
        })
    ));
    let short = two.refit(&vectors, &[None], &ThemeOptions::default());
    assert!(matches!(
        short,
        Err(Error::LengthMismatch {
            what: "previous",
            found: 1,
            expected: 40,
            ..
        })
    ));
}

/// What a program that keeps only the themes of its texts does after a restart.
#[test]
fn restored_themes_continue_with_their_ids() {
    let vectors = rows_near(&[0, 1, 2, 3]);
    let found = fit(&vectors);
    let first = ThemeIds::first(&found);
    // Five texts of each theme are gone, and the themes have other numbers.
    let rows: Vec<usize> = (0..80).filter(|row| row % 4 > 0).collect();
    let left = vectors.select(&rows);
    let other = |theme: usize| found.n_themes() - 1 - theme;
    let of_rows: Vec<Option<usize>> = rows.iter().map(|&row| found.of_rows()[row].map(other)).collect();
    let restored = Themes::restore(&left, &of_rows, found.resolution()).unwrap();
    assert_eq!(restored.of_rows(), of_rows);
    assert_eq!(restored.sizes(), [15; 4]);
    assert_eq!(restored.assign(&left).unwrap(), of_rows);
    let ids: Vec<u64> = first.ids().iter().rev().copied().collect();
    let ids = ThemeIds::restore(ids, first.next_id()).unwrap();

    let previous: Vec<Option<usize>> = restored.assign(&vectors).unwrap();
    let after = restored
        .refit(&vectors, &previous, &ThemeOptions::default())
        .unwrap();
    let same: Vec<(usize, usize)> = rows.iter().copied().enumerate().collect();
    let (ids, changes) = ids.next(&restored, &after, &same).unwrap();
    assert_eq!(changes, []);
    for row in 0..80 {
        let id = |ids: &ThemeIds, themes: &Themes| themes.of_rows()[row].map(|theme| ids.ids()[theme]);
        assert_eq!(id(&ids, &after), id(&first, &found), "{row}");
    }
}

#[test]
fn themes_that_cannot_have_been_found_are_refused() {
    let vectors = rows_near(&[0]);
    let restore = |of_rows: &[Option<usize>], resolution| Themes::restore(&vectors, of_rows, resolution);
    assert!(matches!(restore(&[None], 1.0), Err(Error::LengthMismatch { .. })));
    assert!(matches!(
        restore(&[Some(1); 20], 1.0),
        Err(Error::UnusedTheme { theme: 0 })
    ));
    assert!(matches!(
        restore(&[None; 20], 0.0),
        Err(Error::Setting {
            field: "resolution",
            ..
        })
    ));
    assert_eq!(restore(&[None; 20], 1.0).unwrap().n_themes(), 0);
    for (ids, next) in [(vec![0, 0], 2), (vec![0, 2], 2)] {
        assert!(matches!(
            ThemeIds::restore(ids, next),
            Err(Error::Setting { field: "ids", .. })
        ));
    }
}
