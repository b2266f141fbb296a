//! Which rows pass a filter.

use super::fields::{FieldColumn, Known, MISSING};
use super::table::Table;
use crate::predictions::{AnswerFilter, Filter};
use crate::signature::Signature;

/// A filter in terms of the numbers of a table.
pub(super) struct Selection<'a> {
    table: &'a Table,
    filter: &'a Filter,
    /// Whether each list of labels passes; `None` if all do.
    lists: Option<Vec<bool>>,
    source: Option<u32>,
    /// The model that must not have classified the text.
    not_by_model: Option<u32>,
    /// Columns, and the values of which each must have one.
    fields: Vec<(&'a FieldColumn, Vec<u32>)>,
    /// Whether each list of answers passes; `None` if all do.
    answers: Option<Vec<bool>>,
    /// The places of the chosen ids, in ascending order; `None` if all are.
    places: Option<Vec<usize>>,
    /// The signature of the word that texts must be able to contain.
    word: Option<Signature>,
    /// Whether no row can pass.
    is_empty: bool,
}

impl<'a> Selection<'a> {
    /// Prepares a filter; `None` if it needs what the table does not have, such as the text.
    pub(super) fn new(table: &'a Table, filter: &'a Filter) -> Option<Self> {
        match filter.text {
            Some(_) => None,
            None => Self::without_text(table, filter),
        }
    }

    /// Like [`Self::new`], but of the texts that a filter searches, those that may contain the word pass; `None` if the word does not tell.
    pub(super) fn candidates(table: &'a Table, filter: &'a Filter) -> Option<Self> {
        let word = Signature::of_word(filter.text.as_deref()?)?;
        Some(Self {
            word: Some(word),
            ..Self::without_text(table, filter)?
        })
    }

    fn without_text(table: &'a Table, filter: &'a Filter) -> Option<Self> {
        let mut selection = Self {
            table,
            filter,
            lists: None,
            source: None,
            // A model that classified nothing excludes nothing.
            not_by_model: filter
                .not_by_model
                .as_ref()
                .and_then(|model| table.models.find(model)),
            fields: Vec::new(),
            answers: None,
            places: filter.ids.as_deref().map(|ids| places(table, ids)),
            word: None,
            is_empty: false,
        };
        if let Some(label) = &filter.label {
            let has = |list: &Vec<String>| match label.is_empty() {
                true => list.is_empty(),
                false => list.contains(label),
            };
            selection.lists = Some(table.lists.values().iter().map(has).collect());
        }
        if let Some(source) = &filter.source {
            selection.source = table.sources.find(source);
            selection.is_empty |= selection.source.is_none();
        }
        for field in &filter.fields {
            match table.fields.column(&field.name) {
                Known::LeftOut => return None,
                Known::Absent => selection.is_empty |= !field.values.iter().any(String::is_empty),
                Known::Column(column) => selection.fields.push((column, numbers_of(column, &field.values))),
            }
        }
        if !filter.answers.is_empty() {
            let passes = |list: &Vec<(String, String)>| filter.answers.iter().all(|one| has(list, one));
            selection.answers = Some(table.answers.values().iter().map(passes).collect());
        }
        Some(selection)
    }

    /// The places of the rows that pass, in ascending order.
    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let all = self.places.as_ref().map_or(self.table.ids.len(), Vec::len);
        let n = if self.is_empty { 0 } else { all };
        let row = |at: usize| self.places.as_ref().map_or(at, |places| places[at]);
        (0..n).map(row).filter(|&row| self.passes(row))
    }

    fn passes(&self, row: usize) -> bool {
        let (table, filter) = (self.table, self.filter);
        let dated = |holds: bool| !table.undated[row] && holds;
        self.word
            .as_ref()
            .is_none_or(|word| table.signature[row].may_contain(word))
            && self
                .fields
                .iter()
                .all(|(column, values)| values.contains(&column.of_rows[row]))
            && self
                .answers
                .as_ref()
                .is_none_or(|lists| lists[table.answered[row] as usize])
            && self
                .lists
                .as_ref()
                .is_none_or(|lists| lists[table.shown[row] as usize])
            && self.source.is_none_or(|source| table.source[row] == source)
            && self.not_by_model.is_none_or(|model| table.model[row] != model)
            && filter.from.is_none_or(|from| dated(table.at[row] >= from))
            && filter.to.is_none_or(|to| dated(table.at[row] < to))
            && filter.older_than.is_none_or(|time| table.at[row] < time)
            && filter
                .min_confidence
                .is_none_or(|min| table.confidence[row] >= min)
            && filter
                .max_confidence
                .is_none_or(|max| table.confidence[row] <= max)
            && filter
                .unfamiliar_above
                .is_none_or(|above| table.unfamiliarity[row] > above)
            && filter
                .corrected
                .is_none_or(|corrected| table.is_corrected[row] == corrected)
            && filter
                .doubtful
                .is_none_or(|doubtful| table.is_doubtful[row] == doubtful)
            && filter.max_id.is_none_or(|max| table.ids[row] <= max)
    }
}

/// The places of ids that exist, each once, in ascending order.
fn places(table: &Table, ids: &[i64]) -> Vec<usize> {
    let place = |id: &i64| table.ids.binary_search(id).ok();
    let mut places: Vec<usize> = ids.iter().filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The numbers of values that the column has.
fn numbers_of(column: &FieldColumn, values: &[String]) -> Vec<u32> {
    let number = |value: &String| match value.is_empty() {
        true => Some(MISSING),
        false => column.values.find(value),
    };
    values.iter().filter_map(number).collect()
}

/// Whether a list of answers has the wanted one.
fn has(answers: &[(String, String)], wanted: &AnswerFilter) -> bool {
    let mut of_question = answers
        .iter()
        .filter(|(question, _)| *question == wanted.question);
    match wanted.label.is_empty() {
        true => of_question.next().is_none(),
        false => of_question.any(|(_, label)| *label == wanted.label),
    }
}
