//! Alerts about spikes. A separate thread sends them, so no request waits.
//!
//! There is at most one alert per category and day. It is stored before it is sent, and the store also records to which receivers
//! it was sent. So a restart does not lose an alert. It repeats one only if the server was killed after a receiver responded and
//! before this was stored. If sending fails, the alert is sent again after 1 s, 2 s, 4 s and so on, at most 15 minutes apart,
//! until the end of the next day.

mod message;
mod receiver;
mod url;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::auth::WebhookSecrets;
use crate::clock::{DAY_MS, locked, now_ms};
use crate::error::Result;
use crate::spikes::{DAYS, spikes};
use crate::store::StoreHandle;
use feedback_store::{Alert, Filter};

pub(crate) use message::{Message, slack_text};
pub(crate) use receiver::{Outcome, Receiver, receivers};
pub use url::AlertUrl;

/// The longest wait between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(15 * 60);

/// Who receives alerts, and what counts as a spike.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AlertConfig {
    /// The address that receives alerts as JSON; none by default. Alerts are signed with the first webhook secret, so this address
    /// requires one.
    pub url: Option<AlertUrl>,
    /// The address that receives alerts as messages of Slack's incoming webhooks, `{"text": …}`; none by default.
    pub slack_url: Option<AlertUrl>,
    /// The addresses of the webhooks that rules of the inbox can name, by their names: 1 to 40 ASCII letters, digits, `-` and `_`; none by
    /// default. Messages contain the text, and are signed like alerts, so opening the server without a webhook secret is an error.
    pub rule_webhooks: BTreeMap<String, AlertUrl>,
    /// A daily count below this is never a spike; 10 by default.
    pub min_count: u64,
    /// The time between two checks; 5 minutes by default.
    pub every: Duration,
    /// The delay after the first failure to send; doubled after each further failure; 1 s by default.
    pub backoff: Duration,
}

impl Default for AlertConfig {
    fn default() -> Self {
        Self {
            url: None,
            slack_url: None,
            rule_webhooks: BTreeMap::new(),
            min_count: 10,
            every: Duration::from_secs(300),
            backoff: Duration::from_secs(1),
        }
    }
}

/// The thread that finds spikes and sends alerts.
#[derive(Debug)]
pub(crate) struct Alerts {
    signal: Arc<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Signal {
    stop: Mutex<bool>,
    wake: Condvar,
}

impl Alerts {
    /// Starts the thread; `None` if there is no receiver.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::error::Error::Invalid) if alerts must be signed, but there is no webhook secret.
    pub(crate) fn open(
        config: &AlertConfig,
        secrets: Option<&WebhookSecrets>,
        store: StoreHandle,
    ) -> Result<Option<Self>> {
        let receivers = receivers(config.url.as_ref(), config.slack_url.as_ref(), secrets, "alerts")?;
        if receivers.is_empty() {
            return Ok(None);
        }
        let signal = Arc::new(Signal::default());
        let mut work = Work {
            config: config.clone(),
            store,
            receivers: receivers.into_iter().map(Outbox::new).collect(),
            signal: Arc::clone(&signal),
        };
        let thread = std::thread::Builder::new()
            .name("alerts".into())
            .spawn(move || work.run())?;
        Ok(Some(Self {
            signal,
            thread: Mutex::new(Some(thread)),
        }))
    }

    /// Asks the thread to end, without waiting for it.
    pub(crate) fn begin_stop(&self) {
        *locked(&self.signal.stop) = true;
        self.signal.wake.notify_all();
    }

    /// Ends the thread. Waits until the current receiver has responded or timed out.
    pub(crate) fn stop(&self) {
        self.begin_stop();
        if let Some(thread) = locked(&self.thread).take() {
            // A panic of the thread has already been reported.
            let _ = thread.join();
        }
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Work {
    config: AlertConfig,
    store: StoreHandle,
    receivers: Vec<Outbox>,
    signal: Arc<Signal>,
}

/// A receiver, and when to try it again.
struct Outbox {
    receiver: Receiver,
    failures: u32,
    /// When to send again; `None` unless the last attempt failed.
    retry_at: Option<Instant>,
}

impl Outbox {
    fn new(receiver: Receiver) -> Self {
        Self {
            receiver,
            failures: 0,
            retry_at: None,
        }
    }
}

impl Work {
    fn run(&mut self) {
        let mut look_at = Instant::now();
        while !*locked(&self.signal.stop) {
            let now = Instant::now();
            let looked = now >= look_at;
            if looked {
                if let Err(error) = self.look() {
                    tracing::error!(%error, hint = error.hint(), "cannot search for spikes");
                }
                look_at = now + self.config.every;
            }
            let mut wake_at = look_at;
            for index in 0..self.receivers.len() {
                let outbox = &self.receivers[index];
                if outbox.retry_at.map_or(looked, |at| now >= at)
                    && let Err(error) = self.send(index)
                {
                    tracing::error!(%error, hint = error.hint(), "cannot read or update the unsent alerts");
                }
                wake_at = self.receivers[index]
                    .retry_at
                    .map_or(wake_at, |at| wake_at.min(at));
            }
            self.wait_until(wake_at);
        }
    }

    /// Stores today's new spikes.
    fn look(&self) -> Result<()> {
        let now = now_ms();
        let day = now.div_euclid(DAY_MS);
        let filter = Filter {
            from: Some((day - DAYS) * DAY_MS),
            to: Some((day + 1) * DAY_MS),
            ..Filter::default()
        };
        let store = self.store.blocking();
        for spike in spikes(&store.overview(&filter)?.days, day, self.config.min_count) {
            let alert = Alert {
                label: spike.label,
                day,
                count: spike.count,
                median: spike.median,
                mad: spike.mad,
                score: spike.score,
                at: now,
            };
            let (label, count, median) = (alert.label.clone(), alert.count, alert.median);
            if store.add_alert(alert)? {
                tracing::warn!(category = label, count, median, "a category spikes");
            }
        }
        Ok(())
    }

    /// Sends the unsent alerts to one receiver, until sending fails.
    fn send(&mut self, index: usize) -> Result<()> {
        let Some(outbox) = self.receivers.get_mut(index) else {
            return Ok(());
        };
        outbox.retry_at = None;
        let name = outbox.receiver.name();
        let yesterday = now_ms().div_euclid(DAY_MS) - 1;
        let store = self.store.blocking();
        for alert in store.unsent_alerts(name, yesterday)? {
            if *locked(&self.signal.stop) {
                return Ok(());
            }
            match outbox.receiver.send(&Message::of(&alert)) {
                Outcome::Sent => tracing::info!(receiver = name, category = alert.label, "an alert was sent"),
                Outcome::Refused(why) => {
                    tracing::error!(
                        receiver = name,
                        why,
                        "a receiver refused an alert; the alert will not be sent again"
                    );
                }
                Outcome::Trouble(why) => {
                    let factor = 1_u32 << outbox.failures.min(20);
                    let backoff = self.config.backoff.saturating_mul(factor).min(MAX_BACKOFF);
                    outbox.failures += 1;
                    outbox.retry_at = Some(Instant::now() + backoff);
                    tracing::warn!(
                        receiver = name,
                        why,
                        seconds = backoff.as_secs(),
                        "cannot send an alert now; trying again later"
                    );
                    return Ok(());
                }
            }
            outbox.failures = 0;
            store.alert_sent(name, &alert.label, alert.day)?;
        }
        Ok(())
    }

    fn wait_until(&self, at: Instant) {
        let stop = locked(&self.signal.stop);
        let left = at.saturating_duration_since(Instant::now());
        let waited = self.signal.wake.wait_timeout_while(stop, left, |stop| !*stop);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}
