//! What is counted. The results are those of the queries in `sql`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::fields::Known;
use super::selection::Selection;
use super::table::Table;
use crate::clock::DAY_MS;
use crate::predictions::{
    DayCount, Dimension, FieldCount, Filter, Judged, LabelCount, Overview, PredictedCount,
};

impl Table {
    /// The number of rows that pass; `None` if the table cannot tell.
    pub(crate) fn count(&self, filter: &Filter) -> Option<u64> {
        Some(Selection::new(self, filter)?.rows().count() as u64)
    }

    /// The ids below `before` of the rows that pass, highest first, at most `limit`; `None` if the table cannot tell.
    pub(crate) fn ids_of(&self, filter: &Filter, before: i64, limit: usize) -> Option<Vec<i64>> {
        let selection = Selection::new(self, filter)?;
        let ids = selection.rows().rev().map(|row| self.ids[row]);
        Some(ids.filter(|id| *id < before).take(limit).collect())
    }

    /// The ids of the rows that pass a filter with a word, if their texts contain it: nearly all other texts are left out. `None` if the
    /// table cannot tell, or if so many rows remain that the database is as fast without this list.
    pub(crate) fn candidates(&self, filter: &Filter) -> Option<Vec<i64>> {
        let selection = Selection::candidates(self, filter)?;
        let limit = (self.ids.len() / 8).max(1_000);
        let ids: Vec<i64> = selection
            .rows()
            .take(limit + 1)
            .map(|row| self.ids[row])
            .collect();
        (ids.len() <= limit).then_some(ids)
    }

    /// What the model and people said; `None` if the table cannot tell.
    pub(crate) fn judged(&self, filter: &Filter) -> Option<Vec<Judged>> {
        let list = |number: u32| self.lists.values()[number as usize].clone();
        let mut of_equal: HashMap<i64, u32> = HashMap::new();
        for row in (0..self.ids.len()).filter(|row| self.is_corrected[*row]) {
            of_equal.entry(self.fingerprint[row]).or_insert(self.shown[row]);
        }
        let judged = |row: usize| Judged {
            id: self.ids[row],
            fingerprint: self.fingerprint[row],
            predicted: list(self.predicted[row]),
            given: match self.is_corrected[row] {
                true => Some(list(self.shown[row])),
                false => of_equal.get(&self.fingerprint[row]).map(|number| list(*number)),
            },
            model: self.models.values()[self.model[row] as usize].clone(),
        };
        Some(Selection::new(self, filter)?.rows().map(judged).collect())
    }

    /// The different sources in ascending order.
    pub(crate) fn all_sources(&self) -> Vec<String> {
        let mut is_used = vec![false; self.sources.len()];
        for number in &self.source {
            is_used[*number as usize] = true;
        }
        let known = self.sources.values().iter().zip(is_used);
        let mut found: Vec<String> = known
            .filter(|(_, is_used)| *is_used)
            .map(|(source, _)| source.clone())
            .collect();
        found.sort_unstable();
        found
    }

    /// Counts by the model's labels; `None` if the table cannot tell.
    pub(crate) fn predicted_counts(&self, filter: &Filter) -> Option<Vec<PredictedCount>> {
        let mut counts = vec![0_u64; self.lists.len()];
        for row in Selection::new(self, filter)?.rows() {
            counts[self.predicted[row] as usize] += 1;
        }
        let mut found: Vec<PredictedCount> = self
            .lists
            .values()
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(labels, count)| PredictedCount {
                labels: labels.clone(),
                count,
            })
            .collect();
        found.sort_by_cached_key(|one| order(&one.labels));
        Some(found)
    }

    /// Counts by the value of a dimension and the effective labels; `None` if the table cannot tell, `Some(None)` if there are more
    /// than `limit` combinations.
    pub(crate) fn breakdown(
        &self,
        filter: &Filter,
        by: &Dimension,
        limit: usize,
    ) -> Option<Option<Vec<FieldCount>>> {
        let column: Option<&[u32]> = match by {
            Dimension::Source => Some(&self.source),
            Dimension::Answer(_) => Some(&self.answered),
            Dimension::Field(name) => match self.fields.column(name) {
                Known::Column(column) => Some(&column.of_rows),
                Known::Absent => None,
                Known::LeftOut => return None,
            },
        };
        let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
        for row in Selection::new(self, filter)?.rows() {
            let value = column.map_or(0, |column| column[row]);
            *counts.entry((value, self.shown[row])).or_default() += 1;
        }
        let mut sums: BTreeMap<(String, Vec<String>), u64> = BTreeMap::new();
        for ((number, list), count) in counts {
            for value in self.values_of(by, number) {
                let key = (value, self.lists.values()[list as usize].clone());
                *sums.entry(key).or_default() += count;
            }
        }
        let count = |((value, labels), count)| FieldCount { value, labels, count };
        Some((sums.len() <= limit).then(|| sums.into_iter().map(count).collect()))
    }

    /// The values behind a dictionary number: one, or each label that answers a question.
    fn values_of(&self, by: &Dimension, number: u32) -> Vec<String> {
        let number = number as usize;
        match by {
            Dimension::Source => vec![self.sources.values()[number].clone()],
            Dimension::Field(name) => match self.fields.column(name) {
                Known::Column(column) => vec![column.values.values()[number].clone()],
                Known::Absent | Known::LeftOut => vec![String::new()],
            },
            Dimension::Answer(question) => {
                let answers = self.answers.values()[number].iter();
                let labels = answers
                    .filter(|(name, _)| name == question)
                    .map(|(_, label)| label.clone());
                let labels: Vec<String> = labels.collect();
                if labels.is_empty() {
                    vec![String::new()]
                } else {
                    labels
                }
            }
        }
    }

    /// Totals, distributions and daily counts; `None` if the table cannot tell.
    pub(crate) fn overview(&self, filter: &Filter) -> Option<Overview> {
        let mut found = Overview::default();
        let mut confidence = 0.0;
        // By day, list of labels and source; texts without a date have no day.
        let mut days: HashMap<(Option<i64>, u32, u32), (u64, f64)> = HashMap::new();
        for row in Selection::new(self, filter)?.rows() {
            found.total += 1;
            found.doubtful += u64::from(self.is_doubtful[row]);
            found.corrected += u64::from(self.is_corrected[row]);
            confidence += self.confidence[row];
            found.histogram[((self.confidence[row] * 10.0) as usize).min(9)] += 1;
            // As the databases divide: towards zero.
            let day = (!self.undated[row]).then(|| self.at[row] / DAY_MS);
            let sums = days.entry((day, self.shown[row], self.source[row])).or_default();
            *sums = (sums.0 + 1, sums.1 + self.confidence[row]);
        }
        if found.total > 0 {
            found.mean_confidence = confidence / found.total as f64;
        }
        let (mut labels, mut sources) = (BTreeMap::new(), BTreeMap::new());
        for ((day, list, source), (count, _)) in &days {
            let list = &self.lists.values()[*list as usize];
            for label in list {
                *labels.entry(label.clone()).or_default() += count;
            }
            *sources
                .entry(self.sources.values()[*source as usize].clone())
                .or_default() += count;
            found.unlabelled += if list.is_empty() { *count } else { 0 };
            found.several += if list.len() > 1 { *count } else { 0 };
            found.undated += if day.is_none() { *count } else { 0 };
        }
        (found.labels, found.sources) = (most_frequent(labels), most_frequent(sources));
        found.days = self.days(days);
        Some(found)
    }

    fn days(&self, days: HashMap<(Option<i64>, u32, u32), (u64, f64)>) -> Vec<DayCount> {
        let day = |((day, list, source), (count, confidence)): ((Option<i64>, u32, u32), (u64, f64))| {
            Some(DayCount {
                day: day?,
                labels: self.lists.values()[list as usize].clone(),
                source: self.sources.values()[source as usize].clone(),
                count,
                confidence,
            })
        };
        let mut found: Vec<DayCount> = days.into_iter().filter_map(day).collect();
        found.sort_by_cached_key(|one| (one.day, order(&one.labels), one.source.clone()));
        found
    }
}

/// How lists of labels are sorted: by the first label; of these, the single label comes first.
fn order(labels: &[String]) -> (String, Option<String>) {
    let first = labels.first().cloned().unwrap_or_default();
    (first, crate::sql::labels::list(labels))
}

fn most_frequent(sums: BTreeMap<String, u64>) -> Vec<LabelCount> {
    let mut counts: Vec<LabelCount> = sums
        .into_iter()
        .map(|(label, count)| LabelCount { label, count })
        .collect();
    counts.sort_by_key(|one| Reverse(one.count)); // stable: equal counts stay in order of name
    counts
}
