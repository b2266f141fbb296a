//! The columns of all rows.

use super::dictionary::Dictionary;
use super::fields::FieldColumns;
use crate::signature::Signature;
use crate::sql::columns::RowColumns;
use crate::sql::filter::DOUBTFUL_BELOW;

/// One list for each column; all have one entry for each row, in ascending order of the ids.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(super) ids: Vec<i64>,
    pub(super) at: Vec<i64>,
    pub(super) undated: Vec<bool>,
    /// The numbers of the model's labels and of the effective labels.
    pub(super) predicted: Vec<u32>,
    pub(super) shown: Vec<u32>,
    pub(super) is_corrected: Vec<bool>,
    pub(super) source: Vec<u32>,
    pub(super) model: Vec<u32>,
    pub(super) confidence: Vec<f64>,
    pub(super) is_doubtful: Vec<bool>,
    /// NaN if it is not known.
    pub(super) unfamiliarity: Vec<f64>,
    pub(super) fingerprint: Vec<i64>,
    pub(super) signature: Vec<Signature>,
    pub(super) lists: Dictionary<Vec<String>>,
    pub(super) sources: Dictionary<String>,
    pub(super) models: Dictionary<String>,
    pub(super) fields: FieldColumns,
    /// The number of the list of answers.
    pub(super) answered: Vec<u32>,
    /// Lists of questions and the labels that answer them.
    pub(super) answers: Dictionary<Vec<(String, String)>>,
}

impl Table {
    /// The highest id; 0 without rows.
    pub(crate) fn last_id(&self) -> i64 {
        self.ids.last().copied().unwrap_or(0)
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        self.ids.binary_search(&id).is_ok()
    }

    /// Adds a row, or replaces the row with its id.
    pub(crate) fn put(&mut self, row: RowColumns) {
        let place = match self.ids.binary_search(&row.id) {
            Ok(place) => place,
            Err(place) => {
                self.insert(place, row.id);
                place
            }
        };
        self.at[place] = row.at;
        self.undated[place] = row.undated;
        self.is_corrected[place] = row.corrected.is_some();
        self.is_doubtful[place] = row.abstained.unwrap_or(row.confidence < DOUBTFUL_BELOW);
        self.confidence[place] = row.confidence;
        self.unfamiliarity[place] = row.unfamiliarity.unwrap_or(f64::NAN);
        self.fingerprint[place] = row.fingerprint;
        self.signature[place] = row.signature;
        self.source[place] = self.sources.number(row.source);
        self.model[place] = self.models.number(row.model);
        self.predicted[place] = self.lists.number(row.labels);
        self.shown[place] = match row.corrected {
            Some(labels) => self.lists.number(labels),
            None => self.predicted[place],
        };
        self.answered[place] = self.answers.number(row.answers);
        self.fields.set(place, &row.fields);
    }

    fn insert(&mut self, place: usize, id: i64) {
        self.ids.insert(place, id);
        self.at.insert(place, 0);
        self.undated.insert(place, false);
        self.predicted.insert(place, 0);
        self.shown.insert(place, 0);
        self.is_corrected.insert(place, false);
        self.source.insert(place, 0);
        self.model.insert(place, 0);
        self.confidence.insert(place, 0.0);
        self.is_doubtful.insert(place, false);
        self.unfamiliarity.insert(place, f64::NAN);
        self.fingerprint.insert(place, 0);
        self.signature.insert(place, Signature::default());
        self.answered.insert(place, 0);
        self.fields.insert(place);
    }

    /// Removes the rows with these ids.
    pub(crate) fn remove(&mut self, gone: &[i64]) {
        let mut gone = gone.to_vec();
        gone.sort_unstable();
        let kept: Vec<bool> = self
            .ids
            .iter()
            .map(|id| gone.binary_search(id).is_err())
            .collect();
        if kept.iter().all(|kept| *kept) {
            return;
        }
        keep(&mut self.ids, &kept);
        keep(&mut self.at, &kept);
        keep(&mut self.undated, &kept);
        keep(&mut self.predicted, &kept);
        keep(&mut self.shown, &kept);
        keep(&mut self.is_corrected, &kept);
        keep(&mut self.source, &kept);
        keep(&mut self.model, &kept);
        keep(&mut self.confidence, &kept);
        keep(&mut self.is_doubtful, &kept);
        keep(&mut self.unfamiliarity, &kept);
        keep(&mut self.fingerprint, &kept);
        keep(&mut self.signature, &kept);
        keep(&mut self.answered, &kept);
        self.fields.keep(&kept);
    }
}

/// Keeps the entries of a list that are marked.
pub(super) fn keep<T>(list: &mut Vec<T>, kept: &[bool]) {
    let mut marks = kept.iter();
    list.retain(|_| marks.next().is_none_or(|kept| *kept));
}
