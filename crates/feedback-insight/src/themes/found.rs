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
    groups: Vec<usize>,
    resolution: f64,
}

impl Themes {
    /// `groups` has the group of each theme of `members`.
    pub(super) fn new(
        n_rows: usize,
        distinct: &Distinct,
        members: Members,
        groups: Vec<usize>,
        resolution: f64,
    ) -> Self {
        let mut of_rows = vec![None; n_rows];
        for (rows, &theme) in distinct.rows.iter().zip(&members.of) {
            rows.iter().for_each(|&row| of_rows[row] = theme);
        }
        Self {
            of_rows,
            sizes: members.sizes,
            centres: members.centres,
            limits: members.limits,
            groups,
            resolution,
        }
    }

    /// Sets the theme of each row, and with it the sizes.
    pub(super) fn set_of_rows(&mut self, of_rows: &[Option<usize>]) {
        self.of_rows = of_rows.to_vec();
        self.sizes = self.members().iter().map(Vec::len).collect();
    }

    /// The theme of each row, from 0; `None` where a text fits none.
    pub fn of_rows(&self) -> &[Option<usize>] {
        &self.of_rows
    }

    /// How many texts each theme has; in descending order, unless the themes were [restored](Themes::restore).
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
        members(&self.of_rows, self.n_themes())
    }

    /// The group of each theme, from 0 without gaps, the group with the most texts first.
    ///
    /// Groups are a second, coarser level: themes with similar texts are in one group. Each theme belongs to exactly one group;
    /// many groups have only one theme. If people describe the same thing in many ways, its texts may be divided among several
    /// themes, but one group has them all.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_insight::{ThemeOptions, Themes, Vectors};
    ///
    /// // Two pairs of near directions, with ten texts each.
    /// let near = |row: usize| [1.0, 0.4 * (row / 10 % 2) as f32, 0.01 * (row % 10) as f32];
    /// let values: Vec<f32> = (0..40)
    ///     .flat_map(|row| near(row).map(|value| if row < 20 { value } else { -value }))
    ///     .collect();
    /// let options = ThemeOptions::default().with_resolution(2.0).with_n_neighbours(14);
    /// let themes = Themes::fit(&Vectors::new(3, &values)?, &options)?;
    /// assert_eq!((themes.n_themes(), themes.groups()), (4, &[0, 0, 1, 1][..]));
    /// # Ok::<(), feedback_insight::Error>(())
    /// ```
    pub fn groups(&self) -> &[usize] {
        &self.groups
    }

    /// The group of the theme of each row, from 0; `None` where a text fits no theme.
    pub fn groups_of_rows(&self) -> Vec<Option<usize>> {
        let group = |theme: &Option<usize>| theme.map(|theme| self.groups[theme]);
        self.of_rows.iter().map(group).collect()
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

    /// Returns for each new text the theme with the nearest centre, or `None` if the text is further from this centre than almost
    /// all texts of the theme.
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

/// The rows of each of `n` themes or groups, ascending.
pub(crate) fn members(of_rows: &[Option<usize>], n: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); n];
    for (row, theme) in of_rows.iter().enumerate() {
        if let Some(theme) = *theme {
            members[theme].push(row);
        }
    }
    members
}
