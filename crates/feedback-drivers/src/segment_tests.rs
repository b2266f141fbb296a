//! The tests of the segments of a field.

use crate::options::DriverOptions;
use crate::permutation::{Part, ratio_p_value};
use crate::rows::Unit;

/// Tests whether the mean of a segment, or its share of the rows, differs between the periods.
pub(crate) struct Tests<'u> {
    units: &'u [Unit],
    /// The rows of each unit.
    rows: Vec<f64>,
    burden: f64,
    seed: u64,
}

impl<'u> Tests<'u> {
    /// `burden` is the number of tests that each test stands for.
    pub(crate) fn new(units: &'u [Unit], burden: f64, options: &DriverOptions) -> Self {
        let rows = |unit: &Unit| unit.cells.iter().map(|cell| cell.rows).sum();
        Self {
            rows: units.iter().map(rows).collect(),
            units,
            burden,
            seed: options.bootstrap.seed,
        }
    }

    /// The p-value of the mean of a segment: its sum over its rows.
    pub(crate) fn rate(&self, segment: usize) -> f64 {
        let part = |unit: &Unit| {
            let cell = unit.cells.iter().find(|cell| cell.segment == segment)?;
            Some(Part {
                after: unit.after,
                numerator: cell.sum,
                denominator: cell.rows,
            })
        };
        self.p_value(self.units.iter().filter_map(part).collect())
    }

    /// The p-value of the share of a segment: its rows over all rows.
    pub(crate) fn mix(&self, segment: usize) -> f64 {
        let part = |(unit, &rows): (&Unit, &f64)| Part {
            after: unit.after,
            numerator: unit
                .cells
                .iter()
                .find(|cell| cell.segment == segment)
                .map_or(0.0, |cell| cell.rows),
            denominator: rows,
        };
        self.p_value(self.units.iter().zip(&self.rows).map(part).collect())
    }

    fn p_value(&self, parts: Vec<Part>) -> f64 {
        ratio_p_value(&parts, n_permutations(self.burden, parts.len()), self.seed)
    }
}

/// The number of permutations of a test. Among many tests only small p-values are significant, and the smallest one is that of a
/// test that no permutation reaches.
fn n_permutations(burden: f64, n_units: usize) -> usize {
    const MAX_DRAWS: usize = 100_000_000;
    let most = (MAX_DRAWS / n_units.max(1)).max(20_000);
    ((100.0 * burden) as usize).clamp(2_000, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_tests_get_more_permutations_if_they_are_cheap() {
        assert_eq!(
            [1.0, 90.0, 500.0].map(|burden| n_permutations(burden, 400)),
            [2_000, 9_000, 50_000]
        );
        assert_eq!(
            [400, 9_000].map(|n_units| n_permutations(10_000.0, n_units)),
            [250_000, 20_000]
        );
    }
}
