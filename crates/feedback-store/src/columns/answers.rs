//! What is counted. The results are those of the queries in `sql`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::fields::Known;
use super::selection::Selection;
use super::table::Table;
use crate::clock::DAY_MS;
use crate::predictions::{DayCount, FieldCount, Filter, LabelCount, Overview, PredictedCount};

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

    /// Counts by the value of a field and the effective labels; `None` if the table cannot tell, `Some(None)` if there are more than
    /// `limit` combinations.
    pub(crate) fn breakdown(
        &self,
        filter: &Filter,
        field: &str,
        limit: usize,
    ) -> Option<Option<Vec<FieldCount>>> {
        let column = match self.fields.column(field) {
            Known::Column(column) => Some(column),
            Known::Absent => None,
            Known::LeftOut => return None,
        };
        let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
        for row in Selection::new(self, filter)?.rows() {
            let value = column.map_or(0, |column| column.of_rows[row]);
            *counts.entry((value, self.shown[row])).or_default() += 1;
        }
        if counts.len() > limit {
            return Some(None);
        }
        let value_of = |number: u32| column.map_or("", |column| &column.values.values()[number as usize]);
        let mut sums: BTreeMap<(String, Vec<String>), u64> = BTreeMap::new();
        for ((value, list), count) in counts {
            let key = (
                value_of(value).to_owned(),
                self.lists.values()[list as usize].clone(),
            );
            *sums.entry(key).or_default() += count;
        }
        let count = |((value, labels), count)| FieldCount { value, labels, count };
        Some(Some(sums.into_iter().map(count).collect()))
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
