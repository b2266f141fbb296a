//! The only thread that writes.
//!
//! Writes that arrive during a sync are committed together, so many callers share one sync. Each write runs in its own
//! savepoint, so that a failed write does not affect the others. No caller gets an answer before the commit.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use crate::error::{Error, Result};
use crate::lock::locked;

/// The maximum number of writes in one commit.
const MAX_GROUP: usize = 128;

/// What a write must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The end of the process.
    Process,
    /// A power failure.
    PowerCut,
}

/// A connection that can write.
///
/// If one of these methods fails, the whole transaction is lost.
pub(crate) trait Session: Send + 'static {
    /// Begins a transaction. Nobody else writes during the transaction.
    fn begin(&mut self, durability: Durability) -> Result<()>;
    /// Begins a part of the transaction that can be undone separately.
    fn begin_part(&mut self) -> Result<()>;
    /// Ends the part: keeps it if `keep` is true, otherwise undoes it.
    fn end_part(&mut self, keep: bool) -> Result<()>;
    /// Ends the transaction with the durability that it began with.
    fn commit(&mut self) -> Result<()>;
    /// Undoes the transaction, if there is one.
    fn roll_back(&mut self);
    /// Called after the last write.
    fn finish(&mut self) {}
}

/// A write and the caller waiting for it.
trait Job<S>: Send {
    fn durability(&self) -> Durability;
    /// Runs the write; returns false if it failed.
    fn run(&mut self, session: &mut S) -> bool;
    /// Answers the caller, once it is known whether the commit succeeded.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Write<T, W> {
    durability: Durability,
    work: Option<W>,
    result: Option<Result<T>>,
    answer: SyncSender<Result<T>>,
}

impl<S, T: Send, W: FnOnce(&mut S) -> Result<T> + Send> Job<S> for Write<T, W> {
    fn durability(&self) -> Durability {
        self.durability
    }

    fn run(&mut self, session: &mut S) -> bool {
        self.result = self.work.take().map(|work| work(session));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let result = match (self.result, committed) {
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::Closed),
        };
        // The receiver may have been dropped.
        let _ = self.answer.send(result);
    }
}

/// The handle of the writer thread.
pub(crate) struct Writer<S> {
    jobs: Mutex<Option<Sender<Box<dyn Job<S>>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<S: Session> Writer<S> {
    pub(crate) fn start(mut session: S) -> Result<Self> {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || write_all(&mut session, &receiver))?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs a write and returns once it is committed.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut S) -> Result<T> + Send + 'static,
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
            return Err(Error::Closed);
        }
        answered.recv().unwrap_or(Err(Error::Closed))
    }
}

impl<S> Writer<S> {
    /// Finishes all pending writes and ends the thread.
    fn stop(&self) {
        drop(locked(&self.jobs).take());
        if let Some(thread) = locked(&self.thread).take() {
            // A panic of that thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl<S> Drop for Writer<S> {
    fn drop(&mut self) {
        self.stop();
    }
}

fn write_all<S: Session>(session: &mut S, jobs: &Receiver<Box<dyn Job<S>>>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        while group.len() < MAX_GROUP {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        let committed = commit(session, &mut group);
        if committed.is_err() {
            session.roll_back();
        }
        for job in group {
            job.answer(committed.clone());
        }
    }
    session.finish();
}

fn commit<S: Session>(session: &mut S, group: &mut [Box<dyn Job<S>>]) -> Result<()> {
    let lasting = group.iter().any(|job| job.durability() == Durability::PowerCut);
    session.begin(if lasting {
        Durability::PowerCut
    } else {
        Durability::Process
    })?;
    for job in group {
        session.begin_part()?;
        let succeeded = job.run(session);
        session.end_part(succeeded)?;
    }
    session.commit()
}
