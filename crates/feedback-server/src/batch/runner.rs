//! The thread that works through batches, one after the other.
//!
//! Rows are read from the uploaded file in chunks. The results of a chunk and the position after it are stored together. So an
//! interrupted batch resumes at the first row without a stored result, even after SIGKILL.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use feedback_dataset::read::{Format, ReadOptions, Reader};

use super::dates::Dates;
use super::ending::Counts;
use super::given::Given;
use super::lines::Lines;
use super::rows::{Good, Origin, read_chunk, to_store};
use super::upload::{self, Inspection};
use crate::clock::locked;
use crate::config::ServerConfig;
use crate::error::{Error, Result, with_hint};
use crate::events::{Event, Events};
use crate::limits::MAX_TEXT_BYTES;
use crate::serving::{Classified, Engine, ServingError};
use crate::store::StoreHandle;
use feedback_store::{BadRowEntry, Batch, BatchState, Chunk, ColumnChoice, Error as StoreError};

/// Maximum number of rows whose results are stored together.
const CHUNK: usize = 128;
/// The maximum number of rows of a chunk after the server ended unexpectedly during a batch. It is lower, so that fewer rows can
/// be the cause.
const SMALL_CHUNK: usize = 8;
/// Number of times that the server may end unexpectedly at the same rows of a batch before the batch fails.
const MAX_ATTEMPTS: u64 = 5;
/// The delay before trying again if the disk is full or the model is busy.
const PAUSE: Duration = Duration::from_millis(500);

/// The queued and running batches.
#[derive(Debug)]
pub(crate) struct Batches {
    work: Arc<Work>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Work {
    uploads: PathBuf,
    max_row_bytes: usize,
    store: StoreHandle,
    engine: Arc<Engine>,
    events: Events,
    signal: Mutex<Signal>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Signal {
    news: bool,
    stop: bool,
}

/// Why the thread stopped working on a batch.
enum Left {
    /// All rows are done.
    Done(Counts),
    /// The batch was cancelled, or another process advanced it.
    Lost,
    /// The server shuts down; the next start resumes the batch.
    Stopped,
}

/// Returns what the columns of a batch are for: as chosen, or as found.
fn origin<'a>(
    batch: &Batch,
    text_field: &'a str,
    found: Inspection,
    path: &Path,
    options: &ReadOptions,
) -> Result<Origin<'a>> {
    let choice = batch.choice.clone().unwrap_or(ColumnChoice {
        date: found.date,
        source: found.source,
        ..ColumnChoice::default()
    });
    let order = choice.order.as_deref().and_then(|order| order.parse().ok());
    let dates = choice
        .date
        .map(|column| Dates::of_column(path, options, column, order));
    Ok(Origin {
        text_field,
        has_choice: batch.choice.is_some(),
        source: found.recognised.map_or("batch", |export| export.known.source),
        source_field: choice.source,
        label_field: choice.label,
        dates: dates.transpose()?,
        lines: Lines::read(path)?,
    })
}

/// The batch and the rows of a chunk.
#[derive(Clone, Copy)]
struct Place {
    batch: i64,
    from: u64,
    to: u64,
}

impl Batches {
    /// Starts the thread, which resumes unfinished batches.
    pub(crate) fn open(
        config: &ServerConfig,
        store: StoreHandle,
        engine: Arc<Engine>,
        events: Events,
    ) -> Result<Self> {
        let uploads = config.state_dir.join("uploads");
        fs_err::create_dir_all(&uploads)?;
        let work = Arc::new(Work {
            uploads,
            max_row_bytes: config.max_row_bytes,
            store,
            engine,
            events,
            signal: Mutex::default(),
            wake: Condvar::new(),
        });
        let worker = Arc::clone(&work);
        let thread = std::thread::Builder::new()
            .name("batches".into())
            .spawn(move || worker.run())?;
        Ok(Self {
            work,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Returns the folder of uploaded files.
    pub(crate) fn uploads(&self) -> &Path {
        &self.work.uploads
    }

    /// Notifies the thread that a batch was queued.
    pub(crate) fn wake(&self) {
        locked(&self.work.signal).news = true;
        self.work.wake.notify_all();
    }

    /// Asks the thread to end after the current chunk. If the engine stops earlier, the next start repeats that chunk.
    pub(crate) fn begin_stop(&self) {
        locked(&self.work.signal).stop = true;
        self.work.wake.notify_all();
    }

    /// Asks the thread to end, and waits for it.
    pub(crate) fn stop(&self) {
        self.begin_stop();
        if let Some(thread) = locked(&self.thread).take() {
            // A panic of the thread has already been reported.
            let _ = thread.join();
        }
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Work {
    fn run(&self) {
        let mut begun = HashSet::new();
        while !self.stopped() {
            if self.store.blocking().damage().is_some() {
                self.wait();
                continue;
            }
            match self.next() {
                Ok(Some(batch)) => self.finish(&batch, begun.insert(batch.id)),
                Ok(None) => self.wait(),
                Err(error) => {
                    tracing::error!(%error, hint = error.hint(), "cannot read the queued batches");
                    self.pause();
                }
            }
        }
    }

    fn next(&self) -> Result<Option<Batch>> {
        Ok(self.store.blocking().unfinished_batches()?.into_iter().next())
    }

    /// Runs a batch and stores its final state. `is_new` is true if this process runs the batch for the first time.
    fn finish(&self, batch: &Batch, is_new: bool) {
        let id = batch.id;
        tracing::info!(batch = id, from = batch.position, "a batch started");
        let (state, message) = match self.take_up(batch, is_new) {
            Ok(Left::Done(counts)) => (BatchState::Done, counts.message(batch.position > 0)),
            Ok(Left::Lost | Left::Stopped) => return,
            // Whether or not the last chunk was stored, the batch resumes at the stored position.
            Err(
                error @ (Error::Store(StoreError::Unreachable { .. } | StoreError::ReadOnly { .. })
                | Error::StorageFull),
            ) => {
                tracing::warn!(batch = id, %error, hint = error.hint(), "a batch is waiting for the database");
                self.pause();
                return;
            }
            Err(Error::Data(cause)) => (BatchState::Failed, Some(upload::data_reason(&cause))),
            Err(error) => (BatchState::Failed, Some(with_hint(&error, error.hint()))),
        };
        while let Err(error) = self
            .store
            .blocking()
            .set_batch_state(id, state, message.as_deref())
        {
            tracing::error!(batch = id, %error, hint = error.hint(), "cannot store how a batch ended");
            if self.pause() {
                return;
            }
        }
        tracing::info!(batch = id, state = state.name(), "a batch ended");
        self.events.send(Event::Batch { id });
    }

    /// Counts the attempt, so that a batch that crashes the server is not repeated forever. Then classifies the remaining rows.
    fn take_up(&self, batch: &Batch, is_new: bool) -> Result<Left> {
        if is_new {
            if batch.attempts >= MAX_ATTEMPTS {
                return Err(Error::Invalid(format!(
                    "the server ended unexpectedly {} times within {SMALL_CHUNK} rows of the file, from row {}; \
                     remove unusual rows there and upload the file again",
                    batch.attempts,
                    batch.position + 1
                )));
            }
            self.store.blocking().count_attempt(batch.id)?;
        }
        self.work_through(batch)
    }

    fn work_through(&self, batch: &Batch) -> Result<Left> {
        let format: Format = batch
            .upload
            .format
            .parse()
            .map_err(|error: feedback_dataset::read::UnknownFormatName| Error::Invalid(error.to_string()))?;
        let text_field = batch.upload.text_field.as_deref().unwrap_or("text");
        let mut options = upload::options(format, text_field, self.max_row_bytes);
        options.max_field_bytes = MAX_TEXT_BYTES;
        let path = self.uploads.join(&batch.upload.file);
        let found = upload::look_at(&path, format, batch.upload.total_rows, self.max_row_bytes)?;
        let origin = origin(batch, text_field, found, &path, &options)?;
        let served = self.engine.current();
        let labels = (served.model.labels(), served.model.is_multi_label());
        let given = Given::new(batch.choice.as_ref(), self.store.blocking(), labels)?;
        let mut rows =
            Reader::open(&path, &options)?.skip(usize::try_from(batch.position).unwrap_or(usize::MAX));
        if !self
            .store
            .blocking()
            .set_batch_state(batch.id, BatchState::Running, None)?
        {
            return Ok(Left::Lost);
        }
        let (mut position, mut counts) = (batch.position, Counts::default());
        let has_dates = origin.dates.is_some();
        loop {
            if self.stopped() {
                return Ok(Left::Stopped);
            }
            let was_interrupted = position == batch.position && batch.attempts > 0;
            let most = if was_interrupted { SMALL_CHUNK } else { CHUNK };
            let (good, bad) = read_chunk(&mut rows, &origin, position, most)?;
            let n = (good.len() + bad.len()) as u64;
            if n == 0 {
                counts.used |= batch.classified > 0;
                return Ok(Left::Done(counts));
            }
            let place = Place {
                batch: batch.id,
                from: position,
                to: position + n,
            };
            counts.add(&good, &bad, has_dates);
            let Some(chunk) = self.classify(place, good, bad, &given, &mut counts)? else {
                return Ok(Left::Stopped);
            };
            if !self.store_chunk(batch.id, &chunk)? {
                return Ok(if self.stopped() { Left::Stopped } else { Left::Lost });
            }
            position += n;
            self.events.send(Event::Batch { id: batch.id });
        }
    }

    /// Classifies a chunk, and counts its texts without a known token and its labels that cannot be given; `None` if the server shuts down.
    fn classify(
        &self,
        place: Place,
        good: Vec<Good>,
        mut bad: Vec<BadRowEntry>,
        labels: &Given,
        counts: &mut Counts,
    ) -> Result<Option<Chunk>> {
        let texts: Vec<String> = good.iter().map(|row| row.text.clone()).collect();
        let (mut predictions, mut given) = (Vec::with_capacity(good.len()), Vec::new());
        if !texts.is_empty() {
            let Some(Classified { served, results }) = self.classified(&texts)? else {
                return Ok(None);
            };
            for (row, result) in good.into_iter().zip(results) {
                match result {
                    Ok(prediction) => {
                        counts.unknown += u64::from(prediction.unknown_share >= 1.0);
                        match labels.of(row.label.as_deref(), predictions.len()) {
                            Some(Ok(labels)) => given.push(labels),
                            Some(Err(cell)) => counts.add_unknown_label(row.line, cell),
                            None => {}
                        }
                        predictions.push(to_store(place.batch, row, prediction, &served.id));
                    }
                    Err(ServingError::ShuttingDown) => return Ok(None),
                    Err(error) => bad.push(BadRowEntry {
                        row: row.number,
                        line: row.line,
                        reason: error.to_string(),
                    }),
                }
            }
        }
        Ok(Some(Chunk {
            from: place.from,
            to: place.to,
            predictions,
            given,
            bad,
        }))
    }

    /// Classifies texts; `None` if the server shuts down.
    fn classified(&self, texts: &[String]) -> Result<Option<Classified>> {
        match self.engine.classify_bulk(texts) {
            Ok(classified) => Ok(Some(classified)),
            Err(ServingError::ShuttingDown) => Ok(None),
            Err(other) => Err(Error::Invalid(other.to_string())),
        }
    }

    /// Stores a chunk, and waits while the disk is full. Returns false if the batch was cancelled or advanced elsewhere, or if the
    /// server shuts down.
    fn store_chunk(&self, id: i64, chunk: &Chunk) -> Result<bool> {
        loop {
            match self.store.blocking().add_chunk(id, chunk.clone()) {
                Ok(()) => return Ok(true),
                Err(StoreError::Conflict(_)) => return Ok(false),
                Err(StoreError::StorageFull) => {
                    tracing::warn!(batch = id, "no space left for results; trying again");
                    if self.pause() {
                        return Ok(false);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn stopped(&self) -> bool {
        locked(&self.signal).stop
    }

    /// Waits a moment; returns true if the server shuts down.
    fn pause(&self) -> bool {
        let signal = locked(&self.signal);
        let (signal, _) = self
            .wake
            .wait_timeout_while(signal, PAUSE, |signal| !signal.stop)
            .unwrap_or_else(PoisonError::into_inner);
        signal.stop
    }

    /// Waits until a batch is queued or the server shuts down.
    fn wait(&self) {
        let signal = locked(&self.signal);
        let mut signal = self
            .wake
            .wait_while(signal, |signal| !signal.news && !signal.stop)
            .unwrap_or_else(PoisonError::into_inner);
        signal.news = false;
    }
}
