//! The thread that runs new texts through the rules.
//!
//! It reads predictions after the last one that it looked at, whatever added them, so an interrupted server continues where it was.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use feedback_store::{Filter, NewCase, Store, StoredPrediction};
use feedback_triage::RuleSet;

use super::document::{KeptRules, Progress, themes_by_text};
use super::judged::Judged;
use super::webhooks::Webhooks;
use crate::clock::{locked, now_ms};
use crate::error::Result;
use crate::events::{Event, Events};
use crate::store::StoreHandle;

/// Time between two looks for new texts.
const PERIOD: Duration = Duration::from_secs(1);
/// Number of texts that are read at a time.
const PAGE: usize = 200;

/// Adds new texts that need an answer to the inbox, in the background.
#[derive(Debug)]
pub(crate) struct Keeper {
    store: StoreHandle,
    events: Events,
    webhooks: Arc<Webhooks>,
    /// Locked while a page of texts is looked at.
    progress: Mutex<Option<Progress>>,
    is_stopping: Mutex<bool>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Keeper {
    pub(crate) fn new(store: StoreHandle, events: Events, webhooks: Arc<Webhooks>) -> Self {
        Self {
            store,
            events,
            webhooks,
            progress: Mutex::default(),
            is_stopping: Mutex::default(),
            changed: Condvar::new(),
            thread: Mutex::default(),
        }
    }

    /// Starts the thread. Texts from before the first start are left alone; [`Keeper::look_again`] looks at them.
    ///
    /// # Errors
    ///
    /// Errors of the store; [`crate::Error::Io`] if the system cannot create a thread.
    pub(crate) fn start(self: &Arc<Self>) -> Result<()> {
        let store = self.store.blocking();
        let progress = match Progress::read(store)? {
            Some(progress) => progress,
            None => {
                let newest = store.ids(&Filter::default(), 1)?.first().copied().unwrap_or(0);
                let progress = Progress {
                    seen: newest,
                    with_themes: newest,
                    since: newest,
                };
                progress.write(store)?;
                progress
            }
        };
        *locked(&self.progress) = Some(progress);
        let keeper = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("triage".into())
            .spawn(move || keeper.run())?;
        *locked(&self.thread) = Some(thread);
        Ok(())
    }

    pub(crate) fn begin_stop(&self) {
        *locked(&self.is_stopping) = true;
        self.changed.notify_all();
    }

    pub(crate) fn stop(&self) {
        self.begin_stop();
        if let Some(thread) = locked(&self.thread).take() {
            // A panic of the thread was already reported when it happened.
            let _ = thread.join();
        }
    }

    /// Looks again at the texts after this id. Those that have an entry keep it.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn look_again(&self, after: i64) -> Result<()> {
        let mut progress = locked(&self.progress);
        if let Some(known) = *progress {
            let earlier = Progress {
                seen: known.seen.min(after),
                with_themes: known.with_themes.min(after),
                since: known.since.min(after),
            };
            earlier.write(self.store.blocking())?;
            *progress = Some(earlier);
        }
        drop(progress);
        self.changed.notify_all();
        Ok(())
    }

    fn is_stopping(&self) -> bool {
        *locked(&self.is_stopping)
    }

    fn run(&self) {
        let mut failures = 0;
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.look())) {
                Ok(Ok(())) => failures = 0,
                Ok(Err(error)) => {
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(%error, hint = error.hint(), "new texts cannot be added to the inbox; trying again");
                    }
                }
                // The panic hook has already reported it.
                Err(_) => failures += 1,
            }
            let stopping = locked(&self.is_stopping);
            let (stopping, _) = self
                .changed
                .wait_timeout_while(stopping, PERIOD, |stopping| !*stopping)
                .unwrap_or_else(PoisonError::into_inner);
            if *stopping {
                return;
            }
        }
    }

    /// Looks at all new texts, then at those whose themes have become known.
    fn look(&self) -> Result<()> {
        while !self.is_stopping() && self.page()? {}
        while !self.is_stopping() && self.page_with_themes()? {}
        Ok(())
    }

    /// Looks at the next texts; returns false if there are none.
    fn page(&self) -> Result<bool> {
        let store = self.store.blocking();
        let mut progress = locked(&self.progress);
        let Some(known) = *progress else { return Ok(false) };
        let items = store.predictions_after(known.seen, PAGE)?;
        let Some(last) = items.last().map(|item| item.id) else {
            return Ok(false);
        };
        let rules = KeptRules::read(store)?.rules()?;
        let cases = items.iter().filter_map(|item| case(&rules, item, &[]));
        self.add(store, cases.collect())?;
        let next = Progress { seen: last, ..known };
        next.write(store)?;
        *progress = Some(next);
        Ok(true)
    }

    /// A theme is known some seconds after its text, so rules with themes are applied in a second look.
    fn page_with_themes(&self) -> Result<bool> {
        let store = self.store.blocking();
        let mut progress = locked(&self.progress);
        let Some(known) = *progress else { return Ok(false) };
        if known.with_themes >= known.seen {
            return Ok(false);
        }
        let rules = KeptRules::read(store)?.rules()?;
        let last = match rules.needs_themes() {
            false => known.seen,
            true => {
                let (themes, known_until) = themes_by_text(store)?;
                let mut items = store.predictions_after(known.with_themes, PAGE)?;
                items.retain(|item| item.id <= known_until.min(known.seen));
                let cases = items
                    .iter()
                    .filter_map(|item| case(&rules, item, themes.get(&item.id)?));
                let cases: Vec<(NewCase, Vec<String>)> = cases.collect();
                self.add(store, cases)?;
                match items.last() {
                    Some(item) => item.id,
                    None => return Ok(false),
                }
            }
        };
        let next = Progress {
            with_themes: last,
            ..known
        };
        next.write(store)?;
        *progress = Some(next);
        Ok(true)
    }

    /// Adds entries, and tells webhooks about those that are new.
    fn add(&self, store: &dyn Store, cases: Vec<(NewCase, Vec<String>)>) -> Result<()> {
        let with_webhooks = cases.iter().filter(|(_, webhooks)| !webhooks.is_empty());
        let ids: Vec<i64> = with_webhooks.map(|(case, _)| case.prediction_id).collect();
        let known = match ids.is_empty() {
            true => Vec::new(),
            false => store.cases_of(&ids)?,
        };
        let is_new = |id: i64| known.iter().all(|case| case.content.prediction_id != id);
        let told = cases.iter().filter(|(case, _)| is_new(case.prediction_id));
        let told = told.map(|(case, webhooks)| (case.prediction_id, webhooks.clone()));
        self.webhooks.queue_messages(store, told.collect())?;
        let cases: Vec<NewCase> = cases.into_iter().map(|(case, _)| case).collect();
        if !cases.is_empty() && store.add_cases(cases)? > 0 {
            self.events.send(Event::Inbox);
        }
        Ok(())
    }
}

/// Returns the entry of a text, and the webhooks to tell; `None` if it needs no answer.
fn case(rules: &RuleSet, item: &StoredPrediction, themes: &[u64]) -> Option<(NewCase, Vec<String>)> {
    let judged = Judged::new(rules, item, item.effective_labels(), themes);
    judged.needs_answer().then(|| {
        let webhooks = judged.webhooks();
        (judged.into_case(rules, item.id, now_ms()), webhooks)
    })
}
