//! Which texts to label first.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::themes::Themes;
use crate::vectors::{Vectors, cosine};

impl Themes {
    /// The rows of the `n` texts whose labels say most about the other texts, in the order in which to label them.
    ///
    /// First comes the most typical text of each theme, the largest theme first. Then, one at a time, the text with the largest
    /// product of its uncertainty and its distance to the nearest chosen text; texts of no theme come last. `uncertainty` has a
    /// number from 0 to 1 for each row, such as 1 − confidence. Without it, each theme in turn adds a text, starting with the
    /// themes that have the most texts for each chosen text. Rows in `labelled` are not chosen; they count as chosen earlier,
    /// so a theme with such a row needs no typical text. The result has fewer than `n` rows only if there are fewer texts
    /// without a label. Nothing is drawn at random; of equal texts, the first row is chosen.
    ///
    /// # Errors
    ///
    /// If the vectors, `uncertainty` and the themes differ in their number of rows, if a row of `labelled` does not exist, or
    /// if an uncertainty is not in 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_insight::{ThemeOptions, Themes, Vectors};
    ///
    /// let vectors = Vectors::new(2, &[1.0, 0.0, 1.0, 0.1, 1.0, 0.2, 0.0, 1.0, 0.1, 1.0])?;
    /// let options = ThemeOptions::default().with_n_neighbours(2).with_min_size(2);
    /// let themes = Themes::fit(&vectors, &options)?;
    /// assert_eq!(themes.select_for_labelling(&vectors, &[], None, 1)?, [1]);
    /// let next = themes.select_for_labelling(&vectors, &[1], None, 1)?;
    /// assert!(next == [3] || next == [4], "the other theme is next");
    /// # Ok::<(), feedback_insight::Error>(())
    /// ```
    pub fn select_for_labelling(
        &self,
        vectors: &Vectors,
        labelled: &[usize],
        uncertainty: Option<&[f64]>,
        n: usize,
    ) -> Result<Vec<usize>> {
        self.check_selection(vectors, labelled, uncertainty)?;
        let mut selection = Selection::new(self, vectors, uncertainty);
        labelled.iter().for_each(|&row| selection.choose(row));
        let members = self.members();
        let medoids = members.iter().enumerate().filter_map(|(theme, rows)| {
            let has_label = labelled.iter().any(|&row| self.of_rows()[row] == Some(theme));
            let dot = |row: &usize| vectors.dot(*row, self.centres(), theme);
            // `max_by_key` returns the last of equal rows.
            let medoid = rows.iter().copied().rev().max_by_key(dot);
            medoid.filter(|_| !has_label)
        });
        let mut rows: Vec<usize> = medoids.take(n).collect();
        rows.iter().for_each(|&row| selection.choose(row));
        while rows.len() < n {
            let Some(row) = selection.best() else { break };
            selection.choose(row);
            rows.push(row);
        }
        Ok(rows)
    }

    fn check_selection(
        &self,
        vectors: &Vectors,
        labelled: &[usize],
        uncertainty: Option<&[f64]>,
    ) -> Result<()> {
        let n_rows = self.of_rows().len();
        let lengths = [
            ("vectors", Some(vectors.n_rows())),
            ("uncertainty", uncertainty.map(<[f64]>::len)),
        ];
        for (what, found) in lengths {
            if let Some(found) = found.filter(|&found| found != n_rows) {
                return Err(Error::LengthMismatch {
                    what,
                    found,
                    reference: "themes",
                    expected: n_rows,
                });
            }
        }
        vectors.same_columns("vectors", self.centres())?;
        if let Some(&row) = labelled.iter().find(|&&row| row >= n_rows) {
            return Err(Error::RowOutOfRange {
                what: "labelled",
                row,
                n_rows,
            });
        }
        let outside = uncertainty
            .unwrap_or_default()
            .iter()
            .find(|value| !(0.0..=1.0).contains(*value));
        match outside {
            None => Ok(()),
            Some(&found) => Err(Error::Setting {
                field: "uncertainty",
                found,
                expected: "a number from 0 to 1",
            }),
        }
    }
}

struct Selection<'a> {
    themes: &'a Themes,
    vectors: &'a Vectors,
    uncertainty: Option<&'a [f64]>,
    /// The distance of each row to the nearest chosen one.
    distances: Vec<f64>,
    chosen: Vec<bool>,
    /// Chosen rows of each theme.
    n_chosen: Vec<usize>,
}

impl<'a> Selection<'a> {
    fn new(themes: &'a Themes, vectors: &'a Vectors, uncertainty: Option<&'a [f64]>) -> Self {
        Self {
            themes,
            vectors,
            uncertainty,
            distances: vec![2.0; vectors.n_rows()],
            chosen: vec![false; vectors.n_rows()],
            n_chosen: vec![0; themes.n_themes()],
        }
    }

    fn choose(&mut self, chosen: usize) {
        self.chosen[chosen] = true;
        if let Some(theme) = self.themes.of_rows()[chosen] {
            self.n_chosen[theme] += 1;
        }
        let vectors = self.vectors;
        self.distances
            .par_iter_mut()
            .enumerate()
            .for_each(|(row, distance)| {
                *distance = distance.min(1.0 - cosine(vectors.dot(row, vectors, chosen)));
            });
    }

    /// The next row; `None` if all are chosen.
    fn best(&self) -> Option<usize> {
        let rows = (0..self.chosen.len()).rev().filter(|&row| !self.chosen[row]);
        rows.max_by(|&a, &b| {
            let (a, b) = (self.value(a), self.value(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        })
    }

    /// The value of a row: first that of its theme, then its own.
    fn value(&self, row: usize) -> (f64, f64) {
        let theme = self.themes.of_rows()[row];
        match (theme, self.uncertainty) {
            (None, uncertainty) => (
                0.0,
                self.distances[row] * uncertainty.map_or(1.0, |values| values[row]),
            ),
            (Some(_), Some(uncertainty)) => (1.0, self.distances[row] * uncertainty[row]),
            (Some(theme), None) => {
                let per_chosen = self.themes.sizes()[theme] as f64 / (1 + self.n_chosen[theme]) as f64;
                (per_chosen, self.distances[row])
            }
        }
    }
}
