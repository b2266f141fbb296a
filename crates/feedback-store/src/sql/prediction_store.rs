//! Implements the store of predictions: answers come from the columns in memory where these can tell.

use std::sync::Arc;

use super::database::Database;
use super::store::SqlStore;
use super::{breakdown, columns, judged, overview, predictions, reclassified};
use crate::columns::{Columns, Table};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::predictions::{
    Cursor, Dimension, FieldCount, Filter, Judged, NewPrediction, Overview, PredictedCount, PredictionStore,
    Reclassified, StoredPrediction,
};
use crate::writer::Durability;

/// Answers from the columns in memory or, if these cannot tell, from the database.
trait Counted: SqlStore {
    fn counted<T: Send + 'static>(
        &self,
        filter: &Filter,
        from_table: impl Fn(&Table, &Filter) -> Option<T> + Send + 'static,
        from_database: impl Fn(&mut dyn Database, &Filter) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (filter, columns) = (filter.clone(), Arc::clone(self.columns()));
        self.read(move |database| {
            if let Some(found) = columns.answer(database, |table| from_table(table, &filter))? {
                return Ok(found);
            }
            let narrowed = narrowed(&columns, database, &filter)?;
            from_database(database, narrowed.as_ref().unwrap_or(&filter))
        })
    }
}

impl<S: SqlStore> Counted for S {}

/// Narrows a filter that searches texts to the rows whose texts may contain the word; `None` if the columns cannot tell.
fn narrowed(columns: &Columns, database: &mut dyn Database, filter: &Filter) -> Result<Option<Filter>> {
    if filter.text.is_none() {
        return Ok(None);
    }
    let ids = columns.answer(database, |table| table.candidates(filter))?;
    Ok(ids.map(|ids| Filter {
        text: filter.text.clone(),
        ..with_ids(ids)
    }))
}

/// Selects exactly these rows.
fn with_ids(ids: Vec<i64>) -> Filter {
    Filter {
        ids: Some(ids),
        ..Filter::default()
    }
}

impl<S: SqlStore> PredictionStore for S {
    fn add_predictions(&self, new: Vec<NewPrediction>) -> Result<Vec<i64>> {
        self.write(Durability::Process, move |database| {
            database.insert_predictions(&new)
        })
    }

    fn reclassify(&self, all: Vec<Reclassified>) -> Result<u64> {
        self.write(Durability::Process, move |database| {
            reclassified::replace(database, &all)
        })
    }

    fn keep_columns(&self, min_rows: u64) -> Result<bool> {
        if self.columns().are_filled() {
            return Ok(true);
        }
        if self.count(&Filter::default())? < min_rows {
            return Ok(false);
        }
        // Only the columns of other stores need old changes; a store that refuses to write can be read all the same.
        let forgotten = self.write(Durability::Process, |database| columns::forget_changes(database));
        if let Err(error) = forgotten
            && !matches!(error, Error::ReadOnly { .. })
        {
            return Err(error);
        }
        let columns = Arc::clone(self.columns());
        self.read(move |database| columns.fill(database))?;
        Ok(true)
    }

    fn prediction(&self, id: i64) -> Result<Option<StoredPrediction>> {
        self.read(move |database| predictions::get(database, id))
    }

    fn history(&self, filter: &Filter, cursor: Cursor) -> Result<Vec<StoredPrediction>> {
        let (filter, columns) = (filter.clone(), Arc::clone(self.columns()));
        self.read(move |database| {
            // Without a filter, the newest rows are found at once.
            let ids = match filter == Filter::default() {
                true => None,
                false => columns.answer(database, |table| {
                    table.ids_of(&filter, cursor.before, cursor.limit)
                })?,
            };
            let chosen = match ids {
                Some(ids) => Some(with_ids(ids)),
                None => narrowed(&columns, database, &filter)?,
            };
            predictions::history(database, chosen.as_ref().unwrap_or(&filter), cursor)
        })
    }

    fn predictions_after(&self, after: i64, limit: usize) -> Result<Vec<StoredPrediction>> {
        self.read(move |database| predictions::after(database, after, limit))
    }

    fn ids(&self, filter: &Filter, limit: usize) -> Result<Vec<i64>> {
        self.counted(
            filter,
            move |table, filter| table.ids_of(filter, i64::MAX, limit),
            move |database, filter| predictions::ids(database, filter, limit),
        )
    }

    fn texts(&self, after: i64, limit: usize) -> Result<Vec<(i64, String)>> {
        self.read(move |database| predictions::texts(database, after, limit))
    }

    fn count(&self, filter: &Filter) -> Result<u64> {
        self.counted(filter, Table::count, predictions::count)
    }

    fn overview(&self, filter: &Filter) -> Result<Overview> {
        self.counted(filter, Table::overview, overview::overview)
    }

    fn breakdown(&self, filter: &Filter, by: &Dimension, limit: usize) -> Result<Option<Vec<FieldCount>>> {
        let (of_table, of_database) = (by.clone(), by.clone());
        self.counted(
            filter,
            move |table, filter| table.breakdown(filter, &of_table, limit),
            move |database, filter| breakdown::breakdown(database, filter, &of_database, limit),
        )
    }

    fn predicted(&self, filter: &Filter) -> Result<Vec<PredictedCount>> {
        self.counted(filter, Table::predicted_counts, judged::predicted)
    }

    fn judged(&self, filter: &Filter) -> Result<Vec<Judged>> {
        self.counted(filter, Table::judged, judged::judged)
    }

    fn newest_fields(&self, filter: &Filter, limit: usize) -> Result<Vec<Fields>> {
        let filter = filter.clone();
        self.read(move |database| predictions::newest_fields(database, &filter, limit))
    }

    fn sources(&self) -> Result<Vec<String>> {
        let columns = Arc::clone(self.columns());
        self.read(
            move |database| match columns.answer(database, |table| Some(table.all_sources()))? {
                Some(found) => Ok(found),
                None => predictions::sources(database),
            },
        )
    }

    fn review(&self, filter: &Filter, limit: usize) -> Result<Vec<StoredPrediction>> {
        let filter = filter.clone();
        self.read(move |database| predictions::review(database, &filter, limit))
    }
}
