//! Fills the columns, and takes over changes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use super::table::Table;
use crate::error::Result;
use crate::lock::locked;
use crate::sql::columns::{changes, first_change, ids_after, last_change, rows_after, rows_of};
use crate::sql::database::Database;

/// Number of rows that are read at a time.
const PAGE: usize = 20_000;
/// So many ids below the last one are looked at again: in Postgres, a row may appear after one with a higher id.
const OVERLAP: i64 = 1_000;

/// The columns of a store, once they are filled.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    table: RwLock<Option<Table>>,
    /// Whether they are being filled.
    is_filling: AtomicBool,
    /// Locked while changes are taken over.
    seen: Mutex<Seen>,
}

/// The changes that were taken over.
#[derive(Debug, Default)]
struct Seen {
    /// The highest number.
    last: i64,
    /// The numbers within [`OVERLAP`] below it.
    recent: BTreeSet<i64>,
}

impl Seen {
    fn add(&mut self, number: i64) {
        self.last = self.last.max(number);
        self.recent.insert(number);
        self.recent = self.recent.split_off(&(self.last - OVERLAP));
    }
}

impl Columns {
    pub(crate) fn are_filled(&self) -> bool {
        self.table
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Reads all rows, if this was not done before.
    ///
    /// # Errors
    ///
    /// Errors of the database; the columns then stay empty.
    pub(crate) fn fill(&self, database: &mut dyn Database) -> Result<()> {
        let mut seen = locked(&self.seen);
        if !self.are_filled() {
            self.is_filling.store(true, Ordering::Release);
            let filled = self.read_all(database);
            self.is_filling.store(false, Ordering::Release);
            *seen = filled?;
        }
        Ok(())
    }

    fn read_all(&self, database: &mut dyn Database) -> Result<Seen> {
        // What changes meanwhile is taken over before the next answer, and so is what may appear late.
        let last = last_change(database)?;
        let known = changes(database, (last - OVERLAP).max(0))?;
        let mut table = Table::default();
        loop {
            let page = rows_after(database, table.last_id(), PAGE)?;
            if page.is_empty() {
                break;
            }
            page.into_iter().for_each(|row| table.put(row));
        }
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Some(table);
        Ok(Seen {
            last,
            recent: known.into_iter().map(|(number, _)| number).collect(),
        })
    }

    /// Takes over what has changed, and answers from the columns; `None` if they are not filled or cannot tell. Waits while they are being
    /// filled.
    ///
    /// # Errors
    ///
    /// Errors of the database.
    pub(crate) fn answer<T>(
        &self,
        database: &mut dyn Database,
        question: impl FnOnce(&Table) -> Option<T>,
    ) -> Result<Option<T>> {
        // Waiting is faster than counting in the database, which would also slow down the filling.
        if self.is_filling.load(Ordering::Acquire) {
            drop(locked(&self.seen));
        }
        if !self.are_filled() {
            return Ok(None);
        }
        self.catch_up(database)?;
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        Ok(table.as_ref().and_then(question))
    }

    fn catch_up(&self, database: &mut dyn Database) -> Result<()> {
        let mut seen = locked(&self.seen);
        // Older changes are removed at times; what was missed must then be read again.
        if first_change(database)?.is_some_and(|first| first > seen.last + 1) {
            *seen = self.read_all(database)?;
            return Ok(());
        }
        let changed = changes(database, (seen.last - OVERLAP).max(0))?;
        let changed: Vec<(i64, i64)> = changed
            .into_iter()
            .filter(|(number, _)| !seen.recent.contains(number))
            .collect();
        let mut ids: Vec<i64> = changed.iter().map(|(_, id)| *id).collect();
        ids.extend(self.new_ids(database)?);
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(());
        }
        let found = rows_of(database, &ids)?;
        let mut gone = ids;
        gone.retain(|id| found.binary_search_by_key(id, |row| row.id).is_err());
        if let Some(table) = self
            .table
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            found.into_iter().for_each(|row| table.put(row));
            table.remove(&gone);
        }
        changed.into_iter().for_each(|(number, _)| seen.add(number));
        Ok(())
    }

    /// The ids of the rows that are not in the table yet.
    fn new_ids(&self, database: &mut dyn Database) -> Result<Vec<i64>> {
        let last = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            table.as_ref().map_or(0, Table::last_id)
        };
        let mut ids = ids_after(database, (last - OVERLAP).max(0))?;
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        ids.retain(|id| table.as_ref().is_some_and(|table| !table.contains(*id)));
        Ok(ids)
    }
}
