//! The threads that read.
//!
//! The blocking client panics in an asynchronous runtime, and [`Store`](crate::Store) may be called from one. Therefore, the
//! clients run on separate threads.

use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::session::Session;
use super::target::Target;
use crate::error::{Error, Result};
use crate::lock::locked;

/// The number of threads, and the maximum number of connections.
const READERS: usize = 4;

type Job = Box<dyn FnOnce(&mut Session) + Send>;

pub(super) struct Readers {
    jobs: Mutex<Option<Sender<Job>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(target: &Arc<Target>) -> Result<Self> {
        let (sender, receiver) = channel();
        let jobs = Arc::new(Mutex::new(receiver));
        let mut threads = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let jobs = Arc::clone(&jobs);
            let session = Session::new(Arc::clone(target));
            let thread = std::thread::Builder::new().name("store reader".into());
            threads.push(thread.spawn(move || read_all(session, &jobs))?);
        }
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            threads,
        })
    }

    /// Runs `work` on one of the threads. Runs it a second time if the connection turns out to be lost.
    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Session) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = sync_channel(1);
        let job: Job = Box::new(move |session| {
            // The receiver may have been dropped.
            let _ = answer.send(session.read(&work));
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

impl Drop for Readers {
    fn drop(&mut self) {
        drop(locked(&self.jobs).take());
        for thread in self.threads.drain(..) {
            // A panic of that thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn read_all(mut session: Session, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = locked(jobs).recv();
        match job {
            Ok(job) => job(&mut session),
            Err(_) => return,
        }
    }
}
