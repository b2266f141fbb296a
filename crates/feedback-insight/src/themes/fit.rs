//! Finds themes.

use super::distinct::Distinct;
use super::found::Themes;
use super::groups::groups;
use super::links::link;
use super::members::Members;
use super::options::ThemeOptions;
use super::resolution::{Partition, best_partition};
use crate::error::{Error, Result};
use crate::graph::{Graph, leiden};
use crate::neighbours::neighbours;
use crate::random::generator;
use crate::vectors::Vectors;

/// Links the distinct vectors with their neighbours.
fn graph_of(distinct: &Distinct, options: &ThemeOptions) -> Graph {
    link(&neighbours(
        &distinct.vectors,
        options.n_neighbours,
        options.max_exact,
        options.seed,
    ))
}

impl Themes {
    /// Finds the themes of texts from their vectors.
    ///
    /// Every text is linked with its nearest texts. The Leiden algorithm finds groups with many links inside and few links
    /// to the outside. If the options have no resolution, several are tried; the coarsest whose silhouette is within 5 % of
    /// the best is chosen. A text belongs to no theme if it is far from the centre of its theme, or if its group is smaller
    /// than `min_size` and no theme is near. Equal vectors share a theme. The result depends only on the vectors and the
    /// options. Another order of the rows changes only the order of the result.
    ///
    /// # Errors
    ///
    /// If there are no rows, or an option is outside its range.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_insight::{ThemeOptions, Themes, Vectors};
    ///
    /// let vectors = Vectors::new(2, &[1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0])?;
    /// let options = ThemeOptions::default().with_n_neighbours(2).with_min_size(2);
    /// let themes = Themes::fit(&vectors, &options)?;
    /// assert_eq!(themes.of_rows(), [Some(0), Some(0), Some(1), Some(1)]);
    /// # Ok::<(), feedback_insight::Error>(())
    /// ```
    pub fn fit(vectors: &Vectors, options: &ThemeOptions) -> Result<Self> {
        options.check()?;
        if vectors.n_rows() == 0 {
            return Err(Error::NoRows { what: "vectors" });
        }
        let distinct = Distinct::new(vectors);
        let graph = graph_of(&distinct, options);
        let partition = match options.resolution {
            None => best_partition(&graph, &distinct.vectors, &distinct.counts(), options.seed),
            Some(resolution) => Partition {
                parts: leiden(&graph, resolution, None, &mut generator(options.seed)),
                resolution,
            },
        };
        Ok(Self::from_partition(vectors, &distinct, &partition, options))
    }

    /// Finds the themes of texts, starting with the themes that some of the texts already have.
    ///
    /// `previous` has the earlier theme of each row, from [`Themes::of_rows`] or [`Themes::assign`]; rows without a theme
    /// are placed by their neighbours. Themes change only as much as the new texts require, so most texts keep their theme.
    /// The resolution is that of `options`, or that of `self` if `options` have none.
    ///
    /// # Errors
    ///
    /// If `previous` and `vectors` differ in length, there are no rows, or an option is outside its range.
    pub fn refit(
        &self,
        vectors: &Vectors,
        previous: &[Option<usize>],
        options: &ThemeOptions,
    ) -> Result<Self> {
        options.check()?;
        if vectors.n_rows() == 0 {
            return Err(Error::NoRows { what: "vectors" });
        }
        if previous.len() != vectors.n_rows() {
            return Err(Error::LengthMismatch {
                what: "previous",
                found: previous.len(),
                reference: "vectors",
                expected: vectors.n_rows(),
            });
        }
        let distinct = Distinct::new(vectors);
        let graph = graph_of(&distinct, options);
        let resolution = options.resolution.unwrap_or_else(|| self.resolution());
        let start = starting_parts(&distinct, previous);
        let parts = leiden(&graph, resolution, Some(start), &mut generator(options.seed));
        let partition = Partition { parts, resolution };
        Ok(Self::from_partition(vectors, &distinct, &partition, options))
    }

    /// The themes that were found before, of texts that may be only some of those that they were found from.
    ///
    /// `of_rows` has the theme of each row, from 0; each theme up to the highest has at least one row. The numbers of the themes stay.
    /// `resolution` is that of the themes that were found.
    ///
    /// # Errors
    ///
    /// If `of_rows` and `vectors` differ in length, there are no rows, a theme has no rows, or the resolution is not above 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_insight::{ThemeOptions, Themes, Vectors};
    ///
    /// let vectors = Vectors::new(2, &[1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0])?;
    /// let themes = Themes::restore(&vectors, &[Some(1), Some(1), Some(0), None], 1.0)?;
    /// assert_eq!(themes.sizes(), [1, 2]);
    /// assert_eq!(themes.assign(&Vectors::new(2, &[1.0, 0.05])?)?, [Some(1)]);
    /// # Ok::<(), feedback_insight::Error>(())
    /// ```
    pub fn restore(vectors: &Vectors, of_rows: &[Option<usize>], resolution: f64) -> Result<Self> {
        ThemeOptions::default().with_resolution(resolution).check()?;
        if vectors.n_rows() == 0 {
            return Err(Error::NoRows { what: "vectors" });
        }
        if of_rows.len() != vectors.n_rows() {
            return Err(Error::LengthMismatch {
                what: "of_rows",
                found: of_rows.len(),
                reference: "vectors",
                expected: vectors.n_rows(),
            });
        }
        let n = of_rows.iter().flatten().max().map_or(0, |last| last + 1);
        let mut is_used = vec![false; n];
        of_rows.iter().flatten().for_each(|&theme| is_used[theme] = true);
        if let Some(unused) = is_used.iter().position(|is_used| !is_used) {
            return Err(Error::Setting {
                field: "of_rows",
                found: unused as f64,
                expected: "at least one row for each theme",
            });
        }
        let distinct = Distinct::new(vectors);
        let theme = |rows: &Vec<usize>| rows.iter().find_map(|&row| of_rows[row]);
        let of = distinct.rows.iter().map(theme).collect();
        let members = Members::given(&distinct.vectors, &distinct.counts(), of, n);
        let groups = groups(&distinct.vectors, &members.of, &members.sizes);
        let mut themes = Self::new(vectors.n_rows(), &distinct, members, groups, resolution);
        // Equal texts of which only some had a theme stay as they were.
        themes.set_of_rows(of_rows);
        Ok(themes)
    }

    fn from_partition(
        vectors: &Vectors,
        distinct: &Distinct,
        partition: &Partition,
        options: &ThemeOptions,
    ) -> Self {
        let Partition { parts, resolution } = partition;
        let members = Members::new(&distinct.vectors, &distinct.counts(), parts, options.min_size);
        let groups = groups(&distinct.vectors, &members.of, &members.sizes);
        Self::new(vectors.n_rows(), distinct, members, groups, *resolution)
    }
}

/// The part in which each distinct vector starts: its theme, or a part for itself.
fn starting_parts(distinct: &Distinct, previous: &[Option<usize>]) -> Vec<u32> {
    let mut numbers = std::collections::BTreeMap::new();
    let mut next = 0;
    let part = |rows: &Vec<usize>| {
        let theme = rows.iter().find_map(|&row| previous[row]);
        let mut fresh = || {
            next += 1;
            next - 1
        };
        match theme {
            Some(theme) => *numbers.entry(theme).or_insert_with(fresh),
            None => fresh(),
        }
    };
    distinct.rows.iter().map(part).collect()
}
