//! What holds for all vectors.

use std::collections::BTreeSet;

use feedback_insight::{Error, ThemeOptions, Themes, Vectors};

use super::samples::groups;

fn options() -> ThemeOptions {
    ThemeOptions::default().with_n_neighbours(5).with_min_size(4)
}

/// Vectors of 60 texts around five directions, more or less spread.
fn spread(seed: u64) -> Vec<f32> {
    groups(60, 5, 0.3 + 0.1 * (seed % 10) as f32, seed)
}

fn fit(values: &[f32]) -> Themes {
    Themes::fit(&Vectors::new(16, values).unwrap(), &options()).unwrap()
}

#[test]
fn another_order_of_the_rows_changes_only_the_order() {
    for seed in 0..30 {
        let values = spread(seed);
        let turn = 1 + seed as usize;
        let themes = fit(&values);
        let mut turned = values.clone();
        turned.rotate_left(16 * turn);
        let after = fit(&turned);
        let mut expected = themes.of_rows().to_vec();
        expected.rotate_left(turn);
        assert_eq!(after.of_rows(), expected);
        assert_eq!(after.centres(), themes.centres());
        assert_eq!(after.groups(), themes.groups());
    }
}

#[test]
fn duplicates_share_a_theme() {
    for seed in 0..30 {
        let mut values = spread(seed);
        let copies: Vec<usize> = (0..20).map(|copy| (copy * 7 + seed as usize) % 60).collect();
        for &row in &copies {
            values.extend_from_within(row * 16..(row + 1) * 16);
        }
        let themes = fit(&values);
        for (place, &row) in copies.iter().enumerate() {
            assert_eq!(themes.of_rows()[60 + place], themes.of_rows()[row], "seed {seed}");
        }
    }
}

#[test]
fn sizes_are_counts_in_descending_order() {
    for seed in 0..30 {
        let themes = fit(&spread(seed));
        let members = themes.members();
        let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
        assert_eq!(sizes, themes.sizes());
        assert!(sizes.is_sorted_by(|a, b| a >= b) && sizes.iter().all(|&size| size >= 4));
        assert_eq!(sizes.iter().sum::<usize>() + themes.n_unassigned(), 60);
        for theme in 0..themes.n_themes() {
            // A centre as new text is as near to itself as can be.
            let centre = themes.centres().select(&[theme]);
            assert_eq!(themes.assign(&centre).unwrap(), [Some(theme)]);
        }
    }
}

#[test]
fn every_theme_is_in_one_group_and_the_largest_group_is_first() {
    for seed in 0..30 {
        let themes = fit(&spread(seed));
        let groups = themes.groups();
        assert_eq!(groups.len(), themes.n_themes());
        let n_groups = groups.iter().max().map_or(0, |last| last + 1);
        let size = |group: usize| -> usize {
            let of_group = groups.iter().zip(themes.sizes()).filter(|(of, _)| **of == group);
            of_group.map(|(_, size)| size).sum()
        };
        let sizes: Vec<usize> = (0..n_groups).map(size).collect();
        assert!(
            sizes.is_sorted_by(|a, b| a >= b) && !sizes.contains(&0),
            "{sizes:?}"
        );
        for (row, group) in themes.groups_of_rows().into_iter().enumerate() {
            assert_eq!(group, themes.of_rows()[row].map(|theme| groups[theme]));
        }
    }
}

#[test]
fn near_themes_are_one_group_at_every_resolution() {
    // Three far directions, each with three near ones around it.
    let values: Vec<f32> = groups(900, 9, 0.15, 3)
        .chunks_exact(16)
        .enumerate()
        .flat_map(|(row, vector)| {
            let far = row % 3;
            (0..19_usize).map(move |column| match column.checked_sub(16) {
                None => vector[column],
                Some(direction) => 4.0 * f32::from(u8::from(direction == far)),
            })
        })
        .collect();
    let vectors = Vectors::new(19, &values).unwrap();
    for resolution in [1.0, 2.0, 4.0] {
        let options = ThemeOptions::default().with_resolution(resolution);
        let themes = Themes::fit(&vectors, &options).unwrap();
        assert!(themes.n_themes() >= 9, "{}", themes.n_themes());
        let of = themes.groups_of_rows();
        assert_eq!(of.iter().flatten().max(), Some(&2), "resolution {resolution}");
        let wrong = (0..900)
            .filter(|&row| of[row].is_some() && of[row] != of[row % 3])
            .count();
        assert_eq!(wrong, 0, "resolution {resolution}");
    }
}

#[test]
fn labels_are_asked_for_once() {
    let labelled = [3, 17];
    for (seed, n) in [
        (0, 0),
        (1, 1),
        (2, 5),
        (3, 20),
        (4, 58),
        (5, 70),
        (6, 20),
        (7, 58),
    ] {
        let values = spread(seed);
        let (vectors, themes) = (Vectors::new(16, &values).unwrap(), fit(&values));
        let uncertainty: Vec<f64> = (0..60).map(|row| f64::from(row % 7) / 7.0).collect();
        let uncertainty = (seed > 5).then_some(&uncertainty[..]);
        let chosen = themes
            .select_for_labelling(&vectors, &labelled, uncertainty, n)
            .unwrap();
        assert_eq!(chosen.len(), n.min(58));
        let distinct: BTreeSet<usize> = chosen.iter().chain(&labelled).copied().collect();
        assert_eq!(distinct.len(), chosen.len() + 2);
        if chosen.len() >= themes.n_themes() {
            for theme in 0..themes.n_themes() {
                let of_theme = |row: &usize| themes.of_rows()[*row] == Some(theme);
                assert!(distinct.iter().any(of_theme), "no text of theme {theme}");
            }
        }
    }
}

#[test]
fn clear_groups_are_found_exactly() {
    let vectors = Vectors::new(16, &groups(300, 6, 0.1, 5)).unwrap();
    let themes = Themes::fit(&vectors, &ThemeOptions::default()).unwrap();
    assert_eq!(themes.n_themes(), 6);
    let of = themes.of_rows();
    let wrong = (0..300)
        .filter(|&row| of[row].is_some() && of[row] != of[row % 6])
        .count();
    assert_eq!(wrong, 0);
    assert!(themes.n_unassigned() < 15, "{}", themes.n_unassigned());
}

#[test]
fn the_cells_of_many_texts_give_the_same_themes() {
    let vectors = Vectors::new(16, &groups(3_000, 12, 0.2, 8)).unwrap();
    let exact = Themes::fit(&vectors, &ThemeOptions::default().with_resolution(1.0)).unwrap();
    let cells = ThemeOptions::default().with_resolution(1.0).with_max_exact(1_000);
    assert_eq!(Themes::fit(&vectors, &cells).unwrap().of_rows(), exact.of_rows());
}

#[test]
fn few_texts_are_no_problem() {
    let fit = |values: &[f32]| Themes::fit(&Vectors::new(2, values).unwrap(), &ThemeOptions::default());
    assert_eq!(fit(&[]), Err(Error::NoRows { what: "vectors" }));
    assert_eq!(fit(&[1.0, 2.0]).unwrap().of_rows(), [None]);
    assert_eq!(fit(&[1.0, 2.0, -2.0, 1.0]).unwrap().n_themes(), 0);
    let same = fit(&[0.6, 0.8].repeat(12)).unwrap();
    assert_eq!((same.sizes(), same.n_unassigned()), (&[12][..], 0));
}

#[test]
fn bad_settings_are_refused() {
    let vectors = Vectors::new(2, &[1.0, 0.0, 0.0, 1.0]).unwrap();
    let default = ThemeOptions::default;
    for (options, name) in [
        (default().with_n_neighbours(1), "n_neighbours"),
        (default().with_min_size(1), "min_size"),
        (default().with_max_exact(0), "max_exact"),
        (default().with_resolution(0.0), "resolution"),
        (default().with_resolution(f64::NAN), "resolution"),
    ] {
        let error = Themes::fit(&vectors, &options).unwrap_err();
        assert!(
            matches!(error, Error::Setting { field, .. } if field == name),
            "{error}"
        );
    }
    let themes = Themes::fit(&vectors, &default()).unwrap();
    let other = Vectors::new(1, &[1.0]).unwrap();
    assert!(matches!(
        themes.assign(&other),
        Err(Error::ColumnMismatch {
            found: 1,
            expected: 2,
            ..
        })
    ));
    let select =
        |labelled: &[usize], uncertainty| themes.select_for_labelling(&vectors, labelled, uncertainty, 1);
    assert!(matches!(
        select(&[2], None),
        Err(Error::RowOutOfRange {
            row: 2,
            n_rows: 2,
            ..
        })
    ));
    assert!(matches!(
        select(&[], Some(&[0.5])),
        Err(Error::LengthMismatch { found: 1, .. })
    ));
    assert!(matches!(
        select(&[], Some(&[0.5, 1.5])),
        Err(Error::Setting {
            field: "uncertainty",
            ..
        })
    ));
}
