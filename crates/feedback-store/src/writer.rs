//! The one thread that writes.
//!
//! Writes that come while one is on its way to the disk are committed together: many callers share one sync. Each runs in
//! a savepoint of its own, so that one which fails leaves the others be, and none is answered before the commit.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

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

/// A connection that can write.
///
/// An error of any of these says that the whole transaction is lost.
pub(super) trait Session: Send + 'static {
    /// Begins a transaction, during which nobody else writes.
    fn begin(&mut self, durability: Durability) -> Result<()>;
    /// Begins a part of it that can be undone alone.
    fn begin_part(&mut self) -> Result<()>;
    /// Keeps the part, or undoes it.
    fn end_part(&mut self, keep: bool) -> Result<()>;
    /// Ends the transaction; what it did lasts as long as was asked for.
    fn commit(&mut self) -> Result<()>;
    /// Undoes the transaction, where there is one.
    fn roll_back(&mut self);
    /// Nothing more will be written.
    fn finish(&mut self) {}
}

/// A write and the caller who waits for it.
trait Job<S>: Send {
    fn durability(&self) -> Durability;
    /// Does it; false where it failed.
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
            (None, Ok(())) => Err(Error::ShuttingDown),
        };
        // A caller that has gone does not need to know.
        let _ = self.answer.send(result);
    }
}

/// The way to the thread.
pub(super) struct Writer<S> {
    jobs: Mutex<Option<Sender<Box<dyn Job<S>>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<S: Session> Writer<S> {
    pub(super) fn start(mut session: S) -> Result<Self> {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || write_all(&mut session, &receiver))?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Does one write and returns when it is committed.
    pub(super) fn write<T: Send + 'static>(
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
            return Err(Error::ShuttingDown);
        }
        answered.recv().unwrap_or(Err(Error::ShuttingDown))
    }
}

impl<S> Writer<S> {
    /// Finishes what was asked for and ends the thread.
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
