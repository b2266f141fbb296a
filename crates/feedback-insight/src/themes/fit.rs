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

/// Links each distinct vector with its neighbours.
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
    /// Every text is linked with its nearest texts. The Leiden algorithm divides the texts into
    /// communities with many links inside and few links to the outside. If `options.resolution` is
    /// `None`, several resolutions are tried, and the coarsest whose silhouette is within 5 % of
    /// the best is chosen.
    ///
    /// Each community of at least `min_size` texts becomes a theme. A text that is far from the
    /// centre of its community, or whose community is too small, moves to the theme with the
    /// nearest centre; if it is far from that centre, too, it belongs to no theme. Themes that have
    /// fewer than `min_size` texts after this are dropped.
    ///
    /// Equal vectors share a theme. The result depends only on the vectors and the options: if the
    /// rows are in another order, each row still gets the same theme.
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
    /// `previous` has the earlier theme of each row, from [`Themes::of_rows`] or
    /// [`Themes::assign`]. The search starts from these themes, so most texts keep theirs. A row
    /// without an earlier theme starts alone; its neighbours decide which theme it joins, if any.
    /// If `options.resolution` is `None`, the resolution of `self` is used.
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

    /// Restores themes that were found earlier. Some of their texts may be missing.
    ///
    /// `of_rows` has the number of the theme of each row. The numbers start at 0 and have no gaps:
    /// each number up to the largest has at least one row. The restored themes keep these numbers.
    /// `resolution` is the resolution at which the themes were found.
    ///
    /// # Errors
    ///
    /// If `of_rows` and `vectors` differ in length, there are no rows, the theme numbers have a
    /// gap, or the resolution is not above 0.
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
            return Err(Error::UnusedTheme { theme: unused });
        }
        let distinct = Distinct::new(vectors);
        let theme = |rows: &Vec<usize>| rows.iter().find_map(|&row| of_rows[row]);
        let of = distinct.rows.iter().map(theme).collect();
        let members = Members::given(&distinct.vectors, &distinct.counts(), of, n);
        let groups = groups(&distinct.vectors, &members.of, &members.sizes);
        let mut themes = Self::new(vectors.n_rows(), &distinct, members, groups, resolution);
        // If only some of several equal texts had a theme, the others still have none.
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

/// Returns the part in which each distinct vector starts: its earlier theme, or a part with only
/// this vector.
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
