//! The names of the columns of a table.

use std::collections::HashSet;

use crate::json::write_string;

/// Gives every column a different name.
#[derive(Debug, Default)]
pub(crate) struct ColumnNames {
    used: HashSet<String>,
}

impl ColumnNames {
    /// Returns a distinct name. `position` counts from 0. A column without a name is called `column 3`, by its position; a
    /// repeated name gets a number, as in `Labels.2`.
    pub(crate) fn distinct(&mut self, name: &str, position: usize) -> String {
        let name = match name.trim() {
            "" => format!("column {}", position + 1),
            name => name.to_string(),
        };
        let mut candidate = name.clone();
        let mut number = 2;
        while !self.used.insert(candidate.clone()) {
            candidate = format!("{name}.{number}");
            number += 1;
        }
        candidate
    }
}

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// With their types.
    Typed,
    /// As text: the text and the label of a row must be strings.
    Text,
}

/// Returns the key of a field as it is written within an object: the quoted name and a colon.
pub(crate) fn json_key(name: &str) -> String {
    let mut key = String::new();
    write_string(name, &mut key);
    key.push(':');
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        let mut names = ColumnNames::default();
        let given = ["Labels", "Labels", "", "Labels.2", " Labels ", "column 3"];
        let found: Vec<String> = given
            .iter()
            .enumerate()
            .map(|(index, name)| names.distinct(name, index))
            .collect();
        assert_eq!(
            found,
            [
                "Labels",
                "Labels.2",
                "column 3",
                "Labels.2.2",
                "Labels.3",
                "column 3.2"
            ]
        );
    }
}
