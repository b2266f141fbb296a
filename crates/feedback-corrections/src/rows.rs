//! The rows of one set, with the label that each has at present.

use std::collections::HashMap;

use crate::Examples;

/// Rows by index. The texts never change; a row without a present label is not in use.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) lines: Vec<u64>,
    pub(super) texts: Vec<String>,
    /// The class that the row had in its file.
    pub(super) given: Vec<Option<usize>>,
    /// The class that it is used with now.
    pub(super) present: Vec<Option<usize>>,
    index_of_line: HashMap<u64, usize>,
}

impl Rows {
    pub(super) fn labelled(examples: &Examples) -> Self {
        let given: Vec<Option<usize>> = examples.labels.iter().copied().map(Some).collect();
        Self::new(examples.lines.clone(), examples.texts.clone(), given)
    }

    pub(super) fn unlabelled(lines: Vec<u64>, texts: Vec<String>) -> Self {
        let given = vec![None; texts.len()];
        Self::new(lines, texts, given)
    }

    fn new(lines: Vec<u64>, texts: Vec<String>, given: Vec<Option<usize>>) -> Self {
        let index_of_line = lines.iter().copied().zip(0..).collect();
        Self {
            present: given.clone(),
            lines,
            texts,
            given,
            index_of_line,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn find(&self, line: u64) -> Option<usize> {
        self.index_of_line.get(&line).copied()
    }

    /// The rows in use, ascending, with their classes.
    pub(super) fn in_use(&self) -> impl Iterator<Item = (usize, usize)> {
        let rows = self.present.iter().enumerate();
        rows.filter_map(|(row, label)| label.map(|label| (row, label)))
    }

    pub(super) fn n_in_use(&self) -> usize {
        self.in_use().count()
    }
}
