//! Posts entries of the inbox to the webhooks that rules name.
//!
//! What is to be sent is stored before the entry is added, and removed once a receiver has it. So a restart loses nothing; it may repeat a
//! message, whose id stays the same. A receiver that does not answer is tried again after 1 s, 2 s, 4 s and so on, at most 15 minutes apart;
//! its messages are dropped after a day. Meanwhile, messages to other receivers are sent; one attempt takes at most 4 s.

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use feedback_store::{Case, Store, StoredPrediction};
use feedback_triage::{Priority, Urgency};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::alerts::{AlertUrl, Message, Outcome, Receiver};
use crate::auth::WebhookSecrets;
use crate::clock::{DAY_MS, locked, now_ms, rfc3339};
use crate::documents::{read, write};
use crate::error::{Error, Result};
use crate::store::StoreHandle;

/// The name of the document.
const DOCUMENT: &str = "rule-webhooks";
/// Time between two looks for messages.
const PERIOD: Duration = Duration::from_secs(1);
/// The longest wait between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(15 * 60);
/// Maximum number of messages that wait; further ones are dropped, and the log says so.
const MAX_PENDING: usize = 10_000;
/// Maximum length of the name of a webhook.
const MAX_NAME: usize = 40;

/// The names of webhooks and their addresses.
pub(crate) type Addresses = BTreeMap<String, AlertUrl>;

/// Number of messages after which the document is written, within a pass.
const WRITTEN_AFTER: usize = 50;

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Pending {
    prediction: i64,
    webhook: String,
    /// Since when it waits; milliseconds since 1970.
    since: i64,
}

impl Pending {
    fn is_same(&self, other: &Self) -> bool {
        (self.prediction, &self.webhook) == (other.prediction, &other.webhook)
    }

    fn is_old(&self) -> bool {
        now_ms() - self.since > DAY_MS
    }
}

/// A receiver that does not answer.
#[derive(Debug, Clone, Copy)]
struct Away {
    failures: u32,
    until: Instant,
}

/// What the thread knows between two passes.
#[derive(Debug, Default)]
struct Round {
    away: BTreeMap<String, Away>,
    /// Messages that need no further attempt, until the document says so too.
    ended: HashSet<Pending>,
}

/// The webhooks, and the thread that posts to them.
pub(crate) struct Webhooks {
    receivers: BTreeMap<String, Receiver>,
    store: StoreHandle,
    backoff: Duration,
    /// Locked while the document is changed.
    document: Mutex<()>,
    is_stopping: Mutex<bool>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.receivers.keys()).finish()
    }
}

impl Webhooks {
    /// Prepares the webhooks.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a name is not usable, or if there is no secret to sign messages with.
    pub(crate) fn new(
        addresses: &Addresses,
        secrets: Option<&WebhookSecrets>,
        backoff: Duration,
        store: StoreHandle,
    ) -> Result<Self> {
        let receiver = |(name, url): (&String, &AlertUrl)| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
                return Err(Error::Invalid(format!(
                    "the name of a webhook has 1 to {MAX_NAME} letters, digits, `-` and `_`, not `{name}`"
                )));
            }
            let secrets = secrets.cloned().ok_or_else(|| {
                Error::Invalid("webhooks of rules must be signed, but there is no webhook secret".into())
            })?;
            Ok((name.clone(), Receiver::webhook(url, secrets)))
        };
        Ok(Self {
            receivers: addresses.iter().map(receiver).collect::<Result<_>>()?,
            store,
            backoff,
            document: Mutex::default(),
            is_stopping: Mutex::default(),
            changed: Condvar::new(),
            thread: Mutex::default(),
        })
    }

    /// Returns the names that rules can use.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.receivers.keys().map(String::as_str)
    }

    /// Returns the number of messages that wait.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn waiting(store: &dyn Store) -> Result<usize> {
        Ok(pending(store)?.len())
    }

    /// Starts the thread, unless no webhook has an address and no message waits.
    ///
    /// # Errors
    ///
    /// Errors of the store; [`Error::Io`] if the system cannot create a thread.
    pub(crate) fn start(self: &Arc<Self>) -> Result<()> {
        if self.receivers.is_empty() && pending(self.store.blocking())?.is_empty() {
            return Ok(());
        }
        let webhooks = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("webhooks".into())
            .spawn(move || webhooks.run())?;
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

    /// Queues messages to these webhooks about texts.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn queue_messages(&self, store: &dyn Store, texts: Vec<(i64, Vec<String>)>) -> Result<()> {
        let since = now_ms();
        let new = texts.into_iter().flat_map(|(prediction, webhooks)| {
            webhooks.into_iter().map(move |webhook| Pending {
                prediction,
                webhook,
                since,
            })
        });
        let new: Vec<Pending> = new.collect();
        if new.is_empty() {
            return Ok(());
        }
        let _one_at_a_time = locked(&self.document);
        let mut all = pending(store)?;
        for one in new {
            let (webhook, prediction) = (&one.webhook, one.prediction);
            if !self.receivers.contains_key(webhook) {
                // Rules are saved only with webhooks that have one; the server was started without it since.
                tracing::error!(
                    webhook,
                    prediction,
                    "a rule names a webhook without an address; it is not told"
                );
            } else if all.len() >= MAX_PENDING {
                tracing::error!(
                    webhook,
                    prediction,
                    "{MAX_PENDING} messages wait for webhooks; this one is dropped"
                );
            } else if !all.iter().any(|other| other.is_same(&one)) {
                all.push(one);
            }
        }
        write(store, DOCUMENT, &all)
    }

    fn run(&self) {
        let (mut round, mut failures) = (Round::default(), 0);
        while !*locked(&self.is_stopping) {
            let wait = match catch_unwind(AssertUnwindSafe(|| self.send_all(&mut round))) {
                Ok(Ok(())) => {
                    failures = 0;
                    PERIOD.min(self.backoff)
                }
                Ok(Err(error)) => {
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(%error, hint = error.hint(), "cannot read or write the messages for webhooks; trying again");
                    }
                    self.wait_after(failures).max(PERIOD)
                }
                // The panic hook has already reported it.
                Err(_) => {
                    failures += 1;
                    self.wait_after(failures).max(PERIOD)
                }
            };
            let stopping = locked(&self.is_stopping);
            let waited = self
                .changed
                .wait_timeout_while(stopping, wait, |stopping| !*stopping);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Sends what waits, except to receivers that did not answer a short time ago.
    fn send_all(&self, round: &mut Round) -> Result<()> {
        let store = self.store.blocking();
        self.forget(store, round)?;
        for one in pending(store)? {
            if *locked(&self.is_stopping) {
                break;
            }
            let away = round.away.get(&one.webhook).copied();
            if away.is_some_and(|away| away.until > Instant::now()) && !one.is_old() {
                continue;
            }
            if self.send(store, &one)? {
                round.away.remove(&one.webhook);
                round.ended.insert(one);
            } else {
                let failures = away.map_or(0, |away| away.failures) + 1;
                let until = Instant::now() + self.wait_after(failures);
                round.away.insert(one.webhook, Away { failures, until });
            }
            if round.ended.len() >= WRITTEN_AFTER {
                self.forget(store, round)?;
            }
        }
        self.forget(store, round)
    }

    /// Removes the messages that ended.
    fn forget(&self, store: &dyn Store, round: &mut Round) -> Result<()> {
        if round.ended.is_empty() {
            return Ok(());
        }
        let _one_at_a_time = locked(&self.document);
        let mut all = pending(store)?;
        all.retain(|one| !round.ended.contains(one));
        write(store, DOCUMENT, &all)?;
        round.ended.clear();
        Ok(())
    }

    fn wait_after(&self, failures: u32) -> Duration {
        let factor = 1_u32 << failures.saturating_sub(1).min(20);
        self.backoff.saturating_mul(factor).min(MAX_BACKOFF)
    }

    /// Sends a message. Returns false if its receiver has to be tried again later.
    fn send(&self, store: &dyn Store, one: &Pending) -> Result<bool> {
        let (webhook, prediction) = (&one.webhook, one.prediction);
        let Some(receiver) = self.receivers.get(webhook).filter(|_| !one.is_old()) else {
            tracing::error!(
                webhook,
                prediction,
                "a message is dropped: its webhook has no address any more, or the message is older than a day"
            );
            return Ok(true);
        };
        // Both are gone if the text was erased meanwhile. A message is stored just before its entry.
        let text = store.prediction(prediction)?;
        let case = store.cases_of(&[prediction])?.pop();
        let is_erased = text.is_none();
        let Some((text, case)) = text.zip(case) else {
            return Ok(is_erased);
        };
        match receiver.send(&message(webhook, &text, &case)) {
            Outcome::Sent => tracing::info!(webhook, prediction, "a webhook was told about an entry"),
            Outcome::Refused(why) => tracing::error!(
                webhook,
                prediction,
                why,
                "a webhook refused a message; it will not be sent again"
            ),
            Outcome::Trouble(why) => {
                tracing::warn!(
                    webhook,
                    prediction,
                    why,
                    "cannot tell a webhook now; trying again later"
                );
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn pending(store: &dyn Store) -> Result<Vec<Pending>> {
    Ok(read(store, DOCUMENT)?.unwrap_or_default())
}

/// The message about an entry; it stays the same if it is sent again, unless somebody changed the entry.
fn message(webhook: &str, text: &StoredPrediction, case: &Case) -> Message {
    let (prediction, content) = (&text.prediction, &case.content);
    let name = |level: u64, names: &[&'static str]| {
        usize::try_from(level)
            .ok()
            .and_then(|level| names.get(level).copied())
    };
    let reasons: Vec<Value> = content
        .reasons
        .iter()
        .map(|reason| json!({"kind": reason.kind, "words": reason.words}))
        .collect();
    Message {
        id: format!("entry_{}_{webhook}", text.id),
        json: json!({
            "type": "feedback.entry",
            "timestamp": rfc3339(case.created_at),
            "data": {
                "entry_id": case.id,
                "prediction_id": text.id,
                "text": prediction.text,
                "labels": text.effective_labels(),
                "source": prediction.source,
                "at": (!prediction.undated).then(|| rfc3339(prediction.at)),
                "fields": prediction.fields,
                "urgency": name(content.urgency, &Urgency::ALL.map(Urgency::name)),
                "reasons": reasons,
                "rule": content.rule,
                "team": content.team,
                "priority": name(content.priority, &Priority::ALL.map(Priority::name)),
                "due_at": content.due_at.map(rfc3339),
                "tags": content.tags,
            },
        }),
        slack: Value::Null,
    }
}
