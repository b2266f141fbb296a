//! The thread that finds themes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::document::{Edits, Group, ThemesDocument};
use super::labels::AddedLabels;
use super::renew::{Step, renew};
use super::rows::Rows;
use crate::clock::locked;
use crate::error::Result;
use crate::events::{Event, Events};
use crate::store::StoreHandle;
use crate::vectors::{self, KeptVectors};
use feedback_store::{Filter, Store};

/// Time between two looks for new texts.
const PERIOD: Duration = Duration::from_secs(2);
/// The themes are found for the first time when there are this many texts with vectors.
const MIN_TEXTS: u64 = 30;
/// The themes are found again when this share of the texts is new, and at least so many.
const NEW_SHARE: f64 = 0.1;
const MIN_NEW: usize = 50;

/// After it looked for new texts, the thread rests for this many times as long.
const REST: u32 = 10;

/// What the thread needs.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    pub(crate) store: StoreHandle,
    pub(crate) vectors: Arc<KeptVectors>,
    pub(crate) keeper: Arc<vectors::Keeper>,
    pub(crate) events: Events,
    /// Locked for writing while texts are erased.
    pub(crate) erasing: Arc<tokio::sync::RwLock<()>>,
}

/// Finds themes in the background.
#[derive(Debug)]
pub(crate) struct Keeper {
    sources: Sources,
    wish: Mutex<Wish>,
    changed: Condvar,
    is_finding: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What others want of the thread.
#[derive(Debug, Default)]
struct Wish {
    find: bool,
    stop: bool,
}

/// Removes erased texts from the kept themes.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn forget(store: &dyn Store, is_gone: impl Fn(i64) -> bool) -> Result<()> {
    let mut themes = ThemesDocument::read(store)?;
    if themes.forget(is_gone) {
        themes.write(store)?;
    }
    Ok(())
}

/// Removes names that people gave to themes and labels and that are erased texts.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn forget_names(store: &dyn Store, is_erased: impl Fn(&str) -> bool) -> Result<()> {
    let mut edits = Edits::read(store)?;
    if edits.forget(&is_erased) {
        edits.write(store)?;
    }
    let mut labels = AddedLabels::read(store)?;
    if labels.forget(store, &is_erased)? {
        labels.write(store)?;
    }
    Ok(())
}

impl Keeper {
    pub(crate) fn new(sources: Sources) -> Self {
        Self {
            sources,
            wish: Mutex::default(),
            changed: Condvar::new(),
            is_finding: AtomicBool::new(false),
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
            .name("themes".into())
            .spawn(move || keeper.run())?;
        *locked(&self.thread) = Some(thread);
        Ok(())
    }

    pub(crate) fn begin_stop(&self) {
        locked(&self.wish).stop = true;
        self.changed.notify_all();
    }

    pub(crate) fn stop(&self) {
        self.begin_stop();
        if let Some(thread) = locked(&self.thread).take() {
            // A panic of the thread was already reported when it happened.
            let _ = thread.join();
        }
    }

    /// Asks for the themes to be found again.
    pub(crate) fn find_again(&self) {
        locked(&self.wish).find = true;
        self.is_finding.store(true, Ordering::SeqCst);
        self.changed.notify_all();
    }

    /// Whether the themes are being found, or are about to be.
    pub(crate) fn is_finding(&self) -> bool {
        self.is_finding.load(Ordering::SeqCst)
    }

    fn is_stopping(&self) -> bool {
        locked(&self.wish).stop
    }

    fn run(&self) {
        let mut failures = 0;
        let mut rests_until = Instant::now();
        loop {
            let wish = {
                let wish = locked(&self.wish);
                let wait = self
                    .changed
                    .wait_timeout_while(wish, PERIOD, |wish| !wish.stop && !wish.find);
                let (mut wish, _) = wait.unwrap_or_else(PoisonError::into_inner);
                if wish.stop {
                    return;
                }
                std::mem::take(&mut wish.find)
            };
            let began = Instant::now();
            if !wish && began < rests_until {
                continue;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| self.look(wish)));
            rests_until = Instant::now() + began.elapsed() * REST;
            self.is_finding.store(locked(&self.wish).find, Ordering::SeqCst);
            match outcome {
                Ok(Ok(())) => failures = 0,
                Ok(Err(error)) => {
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(%error, hint = error.hint(), "themes cannot be kept; trying again");
                    }
                }
                // The panic hook has already reported it.
                Err(_) => failures += 1,
            }
        }
    }

    /// Does what is due.
    fn look(&self, is_wanted: bool) -> Result<()> {
        let store = self.sources.store.blocking();
        let seen = self.sources.keeper.seen();
        let Some(encoder) = self.sources.keeper.encoder() else {
            return Ok(());
        };
        let kept = ThemesDocument::read(store)?;
        let step = match is_wanted {
            true => Some(Step::Find),
            false => due(&kept, encoder.fingerprint(), seen, store)?,
        };
        let Some(step) = step else { return Ok(()) };
        self.is_finding.store(step == Step::Find, Ordering::SeqCst);
        let erasures = last_erasure(store)?;
        let Some(rows) = Rows::read(store, &self.sources.vectors, || self.is_stopping())? else {
            return Ok(());
        };
        let edits = Edits::read(store)?;
        let renewed = in_own_threads(|| renew(&kept, &rows, step, &edits))??;
        {
            let _none_erased = self.sources.erasing.blocking_read();
            // Themes of texts of which some were erased meanwhile are not kept.
            if last_erasure(store)? != erasures || self.is_stopping() {
                return Ok(());
            }
            renewed.write(store)?;
        }
        if step == Step::Find {
            let themes: usize = renewed.groups.iter().map(|group| group.themes.len()).sum();
            tracing::info!(themes, texts = renewed.texts, "themes were found");
        }
        self.sources.events.send(Event::Themes);
        Ok(())
    }
}

fn last_erasure(store: &dyn Store) -> Result<Option<i64>> {
    Ok(store.erasures()?.last().map(|erasure| erasure.id))
}

/// Returns what has to be done to the kept themes.
fn due(kept: &ThemesDocument, encoder: &str, seen: u64, store: &dyn Store) -> Result<Option<Step>> {
    let has_no_name = |group: &Group| group.themes.iter().any(|theme| theme.name.is_none());
    let has_enough = kept.added as f64 >= (kept.texts as f64 * NEW_SHARE).max(MIN_NEW as f64);
    if seen <= kept.seen.cast_unsigned() && kept.encoder == encoder {
        // A theme without a name has lost a text.
        let is_due = has_enough || kept.groups.iter().any(has_no_name);
        return Ok((is_due && !kept.groups.is_empty()).then_some(Step::Find));
    }
    if kept.groups.is_empty() || kept.encoder != encoder {
        let n = store.count(&Filter::default())?;
        return Ok((n >= MIN_TEXTS && seen > kept.seen.cast_unsigned()).then_some(Step::Find));
    }
    Ok(Some(if has_enough { Step::Find } else { Step::Add }))
}

/// Runs the work on all cores but one, so that texts are still classified.
fn in_own_threads<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(cores.saturating_sub(1).max(1))
        .build()
        .map_err(std::io::Error::other)?;
    Ok(pool.install(work))
}
