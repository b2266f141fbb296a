//! Transactions in SQLite.

use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::writer::{Durability, Session};

impl Session for Connection {
    fn begin(&mut self, durability: Durability) -> Result<()> {
        Ok(self.execute_batch(match durability {
            Durability::PowerCut => "PRAGMA synchronous=FULL; BEGIN IMMEDIATE",
            Durability::Process => "PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE",
        })?)
    }

    fn begin_part(&mut self) -> Result<()> {
        Ok(self.execute_batch("SAVEPOINT one")?)
    }

    fn end_part(&mut self, keep: bool) -> Result<()> {
        if self.is_autocommit() {
            return Err(Error::StorageFull); // SQLite has rolled back: the disk is full
        }
        Ok(self.execute_batch(if keep {
            "RELEASE one"
        } else {
            "ROLLBACK TO one; RELEASE one"
        })?)
    }

    fn commit(&mut self) -> Result<()> {
        Ok(self.execute_batch("COMMIT")?)
    }

    fn roll_back(&mut self) {
        if !self.is_autocommit() {
            // Even if this fails, nothing of the transaction is kept.
            let _ = self.execute_batch("ROLLBACK");
        }
    }

    fn finish(&mut self) {
        // Empties the log, so that one file remains instead of three.
        let _ = self.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}
