//! The themes of texts.

use super::distinct::Distinct;
use super::members::Members;
use crate::error::Result;
use crate::neighbours::nearest_in;
use crate::vectors::{Vectors, cosine};

/// The themes of texts, the largest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Themes {
    of_rows: Vec<Option<usize>>,
    sizes: Vec<usize>,
    centres: Vectors,
    limits: Vec<i32>,
    resolution: f64,
}

impl Themes {
    pub(super) fn new(n_rows: usize, distinct: &Distinct, members: Members, resolution: f64) -> Self {
        let mut of_rows = vec![None; n_rows];
        for (rows, &theme) in distinct.rows.iter().zip(&members.of) {
            rows.iter().for_each(|&row| of_rows[row] = theme);
        }
        Self {
            of_rows,
            sizes: members.sizes,
            centres: members.centres,
            limits: members.limits,
            resolution,
        }
    }

    /// The theme of each row, from 0; `None` where a text fits none.
    pub fn of_rows(&self) -> &[Option<usize>] {
        &self.of_rows
    }

    /// How many texts each theme has, in descending order.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// How many themes there are.
    pub fn n_themes(&self) -> usize {
        self.sizes.len()
    }

    /// How many texts belong to no theme.
    pub fn n_unassigned(&self) -> usize {
        self.of_rows.iter().filter(|theme| theme.is_none()).count()
    }

    /// The rows of each theme, ascending.
    pub fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.n_themes()];
        for (row, theme) in self.of_rows.iter().enumerate() {
            if let Some(theme) = *theme {
                members[theme].push(row);
            }
        }
        members
    }

    /// The centre of each theme: the direction of the mean of its vectors.
    pub fn centres(&self) -> &Vectors {
        &self.centres
    }

    /// The smallest cosine with its centre at which a text belongs to a theme.
    ///
    /// # Panics
    ///
    /// If there is no such theme.
    pub fn min_cosine(&self, theme: usize) -> f64 {
        cosine(self.limits[theme])
    }

    /// The resolution at which the themes were found.
    pub fn resolution(&self) -> f64 {
        self.resolution
    }

    /// The theme of new texts: that with the nearest centre, or `None` if a text is further from this centre than almost all
    /// texts that the theme was found from.
    ///
    /// # Errors
    ///
    /// If the vectors have another number of columns.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_insight::{ThemeOptions, Themes, Vectors};
    ///
    /// let vectors = Vectors::new(2, &[1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0])?;
    /// let options = ThemeOptions::default().with_n_neighbours(2).with_min_size(2);
    /// let themes = Themes::fit(&vectors, &options)?;
    /// let new = Vectors::new(2, &[0.05, 1.0, -1.0, 0.0])?;
    /// assert_eq!(themes.assign(&new)?, [Some(1), None]);
    /// # Ok::<(), feedback_insight::Error>(())
    /// ```
    pub fn assign(&self, vectors: &Vectors) -> Result<Vec<Option<usize>>> {
        vectors.same_columns("vectors", &self.centres)?;
        let nearest = nearest_in(vectors, &self.centres, 1);
        let within = nearest.iter().map(|nearest| {
            let nearest = nearest.first()?;
            let theme = nearest.row as usize;
            (nearest.dot >= self.limits[theme]).then_some(theme)
        });
        Ok(within.collect())
    }
}
