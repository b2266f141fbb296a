//! Finds the themes of vectors that `benches/compare/themes.py` wrote, and prints how well they agree with the labels:
//! `cargo run --release -p feedback-insight --example themes_of_vectors -- FOLDER`
//!
//! The folder has `vectors.f32` (little-endian, row by row) and `rows.tsv` (for each row the group and the label, as numbers). The
//! themes of each group are found alone, then those of all rows together.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use feedback_insight::{ThemeIds, ThemeOptions, Themes, Vectors};
use feedback_metrics::clustering::{adjusted_rand_index, outliers_alone, v_measure};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("give the folder as the argument")?;
    let Input {
        vectors,
        groups,
        labels,
    } = read(Path::new(&folder))?;
    let n_groups = groups.iter().max().map_or(0, |largest| largest + 1);
    let rows_of = |group: usize| {
        (0..groups.len())
            .filter(|&row| groups[row] == group)
            .collect::<Vec<usize>>()
    };
    for (name, parts) in [
        ("within groups", (0..n_groups).map(rows_of).collect::<Vec<_>>()),
        ("across groups", vec![(0..groups.len()).collect()]),
    ] {
        let start = Instant::now();
        let mut found = vec![None; labels.len()];
        let mut n_themes = 0;
        for rows in &parts {
            let themes = Themes::fit(&vectors.select(rows), &ThemeOptions::default())?;
            for (&row, theme) in rows.iter().zip(themes.of_rows()) {
                found[row] = theme.map(|theme| n_themes + theme);
            }
            n_themes += themes.n_themes();
        }
        let seconds = start.elapsed().as_secs_f64();
        let outliers = found.iter().filter(|theme| theme.is_none()).count();
        let found = outliers_alone(&found);
        println!(
            "{name}: ARI {:.4}, V-measure {:.4}, {outliers} outliers, {n_themes} themes, {seconds:.1} s",
            adjusted_rand_index(&labels, &found)?,
            v_measure(&labels, &found)?.v_measure
        );
        print_stability(&vectors, &parts)?;
    }
    Ok(())
}

/// Finds themes without every eleventh row, then again with all rows, and prints how many ids and memberships stay.
fn print_stability(vectors: &Vectors, parts: &[Vec<usize>]) -> Result<(), Box<dyn Error>> {
    let options = ThemeOptions::default();
    let (mut n_ids, mut kept, mut n_rows, mut stayed) = (0, 0, 0, 0);
    for rows in parts {
        let (new, old): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&row| row % 11 == 0);
        let before = Themes::fit(&vectors.select(&old), &options)?;
        let mut previous = before.of_rows().to_vec();
        previous.extend(before.assign(&vectors.select(&new))?);
        let order: Vec<usize> = old.iter().chain(&new).copied().collect();
        let after = before.refit(&vectors.select(&order), &previous, &options)?;
        let first = ThemeIds::first(&before);
        let same: Vec<(usize, usize)> = (0..old.len()).map(|row| (row, row)).collect();
        let (next, _) = first.next(&before, &after, &same)?;
        let id = |ids: &ThemeIds, theme: Option<usize>| theme.map(|theme| ids.ids()[theme]);
        n_ids += first.ids().len();
        kept += first.ids().iter().filter(|id| next.ids().contains(id)).count();
        n_rows += old.len();
        stayed += (0..old.len())
            .filter(|&row| id(&first, before.of_rows()[row]) == id(&next, after.of_rows()[row]))
            .count();
    }
    println!("  with 10 % more texts: {kept} of {n_ids} ids and {stayed} of {n_rows} memberships stay");
    Ok(())
}

/// Rows with the group and the label of each.
struct Input {
    vectors: Vectors,
    groups: Vec<usize>,
    labels: Vec<usize>,
}

fn read(folder: &Path) -> Result<Input, Box<dyn Error>> {
    let (mut groups, mut labels) = (Vec::new(), Vec::new());
    for line in fs_err::read_to_string(folder.join("rows.tsv"))?.lines() {
        let (group, label) = line
            .split_once('\t')
            .ok_or("each line of rows.tsv has a group and a label")?;
        groups.push(group.parse()?);
        labels.push(label.parse()?);
    }
    let bytes = fs_err::read(folder.join("vectors.f32"))?;
    let values: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|part| f32::from_le_bytes([part[0], part[1], part[2], part[3]]))
        .collect();
    let vectors = Vectors::new(values.len() / labels.len().max(1), &values)?;
    if vectors.n_rows() != labels.len() {
        return Err("vectors.f32 and rows.tsv do not have the same number of rows".into());
    }
    Ok(Input {
        vectors,
        groups,
        labels,
    })
}
