//! Posts entries of the inbox to the webhooks that rules name.
//!
//! What is to be sent is stored before the entry is added, and removed once a receiver has it. So a restart loses nothing; it may repeat a
//! message, whose id stays the same. If sending fails, it is tried again after 1 s, 2 s, 4 s and so on, at most 15 minutes apart, for a day.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

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

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    prediction: i64,
    webhook: String,
    failures: u32,
    /// When to try next, and since when it waits; milliseconds since 1970.
    next_at: i64,
    since: i64,
}

impl Pending {
    fn is_same(&self, other: &Self) -> bool {
        (self.prediction, &self.webhook) == (other.prediction, &other.webhook)
    }
}

/// What became of an attempt to send.
enum Sent {
    /// Nothing remains to be done.
    Ended,
    Later,
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

    /// Starts the thread, if there is something to send or to say about messages that wait.
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

    /// Notes that these webhooks are to be told about texts.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn tell(&self, store: &dyn Store, texts: Vec<(i64, Vec<String>)>) -> Result<()> {
        let now = now_ms();
        let new = texts.into_iter().flat_map(|(prediction, webhooks)| {
            webhooks.into_iter().map(move |webhook| Pending {
                prediction,
                webhook,
                failures: 0,
                next_at: now,
                since: now,
            })
        });
        let new: Vec<Pending> = new.collect();
        if new.is_empty() {
            return Ok(());
        }
        let _one_at_a_time = locked(&self.document);
        let mut all = pending(store)?;
        for one in new {
            if all.iter().any(|other| other.is_same(&one)) {
                continue;
            }
            if all.len() >= MAX_PENDING {
                tracing::error!(
                    webhook = one.webhook,
                    prediction = one.prediction,
                    "{MAX_PENDING} messages wait for webhooks; this one is dropped"
                );
                continue;
            }
            all.push(one);
        }
        write(store, DOCUMENT, &all)
    }

    fn run(&self) {
        let mut failures = 0;
        while !*locked(&self.is_stopping) {
            match self.send_all() {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(%error, hint = error.hint(), "cannot read the messages for webhooks; trying again");
                    }
                }
            }
            let stopping = locked(&self.is_stopping);
            let waited = self
                .changed
                .wait_timeout_while(stopping, PERIOD.min(self.backoff), |stopping| !*stopping);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Sends what is due.
    fn send_all(&self) -> Result<()> {
        let store = self.store.blocking();
        for one in pending(store)? {
            if *locked(&self.is_stopping) {
                return Ok(());
            }
            if one.next_at > now_ms() {
                continue;
            }
            let sent = self.send(store, &one)?;
            let _one_at_a_time = locked(&self.document);
            let mut all = pending(store)?;
            match sent {
                Sent::Ended => all.retain(|other| !other.is_same(&one)),
                Sent::Later => {
                    for other in all.iter_mut().filter(|other| other.is_same(&one)) {
                        other.failures += 1;
                        other.next_at = now_ms() + self.wait_after(other.failures).as_millis() as i64;
                    }
                }
            }
            write(store, DOCUMENT, &all)?;
        }
        Ok(())
    }

    fn wait_after(&self, failures: u32) -> Duration {
        let factor = 1_u32 << failures.saturating_sub(1).min(20);
        self.backoff.saturating_mul(factor).min(MAX_BACKOFF)
    }

    fn send(&self, store: &dyn Store, one: &Pending) -> Result<Sent> {
        let (webhook, prediction) = (&one.webhook, one.prediction);
        let Some(receiver) = self.receivers.get(webhook) else {
            tracing::error!(
                webhook,
                prediction,
                "a rule names a webhook without an address; its message is dropped"
            );
            return Ok(Sent::Ended);
        };
        // Both are gone if the text was erased meanwhile.
        let text = store.prediction(prediction)?;
        let case = store.cases_of(&[prediction])?.pop();
        let Some((text, case)) = text.zip(case) else {
            let is_new = now_ms() - one.since < DAY_MS / 24;
            return Ok(if is_new && store.prediction(prediction)?.is_some() {
                Sent::Later
            } else {
                Sent::Ended
            });
        };
        match receiver.send(&message(webhook, &text, &case)) {
            Outcome::Sent => tracing::info!(webhook, prediction, "a webhook was told about an entry"),
            Outcome::Refused(why) => tracing::error!(
                webhook,
                prediction,
                why,
                "a webhook refused a message; it will not be sent again"
            ),
            Outcome::Trouble(why) if now_ms() - one.since > DAY_MS => tracing::error!(
                webhook,
                prediction,
                why,
                "a webhook took no message for a day; it will not be sent again"
            ),
            Outcome::Trouble(why) => {
                tracing::warn!(
                    webhook,
                    prediction,
                    why,
                    "cannot tell a webhook now; trying again later"
                );
                return Ok(Sent::Later);
            }
        }
        Ok(Sent::Ended)
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
