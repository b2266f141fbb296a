//! Whether the composition of the rows differs between the periods.

use feedback_metrics::statistics::Draws;

use crate::error::{Result, same_length};
use crate::rows::{Metric, Rows, Unit};

/// A test stops when this many permutations reach the observed statistic: its p-value is then known well enough.
const ENOUGH: usize = 20;

/// Tests whether the shares of classes, such as themes, differ between the two periods; returns the p-value.
///
/// `classes` has the class of each row, from 0 without gaps. The statistic is Pearson's χ² of classes by periods. Its
/// distribution comes from dividing the units between the periods at random; a unit is the rows of a duplicate group in one
/// period. Each period keeps its number of units. There are 20,000 divisions; with more than 5,000 units there are fewer, but at
/// least 1,000. The p-value is (k + 1) / (n + 1) if k of n divisions reach the observed statistic; the test ends early, with k /
/// n, when k reaches 20.
///
/// A change that is divided among many classes, none of which stands out, can still stand out here.
///
/// # Errors
///
/// If the lengths differ, or a period has fewer than two units.
///
/// # Examples
///
/// ```
/// use feedback_drivers::{Rows, composition_p_value};
///
/// // 20 classes; the first ten are a little more frequent after than before.
/// let after: Vec<bool> = (0..1_200).map(|row| row >= 600).collect();
/// let classes: Vec<usize> = (0..1_200)
///     .map(|row| if row >= 600 && row % 5 == 0 { row % 10 } else { row % 20 })
///     .collect();
/// let groups: Vec<usize> = (0..1_200).collect(); // no duplicates
/// let rows = Rows::new(&after, &groups)?;
/// assert!(composition_p_value(&rows, &classes, 1)? < 0.01);
/// # Ok::<(), feedback_drivers::Error>(())
/// ```
pub fn composition_p_value(rows: &Rows, classes: &[usize], seed: u64) -> Result<f64> {
    const MAX_DRAWS: usize = 100_000_000;
    same_length("classes", classes.len(), rows.n())?;
    let units = rows.units(&Metric::new(&vec![0.0; classes.len()]), classes)?;
    let composition = Composition::new(&units, classes.iter().max().map_or(0, |last| last + 1));
    let permutations = (MAX_DRAWS / units.len()).clamp(1_000, 20_000);
    Ok(composition.p_value(permutations, seed))
}

/// The rows of each unit by class.
struct Composition<'u> {
    units: &'u [Unit],
    totals: Vec<f64>,
    n_rows: f64,
}

impl<'u> Composition<'u> {
    fn new(units: &'u [Unit], n_classes: usize) -> Self {
        let mut totals = vec![0.0; n_classes];
        count(units.iter(), &mut totals);
        Self {
            units,
            n_rows: totals.iter().sum(),
            totals,
        }
    }

    fn p_value(&self, permutations: usize, seed: u64) -> f64 {
        let n_after = self.units.iter().filter(|unit| unit.after).count();
        let n_smaller = n_after.min(self.units.len() - n_after);
        let smaller_is_after = n_after == n_smaller;
        let mut counts = vec![0.0; self.totals.len()];
        count(
            self.units.iter().filter(|unit| unit.after == smaller_is_after),
            &mut counts,
        );
        // Divisions with the same statistic must not be missed because of rounding.
        let limit = self.chi_squared(&counts) * (1.0 - 1e-9);
        let mut draws = Draws::new(self.units.len(), seed);
        let mut order: Vec<u32> = (0..self.units.len() as u32).collect();
        let mut reached = 0;
        for permutation in 1..=permutations {
            for place in 0..n_smaller {
                let other = place + draws.below((order.len() - place) as u64);
                order.swap(place, other);
            }
            let drawn = order[..n_smaller].iter().map(|&unit| &self.units[unit as usize]);
            counts.fill(0.0);
            count(drawn, &mut counts);
            reached += usize::from(self.chi_squared(&counts) >= limit);
            if reached == ENOUGH {
                return ENOUGH as f64 / permutation as f64;
            }
        }
        (reached + 1) as f64 / (permutations + 1) as f64
    }

    /// Pearson's χ² if a period has these counts and the other one the rest; 0 if a period has no rows.
    fn chi_squared(&self, counts: &[f64]) -> f64 {
        let share = counts.iter().sum::<f64>() / self.n_rows;
        if share == 0.0 || share == 1.0 {
            return 0.0;
        }
        let classes = counts.iter().zip(&self.totals).filter(|(_, total)| **total > 0.0);
        let sum: f64 = classes
            .map(|(count, total)| (count - share * total).powi(2) / total)
            .sum();
        sum / (share * (1.0 - share))
    }
}

/// Adds the rows of units by class.
fn count<'u>(units: impl Iterator<Item = &'u Unit>, counts: &mut [f64]) {
    for cell in units.flat_map(|unit| &unit.cells) {
        counts[cell.segment] += cell.rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_squared_by_hand() {
        let after = [false, false, false, false, true, true, true, true];
        let rows = Rows::new(&after, &[0, 1, 2, 3, 4, 5, 6, 7]).expect("valid");
        // Classes 0 and 1: 3 and 1 before, 1 and 3 after; each of the four cells is 1 off an expected 2.
        let classes = [0, 0, 0, 1, 0, 1, 1, 1];
        let units = rows.units(&Metric::new(&[0.0; 8]), &classes).expect("valid");
        let composition = Composition::new(&units, 2);
        assert_eq!(composition.chi_squared(&[1.0, 3.0]), 4.0 * 0.5);
        assert_eq!(composition.chi_squared(&[0.0, 0.0]), 0.0);
        // 34 of the 70 divisions have 3 or more texts of a class in a period: 2 · (16 + 1).
        let found = composition.p_value(20_000, 1);
        assert!((found - 34.0 / 70.0).abs() < 0.25, "{found}");
    }

    #[test]
    fn copies_are_one_piece_of_evidence() {
        // 30 copies of one text after are one unit, of which half of the divisions have as much.
        let n = 60;
        let after: Vec<bool> = (0..n).map(|row| row >= 30).collect();
        let classes: Vec<usize> = (0..n).map(|row| usize::from(row >= 30) + row % 2 * 2).collect();
        let apart: Vec<usize> = (0..n).collect();
        let copies: Vec<usize> = (0..n)
            .map(|row| if row < 30 { row } else { 30 + row % 2 })
            .collect();
        let p_value = |groups: &[usize]| {
            composition_p_value(&Rows::new(&after, groups).expect("valid"), &classes, 1).expect("valid")
        };
        assert!(p_value(&apart) < 1e-3, "{}", p_value(&apart));
        assert!(p_value(&copies) > 1e-3, "{}", p_value(&copies));
        let rows = Rows::new(&after, &apart).expect("valid");
        assert!(composition_p_value(&rows, &classes[1..], 1).is_err());
    }
}
