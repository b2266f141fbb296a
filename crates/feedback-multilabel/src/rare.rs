//! Labels with few texts.

use std::collections::{BTreeMap, BTreeSet};

use feedback_pipeline::data::RareLabelOptions;

use crate::error::Result;
use crate::read::LabelLists;

/// The labels with fewer texts than `min_label_count`, and what became of their texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RareLabelLists {
    /// Each of the labels with its number of texts, in alphabetical order.
    pub labels: BTreeMap<String, usize>,
    /// Number of texts that have no other label and were left out. Without them, a text without labels is one that people left without.
    pub left_out: usize,
}

impl RareLabelLists {
    /// The labels as pairs with their numbers of texts.
    pub(crate) fn pairs(&self) -> Vec<(String, usize)> {
        self.labels.clone().into_iter().collect()
    }
}

impl LabelLists {
    /// Takes rare labels from their texts, or gives these texts the label `rare_label`, which is never rare.
    ///
    /// # Errors
    ///
    /// [`DataError::AllRare`](feedback_pipeline::DataError::AllRare) if no text is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader, collect};
    /// use feedback_multilabel::label_lists;
    /// use feedback_pipeline::data::{LabelLayout, RareLabelOptions};
    ///
    /// let lines = r#"{"text":"a","label":["bug","odd"]}
    /// {"text":"b","label":["odd"]}
    /// {"text":"c","label":["bug"]}
    /// {"text":"d","label":["bug"]}"#;
    /// let mut options = ReadOptions::default();
    /// options.label_rule = feedback_dataset::read::LabelRule::Optional;
    /// let reader = Reader::from_reader(lines.as_bytes(), "data", Format::Jsonl, &options);
    /// let mut lists = label_lists(collect(reader, OnBadRow::Fail)?, &options, &LabelLayout::default());
    /// let mut rare = RareLabelOptions::default();
    /// rare.min_label_count = Some(3);
    /// let found = lists.treat_rare_labels(&rare)?;
    /// assert_eq!((found.labels["odd"], found.left_out), (2, 1));
    /// assert_eq!(lists.names, [["bug"], ["bug"], ["bug"]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn treat_rare_labels(&mut self, options: &RareLabelOptions) -> Result<RareLabelLists> {
        let min = options.min_label_count.unwrap_or(0);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in self.names.iter().flatten() {
            *counts.entry(name.clone()).or_insert(0) += 1;
        }
        counts.retain(|name, count| *count < min && options.rare_label.as_ref() != Some(name));
        let mut found = RareLabelLists {
            labels: counts,
            left_out: 0,
        };
        found.left_out = self.treat(&found, options.rare_label.as_deref());
        options.require_some(&self.dataset, &found.pairs())?;
        Ok(found)
    }

    /// Treats the rare labels of the training texts in the same way in other texts, which are added to the numbers.
    pub(crate) fn treat_found(&mut self, found: &mut RareLabelLists, options: &RareLabelOptions) {
        for name in self.names.iter().flatten() {
            if let Some(count) = found.labels.get_mut(name) {
                *count += 1;
            }
        }
        found.left_out += self.treat(found, options.rare_label.as_deref());
    }

    /// Returns the number of texts that were left out.
    fn treat(&mut self, found: &RareLabelLists, instead: Option<&str>) -> usize {
        let is_rare = |name: &String| found.labels.contains_key(name);
        let rows = std::mem::take(&mut self.dataset.rows).into_iter();
        let mut left_out = 0;
        for (mut row, mut names) in rows.zip(std::mem::take(&mut self.names)) {
            if names.iter().any(is_rare) {
                let kept = names.into_iter().filter(|name| !is_rare(name));
                let kept: BTreeSet<String> = kept.chain(instead.map(str::to_owned)).collect();
                names = kept.into_iter().collect();
                if names.is_empty() {
                    left_out += 1;
                    continue;
                }
                row.record
                    .set(row.record.label_field().to_owned(), names.as_slice());
            }
            self.dataset.rows.push(row);
            self.names.push(names);
        }
        left_out
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use feedback_dataset::Dataset;
    use feedback_dataset::record::{Record, Row};

    use super::*;

    fn lists(names: &[&[&str]]) -> LabelLists {
        let row = |names: &&[&str]| Row {
            record: {
                let mut record = Record::from_text("a");
                record.set("label", *names);
                record
            },
            line: 1,
            offset: 0,
        };
        LabelLists {
            dataset: Dataset {
                path: PathBuf::from("data"),
                rows: names.iter().map(row).collect(),
                set_aside: Vec::new(),
            },
            names: names
                .iter()
                .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
                .collect(),
            joined: 0,
            unread: Vec::new(),
        }
    }

    fn options(min: usize, instead: Option<&str>) -> RareLabelOptions {
        let mut options = RareLabelOptions::default();
        options.min_label_count = Some(min);
        options.rare_label = instead.map(str::to_owned);
        options
    }

    #[test]
    fn rare_labels_become_another_label_once() {
        let mut found = lists(&[&["a", "x", "y"], &["x"], &["a", "other"], &[]]);
        let rare = found.treat_rare_labels(&options(3, Some("other"))).unwrap();
        assert_eq!(rare.pairs(), [("a".into(), 2), ("x".into(), 2), ("y".into(), 1)]);
        assert_eq!(rare.left_out, 0);
        let names: [&[&str]; 4] = [&["other"], &["other"], &["other"], &[]];
        assert_eq!(found.names, names);
        assert_eq!(found.dataset.rows[0].record.cell("label"), r#"["other"]"#);
    }

    #[test]
    fn the_labels_of_the_training_texts_decide() {
        let mut train = lists(&[&["a", "x"], &["a"]]);
        let mut rare = train.treat_rare_labels(&options(2, None)).unwrap();
        let mut test = lists(&[&["x"], &["x", "a"], &["b"]]);
        test.treat_found(&mut rare, &options(2, None));
        assert_eq!((rare.pairs(), rare.left_out), (vec![("x".into(), 3)], 1));
        assert_eq!(test.names, [["a"], ["b"]]);
        let all = lists(&[&["x"]]).treat_rare_labels(&options(2, None));
        assert!(all.is_err(), "{all:?}");
    }
}
