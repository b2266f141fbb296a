//! The rows of one set, with the label that each has now.

use std::collections::HashMap;

/// The rows of one set, by index. Texts never change; a row without a current label is not used.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    lines: Vec<u64>,
    texts: Vec<String>,
    /// The class that the row has in its file.
    original: Vec<Option<usize>>,
    /// The class that it is used with now.
    current: Vec<Option<usize>>,
    index_of_line: HashMap<u64, usize>,
}

impl Rows {
    /// Rows with a line, a text and a class each.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_corrections::Rows;
    ///
    /// let rows = Rows::labelled([(1, "it crashes", 0), (3, "great", 1)]);
    /// assert_eq!(rows.text(1), "great");
    /// assert_eq!(rows.in_use().collect::<Vec<_>>(), [(0, 0), (1, 1)]);
    /// ```
    pub fn labelled(rows: impl IntoIterator<Item = (u64, impl Into<String>, usize)>) -> Self {
        Self::new(
            rows.into_iter()
                .map(|(line, text, class)| (line, text, Some(class))),
        )
    }

    /// Rows with a line and a text each, and no label.
    pub fn unlabelled(rows: impl IntoIterator<Item = (u64, impl Into<String>)>) -> Self {
        Self::new(rows.into_iter().map(|(line, text)| (line, text, None)))
    }

    fn new(rows: impl IntoIterator<Item = (u64, impl Into<String>, Option<usize>)>) -> Self {
        let mut all = Self::default();
        for (line, text, class) in rows {
            all.index_of_line.insert(line, all.lines.len());
            all.lines.push(line);
            all.texts.push(text.into());
            all.original.push(class);
        }
        all.current.clone_from(&all.original);
        all
    }

    /// How many there are, used or not.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The texts, by index.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The text of a row.
    pub fn text(&self, row: usize) -> &str {
        &self.texts[row]
    }

    /// The line of a row.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// The rows that are used, ascending, with their classes.
    pub fn in_use(&self) -> impl Iterator<Item = (usize, usize)> {
        let rows = self.current.iter().enumerate();
        rows.filter_map(|(row, class)| class.map(|class| (row, class)))
    }

    pub(crate) fn n_in_use(&self) -> usize {
        self.in_use().count()
    }

    pub(crate) fn find(&self, line: u64) -> Option<usize> {
        self.index_of_line.get(&line).copied()
    }

    pub(crate) fn current(&self, row: usize) -> Option<usize> {
        self.current[row]
    }

    /// The class that the row has now, or had in its file.
    pub(crate) fn last_known(&self, row: usize) -> Option<usize> {
        self.current[row].or(self.original[row])
    }

    pub(crate) fn set(&mut self, row: usize, class: Option<usize>) {
        self.current[row] = class;
    }
}
