//! The rows of one set with their current labels.

use std::collections::HashMap;

/// The rows of one set, by index. Texts never change; a row without a current label is not used.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    lines: Vec<u64>,
    texts: Vec<String>,
    /// The class of each row in its file.
    original: Vec<Option<usize>>,
    /// The current class of each row; `None` if the row is not used.
    current: Vec<Option<usize>>,
    index_of_line: HashMap<u64, usize>,
}

impl Rows {
    /// Creates labelled rows; each has a line, a text and a class.
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

    /// Creates rows without labels; each has a line and a text.
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

    /// Returns the number of rows, including rows that are not used.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Returns the texts, by index.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Returns the text of a row.
    pub fn text(&self, row: usize) -> &str {
        &self.texts[row]
    }

    /// Returns the line of a row.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// Returns index and class of each row that is used, in ascending order.
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

    /// Returns the current class of the row; if it has none, its class in the file.
    pub(crate) fn last_known(&self, row: usize) -> Option<usize> {
        self.current[row].or(self.original[row])
    }

    pub(crate) fn set(&mut self, row: usize, class: Option<usize>) {
        self.current[row] = class;
    }
}
