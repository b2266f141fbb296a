//! The texts that themes are found from.

use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_insight::{Error as InsightError, Vectors};

use crate::clock::{DAY_MS, now_ms};
use crate::error::{Error, Result, with_hint};
use crate::labels::NO_LABEL;
use crate::vectors::KeptVectors;
use feedback_store::{Cursor, Filter, Store, StoredPrediction};

/// Maximum number of texts; with more, only the newest are used.
const MAX_TEXTS: usize = 50_000;
/// Number of rows read from the store at a time.
const PAGE: usize = 500;

/// A text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) text: String,
    pub(super) label: String,
    /// Whether the model found it unlike the texts of its training, and nobody has labelled it yet.
    pub(super) is_unfamiliar: bool,
    /// When it was written; `None` if that is unknown.
    pub(super) at: Option<i64>,
}

impl Row {
    /// `end` is the end of tomorrow: a date after it is a mistake, and would make it the end of the last period.
    fn new(item: StoredPrediction, end: i64) -> Self {
        let is_strange = |share| share > UNFAMILIAR_ABOVE;
        Self {
            id: item.id,
            // Of several labels, the first counts, as in a report.
            label: item
                .effective_labels()
                .first()
                .map_or(NO_LABEL, String::as_str)
                .to_owned(),
            is_unfamiliar: item.corrected.is_none() && item.prediction.unfamiliarity.is_some_and(is_strange),
            at: (!item.prediction.undated && item.prediction.at < end).then_some(item.prediction.at),
            text: item.prediction.text,
        }
    }
}

/// The newest texts that have vectors, in the order of their ids.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// The vectors; `None` if there are no texts.
    pub(super) vectors: Option<Vectors>,
    pub(super) encoder: String,
}

impl Rows {
    /// Reads the texts and their vectors. Returns `None` if `stop` returns true before all are read.
    ///
    /// # Errors
    ///
    /// Errors of the store and of the file of vectors.
    pub(super) fn read(
        store: &dyn Store,
        kept: &KeptVectors,
        stop: impl Fn() -> bool,
    ) -> Result<Option<Self>> {
        let end = now_ms() + DAY_MS;
        let mut rows = Vec::new();
        let mut cursor = Cursor::newest(PAGE);
        while rows.len() < MAX_TEXTS {
            if stop() {
                return Ok(None);
            }
            let page = store.history(&Filter::default(), cursor)?;
            let Some(last) = page.last() else { break };
            cursor.before = last.id;
            rows.extend(page.into_iter().map(|item| Row::new(item, end)));
        }
        rows.truncate(MAX_TEXTS);
        rows.reverse();
        let guard = kept.read();
        let Some(file) = guard.as_ref() else {
            return Ok(Some(Self {
                rows: Vec::new(),
                vectors: None,
                encoder: String::new(),
            }));
        };
        let ids: Vec<u64> = rows.iter().map(|row: &Row| row.id.cast_unsigned()).collect();
        let (found, values) = file.get_many(&ids)?;
        rows.retain(|row| found.binary_search(&row.id.cast_unsigned()).is_ok());
        let vectors = match rows.is_empty() {
            true => None,
            false => {
                let invalid = |error: InsightError| Error::Invalid(with_hint(&error, error.hint()));
                Some(Vectors::new(file.width(), &values).map_err(invalid)?)
            }
        };
        Ok(Some(Self {
            rows,
            vectors,
            encoder: file.encoder().to_owned(),
        }))
    }
}
