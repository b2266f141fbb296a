//! The one thread that writes.
//!
//! Writes that come while one is on its way to the disk are committed together: many callers share one sync. Each runs in
//! a savepoint of its own, so that one which fails leaves the others be, and none is answered before the commit.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::clock::locked;
use crate::{Error, Result};

/// Most writes in one commit.
const MAX_GROUP: usize = 128;

/// What must outlive what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Outlives the process.
    Process,
    /// Outlives a power cut.
    PowerCut,
}

/// A write and the caller who waits for it.
trait Job: Send {
    fn durability(&self) -> Durability;
    /// Does it; false where it failed.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers the caller, once it is known whether the commit succeeded.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Write<T, W> {
    durability: Durability,
    work: Option<W>,
    result: Option<Result<T>>,
    answer: SyncSender<Result<T>>,
}

impl<T: Send, W: FnOnce(&Connection) -> Result<T> + Send> Job for Write<T, W> {
    fn durability(&self) -> Durability {
        self.durability
    }

    fn run(&mut self, connection: &Connection) -> bool {
        self.result = self.work.take().map(|work| work(connection));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let result = match (self.result, committed) {
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::ShuttingDown),
        };
        // A caller that has gone does not need to know.
        let _ = self.answer.send(result);
    }
}

/// The way to the thread.
pub(super) struct Writer {
    jobs: Mutex<Option<Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || write_all(&connection, &receiver))?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Does one write and returns when it is committed.
    pub(super) fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered): (SyncSender<Result<T>>, _) = sync_channel(1);
        let job = Box::new(Write {
            durability,
            work: Some(work),
            result: None,
            answer,
        });
        let sent = match &*locked(&self.jobs) {
            Some(jobs) => jobs.send(job).is_ok(),
            None => false,
        };
        if !sent {
            return Err(Error::ShuttingDown);
        }
        answered.recv().unwrap_or(Err(Error::ShuttingDown))
    }

    /// Finishes what was asked for and ends the thread.
    pub(super) fn stop(&self) {
        drop(locked(&self.jobs).take());
        if let Some(thread) = locked(&self.thread).take() {
            // A panic of that thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn write_all(connection: &Connection, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        while group.len() < MAX_GROUP {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        let committed = commit(connection, &mut group);
        if committed.is_err() && !connection.is_autocommit() {
            // What fails here has failed before: there is nothing to keep.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for job in group {
            job.answer(committed.clone());
        }
    }
    // Leaves one file behind rather than three.
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}

fn commit(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<()> {
    let lasting = group.iter().any(|job| job.durability() == Durability::PowerCut);
    connection.execute_batch(if lasting {
        "PRAGMA synchronous=FULL; BEGIN IMMEDIATE"
    } else {
        "PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE"
    })?;
    for job in group {
        run(connection, job.as_mut())?;
    }
    Ok(connection.execute_batch("COMMIT")?)
}

/// Runs one write. An error says that the whole transaction is lost.
fn run(connection: &Connection, job: &mut dyn Job) -> Result<()> {
    connection.execute_batch("SAVEPOINT one")?;
    let succeeded = job.run(connection);
    if connection.is_autocommit() {
        return Err(Error::StorageFull); // SQLite rolls back by itself when the disk is full
    }
    Ok(connection.execute_batch(if succeeded {
        "RELEASE one"
    } else {
        "ROLLBACK TO one; RELEASE one"
    })?)
}
