//! Rows of two periods, with their metrics and fields.

use crate::error::{Error, Result, not_empty, same_length};

/// Rows of two periods (or groups), and which of them are duplicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    after: Vec<bool>,
    groups: Vec<usize>,
    /// The rows by period and duplicate group.
    order: Vec<usize>,
}

impl Rows {
    /// Takes for each row whether it belongs to the second period, and its duplicate group. Duplicates within a period
    /// count as one piece of evidence. Without duplicates, give every row another group.
    ///
    /// # Errors
    ///
    /// If there are no rows or the lengths differ.
    pub fn new(after: &[bool], groups: &[usize]) -> Result<Self> {
        not_empty("after", after.len())?;
        same_length("groups", groups.len(), after.len())?;
        let mut order: Vec<usize> = (0..after.len()).collect();
        order.sort_by_key(|&row| (after[row], groups[row]));
        Ok(Self {
            order,
            after: after.to_vec(),
            groups: groups.to_vec(),
        })
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        self.after.len()
    }

    /// The units of a metric and the segments of its rows: the rows of a duplicate group in one period. Rows without a
    /// value are left out.
    ///
    /// # Errors
    ///
    /// [`Error::TooFewRows`] if a period has fewer than two units.
    pub(crate) fn units(&self, metric: &Metric<'_>, segments: &[usize]) -> Result<Vec<Unit>> {
        let mut units: Vec<Unit> = Vec::new();
        let mut last = None;
        for &row in &self.order {
            let value = metric.values[row];
            if value.is_nan() {
                continue;
            }
            let cell = Cell {
                segment: segments[row],
                rows: 1.0,
                sum: value,
            };
            let key = (self.after[row], self.groups[row]);
            match units.last_mut() {
                Some(unit) if last == Some(key) => unit.add(cell),
                _ => units.push(Unit {
                    after: key.0,
                    cells: vec![cell],
                }),
            }
            last = Some(key);
        }
        let n_after = units.iter().filter(|unit| unit.after).count();
        let fewest = n_after.min(units.len() - n_after);
        if fewest < 2 {
            return Err(Error::TooFewRows { found: fewest });
        }
        Ok(units)
    }
}

/// A number for each row; NaN where a row has none.
#[derive(Debug, Clone, Copy)]
pub struct Metric<'a> {
    pub(crate) values: &'a [f64],
}

impl<'a> Metric<'a> {
    /// Takes the value of each row, such as its stars, or 1 and 0 for the share of a category. Rows with NaN are left out
    /// and counted.
    pub fn new(values: &'a [f64]) -> Self {
        Self { values }
    }
}

/// A segment for each row.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub(crate) segments: &'a [usize],
    pub(crate) weight: f64,
}

impl<'a> Field<'a> {
    /// Takes the segment of each row: any number, such as the position of its country in a list of countries.
    pub fn new(segments: &'a [usize]) -> Self {
        Self {
            segments,
            weight: 1.0,
        }
    }

    /// Sets the weight of the field, a number above 0; 1 by default. All tests of a field together get a part of the false
    /// discovery rate, in proportion to the weight of the field. So a field with many segments does not hide the changes in a
    /// field with few segments.
    #[must_use]
    pub fn with_weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }
}

/// The rows of a duplicate group in one period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unit {
    pub(crate) after: bool,
    pub(crate) cells: Vec<Cell>,
}

impl Unit {
    fn add(&mut self, new: Cell) {
        match self.cells.iter_mut().find(|cell| cell.segment == new.segment) {
            Some(cell) => {
                cell.rows += new.rows;
                cell.sum += new.sum;
            }
            None => self.cells.push(new),
        }
    }
}

/// The rows of a unit in one segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    pub(crate) segment: usize,
    pub(crate) rows: f64,
    pub(crate) sum: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_of_a_period_become_one_unit() {
        let after = [false, false, false, true, true, false];
        let rows = Rows::new(&after, &[7, 7, 8, 7, 9, 10]).expect("valid");
        let values = [1.0, 2.0, 4.0, 8.0, 16.0, f64::NAN];
        let units = rows
            .units(&Metric::new(&values), &[0, 0, 1, 0, 1, 1])
            .expect("valid");
        let sums: Vec<(bool, f64)> = units.iter().map(|unit| (unit.after, unit.cells[0].sum)).collect();
        assert_eq!(sums, [(false, 3.0), (false, 4.0), (true, 8.0), (true, 16.0)]);
        let few = rows.units(&Metric::new(&[f64::NAN; 6]), &[0; 6]);
        assert_eq!(few, Err(Error::TooFewRows { found: 0 }));
        assert!(Rows::new(&[true], &[]).is_err() && Rows::new(&[], &[]).is_err());
    }
}
