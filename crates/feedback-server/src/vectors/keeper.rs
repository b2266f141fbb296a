//! The thread that computes the vectors of stored texts.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use feedback_vectors::{Entry, Key};

use super::encoder::{Encoder, EncoderLoader};
use super::kept::{KeptVectors, key_of};
use crate::clock::locked;
use crate::error::Result;
use crate::serving::Engine;
use crate::store::StoreHandle;
use feedback_store::{Cursor, Filter};

/// Number of texts whose vectors are computed at a time. An erasure waits for them.
const PAGE: usize = 64;
/// Number of texts that are compared with the file at a time after a start.
const SCAN: usize = 2000;
/// Time between two looks for new texts.
const PERIOD: Duration = Duration::from_millis(500);
/// Time between two looks at a busy engine: texts to be classified go first.
const PAUSE: Duration = Duration::from_millis(50);
/// So many ids below the last one are looked at again: in Postgres, a text may appear after one with a higher id.
const OVERLAP: i64 = 100;

/// What the thread needs.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    pub(crate) store: StoreHandle,
    pub(crate) engine: Arc<Engine>,
    pub(crate) vectors: Arc<KeptVectors>,
    /// Locked for writing while texts are erased.
    pub(crate) erasing: Arc<tokio::sync::RwLock<()>>,
}

/// Computes the vectors of stored texts in the background.
pub(crate) struct Keeper {
    sources: Sources,
    fallback: Option<EncoderLoader>,
    current: RwLock<Current>,
    stop: AtomicBool,
    stopped: (Mutex<()>, Condvar),
    /// Number of vectors that were computed again because another encoder serves.
    recomputed: AtomicU64,
    /// All texts up to this id have their vectors.
    seen: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How far the thread is.
#[derive(Debug, Default)]
struct Progress {
    /// The last text that was looked at; `None` after a start, and when another encoder serves.
    last: Option<i64>,
    /// Texts for which the model has no vector; they are not tried again.
    failed: HashSet<i64>,
}

/// The encoder of the model with this id.
#[derive(Debug, Clone, Default)]
struct Current {
    model: Option<Arc<str>>,
    encoder: Option<Arc<Encoder>>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

impl Keeper {
    pub(crate) fn new(sources: Sources, fallback: Option<EncoderLoader>) -> Self {
        Self {
            sources,
            fallback,
            current: RwLock::default(),
            stop: AtomicBool::new(false),
            stopped: (Mutex::new(()), Condvar::new()),
            recomputed: AtomicU64::new(0),
            seen: AtomicU64::new(0),
            thread: Mutex::new(None),
        }
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`] if the system cannot create a thread.
    pub(crate) fn start(self: &Arc<Self>) -> Result<()> {
        let keeper = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("vectors".into())
            .spawn(move || keeper.run())?;
        *locked(&self.thread) = Some(thread);
        Ok(())
    }

    pub(crate) fn begin_stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.stopped.1.notify_all();
    }

    pub(crate) fn stop(&self) {
        self.begin_stop();
        if let Some(thread) = locked(&self.thread).take() {
            // A panic of the thread was already reported when it happened.
            let _ = thread.join();
        }
    }

    /// The encoder of the serving model; `None` until it is known, or if there is none.
    pub(crate) fn encoder(&self) -> Option<Arc<Encoder>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.encoder.clone()
    }

    /// All texts up to this id have their vectors, except those that the model fails on.
    pub(crate) fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    /// Number of vectors that another encoder had computed, and that were computed again since the start.
    pub(crate) fn recomputed(&self) -> u64 {
        self.recomputed.load(Ordering::SeqCst)
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Waits; returns false if the thread must end.
    fn wait(&self, time: Duration) -> bool {
        let guard = locked(&self.stopped.0);
        let waited = self
            .stopped
            .1
            .wait_timeout_while(guard, time, |()| !self.is_stopping());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        !self.is_stopping()
    }

    fn run(&self) {
        let mut progress = Progress::default();
        let mut failures = 0;
        loop {
            match self.catch_up(&mut progress) {
                Ok(()) => failures = 0,
                Err(error) => {
                    // The cause may be a full disk or an unreachable database; it need not be logged twice a second.
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(%error, hint = error.hint(), "the vectors of new texts cannot be kept; trying again");
                    }
                }
            }
            if !self.wait(PERIOD) {
                return;
            }
        }
    }

    /// Computes the vectors of all texts that have none.
    fn catch_up(&self, progress: &mut Progress) -> Result<()> {
        if self.choose_encoder()? {
            *progress = Progress::default();
        }
        let Some(encoder) = self.encoder() else {
            return Ok(());
        };
        if progress.last.is_none() {
            self.reconcile()?;
        }
        let mut after = progress.last.map_or(0, |last| (last - OVERLAP).max(0));
        loop {
            let page = self.sources.store.blocking().texts(after, SCAN)?;
            let Some((end, _)) = page.last() else { break };
            after = *end;
            let missing = self.without_vectors(&page, &progress.failed);
            drop(page);
            for ids in missing.chunks(PAGE) {
                while self.is_busy() || self.is_stopping() {
                    if !self.wait(PAUSE) {
                        return Ok(());
                    }
                }
                progress.failed.extend(self.add(&encoder, ids)?);
            }
        }
        progress.last = Some(progress.last.unwrap_or_default().max(after));
        self.seen.fetch_max(after.cast_unsigned(), Ordering::SeqCst);
        Ok(())
    }

    fn without_vectors(&self, page: &[(i64, String)], failed: &HashSet<i64>) -> Vec<i64> {
        let guard = self.sources.vectors.read();
        let has = |id: i64| {
            guard
                .as_ref()
                .is_some_and(|file| file.contains(id.cast_unsigned()))
        };
        let missing = page.iter().map(|(id, _)| *id);
        missing.filter(|id| !has(*id) && !failed.contains(id)).collect()
    }

    fn is_busy(&self) -> bool {
        let status = self.sources.engine.status();
        status.interactive + status.bulk > 0
    }

    /// Computes and keeps the vectors of these texts, and returns the ids of those that have none. A text that was erased meanwhile is not
    /// found in the store.
    fn add(&self, encoder: &Encoder, ids: &[i64]) -> Result<Vec<i64>> {
        let _none_erased = self.sources.erasing.blocking_read();
        let wanted = Filter {
            ids: Some(ids.to_vec()),
            ..Filter::default()
        };
        let mut page = self
            .sources
            .store
            .blocking()
            .history(&wanted, Cursor::newest(ids.len()))?;
        page.reverse(); // the file has the texts in the order of their ids
        let keyed: Vec<(i64, Key, String)> = page
            .into_iter()
            .map(|item| (item.id, key_of(&item.prediction.text), item.prediction.text))
            .collect();
        let vectors = self.vectors_of(encoder, &keyed)?;
        let entries: Vec<Entry<'_>> = keyed
            .iter()
            .filter_map(|(id, key, _)| {
                let vector = vectors.get(key)?;
                Some(Entry {
                    id: id.cast_unsigned(),
                    key: *key,
                    vector,
                })
            })
            .collect();
        self.sources.vectors.change(|file| file.append(&entries))?;
        let failed = keyed.iter().filter(|(_, key, _)| !vectors.contains_key(key));
        Ok(failed.map(|(id, ..)| *id).collect())
    }

    /// Returns the vector of each text, from the file if an equal text has one.
    fn vectors_of(&self, encoder: &Encoder, keyed: &[(i64, Key, String)]) -> Result<HashMap<Key, Vec<f32>>> {
        let mut vectors = HashMap::new();
        {
            let guard = self.sources.vectors.read();
            if let Some(file) = guard.as_ref() {
                for (_, key, _) in keyed {
                    if let Some(id) = file.id_of(key)
                        && let Some(vector) = file.get(id)?
                    {
                        vectors.insert(*key, vector);
                    }
                }
            }
        }
        let mut new: Vec<(Key, String)> = Vec::new();
        for (_, key, text) in keyed {
            if !vectors.contains_key(key) && new.iter().all(|(other, _)| other != key) {
                new.push((*key, text.clone()));
            }
        }
        let (keys, texts): (Vec<Key>, Vec<String>) = new.into_iter().unzip();
        for (key, vector) in keys.into_iter().zip(encoder.vectors(&texts)) {
            vectors.extend(vector.map(|vector| (key, vector)));
        }
        Ok(vectors)
    }

    /// Chooses the encoder if another model serves than before. Returns true if all texts must be looked at.
    fn choose_encoder(&self) -> Result<bool> {
        let served = self.sources.engine.current();
        let known = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            current.model.clone()
        };
        if known.as_deref() == Some(&*served.id) {
            return Ok(false);
        }
        let encoder = match (Encoder::of(Arc::clone(&served.model))?, &self.fallback) {
            (Some(encoder), _) => Some(encoder),
            (None, Some(load)) => Encoder::of(load()?)?,
            (None, None) => None,
        };
        if let Some(encoder) = &encoder {
            let vectors = &self.sources.vectors;
            let gone = vectors.use_encoder(encoder.fingerprint(), encoder.width())?;
            if gone > 0 {
                self.recomputed.fetch_add(gone as u64, Ordering::SeqCst);
                tracing::info!(
                    texts = gone,
                    "another encoder serves; all vectors are computed again"
                );
            }
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Current {
            model: Some(served.id),
            encoder: encoder.map(Arc::new),
        };
        Ok(true)
    }

    /// Removes vectors whose texts are not in the store, or have other texts: a backup was restored.
    fn reconcile(&self) -> Result<()> {
        let known = match self.sources.vectors.read().as_ref() {
            Some(file) => file.ids(),
            None => return Ok(()),
        };
        if known.is_empty() {
            return Ok(());
        }
        let mut kept: Vec<u64> = Vec::with_capacity(known.len());
        let mut after = 0;
        while !self.is_stopping() {
            let page = self.sources.store.blocking().texts(after, SCAN)?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            let guard = self.sources.vectors.read();
            let Some(file) = guard.as_ref() else { break };
            let is_same = |(id, text): &(i64, String)| file.key(id.cast_unsigned()) == Some(key_of(text));
            kept.extend(
                page.iter()
                    .filter(|one| is_same(one))
                    .map(|(id, _)| id.cast_unsigned()),
            );
        }
        if self.is_stopping() {
            return Ok(());
        }
        let gone: Vec<u64> = known
            .into_iter()
            .filter(|id| kept.binary_search(id).is_err())
            .collect();
        if !gone.is_empty() {
            tracing::info!(vectors = gone.len(), "removing vectors whose texts are gone");
            self.sources.vectors.forget(&gone)?;
        }
        Ok(())
    }
}
