//! The queue of texts that wait for the model: admission, batches and counts.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use feedback_inference::{BatchLimits, Encoding};
use tokio::sync::oneshot;

use super::config::EngineConfig;
use super::error::ServingError;
use super::lanes::{Caller, Lane, Lanes, Waiting};
use super::prediction::Prediction;
use super::served::Served;
use super::speed::Speed;
use crate::clock::locked;

/// The channel that receives the result of a text.
pub(crate) type Pending = oneshot::Receiver<Result<Prediction, ServingError>>;

/// What is waiting in the engine, and counts since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EngineStatus {
    /// Texts waiting in the interactive lane.
    pub interactive: usize,
    /// Texts waiting in the bulk lane.
    pub bulk: usize,
    /// Tokens waiting or being computed.
    pub tokens: usize,
    /// How long the text that waits longest has waited, in seconds; 0 if none waits.
    pub oldest_s: f64,
    /// Measured speed in tokens per second; 0 before the first batch.
    pub tokens_per_second: f64,
    /// Batches computed.
    pub batches: u64,
    /// Texts classified.
    pub texts: u64,
    /// Texts answered with a cached prediction, without the model.
    pub cache_hits: u64,
    /// Texts without a cached prediction.
    pub cache_misses: u64,
    /// Texts refused because too many were waiting.
    pub refused: u64,
    /// Texts skipped because the caller was gone.
    pub cancelled: u64,
    /// Texts skipped because their deadline had passed.
    pub expired: u64,
    /// Texts on which the model failed.
    pub failed: u64,
}

/// One waiting text.
pub(crate) struct Item {
    pub(crate) encoding: Encoding,
    pub(crate) served: Served,
    caller: Caller,
    queued_at: Instant,
    deadline: Instant,
    answer: Option<oneshot::Sender<Result<Prediction, ServingError>>>,
}

impl Waiting for Item {
    fn tokens(&self) -> usize {
        self.encoding.len()
    }

    fn key(&self) -> usize {
        Arc::as_ptr(&self.served.model).cast::<()>() as usize
    }

    fn caller(&self) -> Caller {
        self.caller
    }
}

impl Item {
    pub(crate) fn answer(&mut self, result: Result<Prediction, ServingError>) {
        if let Some(answer) = self.answer.take() {
            // The receiver may have been dropped.
            let _ = answer.send(result);
        }
    }

    fn is_abandoned(&self) -> bool {
        self.answer.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

/// The waiting texts, shared by the callers and the worker threads.
pub(crate) struct Queue {
    config: EngineConfig,
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    lanes: Lanes<Item>,
    status: EngineStatus,
    speed: Speed,
    open: bool,
}

impl Queue {
    pub(crate) fn new(config: EngineConfig) -> Self {
        Self {
            config,
            state: Mutex::new(State {
                lanes: Lanes::new(),
                status: EngineStatus::default(),
                speed: Speed::new(Instant::now()),
                open: true,
            }),
            wake: Condvar::new(),
        }
    }

    pub(crate) fn status(&self) -> EngineStatus {
        let state = locked(&self.state);
        let oldest = state.lanes.iter().map(|item| item.queued_at).min();
        EngineStatus {
            oldest_s: oldest.map_or(0.0, |at| at.elapsed().as_secs_f64()),
            interactive: state.lanes.len(Lane::Interactive),
            bulk: state.lanes.len(Lane::Bulk),
            ..state.status
        }
    }

    /// Refuses texts before they are encoded if they would not fit into the lane even with one token each.
    pub(crate) fn check_room(&self, lane: Lane, caller: Caller, n_texts: usize) -> Result<(), ServingError> {
        let mut state = locked(&self.state);
        if !state.open {
            return Err(ServingError::ShuttingDown);
        }
        self.admit(&mut state, (lane, caller), n_texts, n_texts)
    }

    /// Adds texts to a lane. Texts of clients are refused if they cannot be classified in time. Returns one receiver for each text.
    pub(crate) fn submit(
        &self,
        (lane, caller): (Lane, Caller),
        served: &Served,
        encodings: Vec<Encoding>,
        deadline: Instant,
    ) -> Result<Vec<Pending>, ServingError> {
        let tokens: usize = encodings.iter().map(Encoding::len).sum();
        let mut state = locked(&self.state);
        if !state.open {
            return Err(ServingError::ShuttingDown);
        }
        if caller != Caller::Server {
            self.admit(&mut state, (lane, caller), tokens, encodings.len())?;
        }
        state.status.tokens += tokens;
        let mut pending = Vec::with_capacity(encodings.len());
        for encoding in encodings {
            let (sender, receiver) = oneshot::channel();
            let item = Item {
                encoding,
                served: served.clone(),
                caller,
                queued_at: Instant::now(),
                deadline,
                answer: Some(sender),
            };
            state.lanes.push(lane, item);
            pending.push(receiver);
        }
        drop(state);
        self.wake.notify_all();
        Ok(pending)
    }

    /// Closes the queue: no more texts are admitted, and waiting texts get [`ServingError::ShuttingDown`].
    pub(crate) fn close(&self) {
        locked(&self.state).open = false;
        self.wake.notify_all();
    }

    /// Returns [`ServingError::Overloaded`] if this many more tokens exceed the limits: `max_queued_tokens` and `max_wait` for the
    /// tokens of the caller, and twice these limits for the tokens of all callers. If nothing waits in the lane, all are admitted.
    fn admit(
        &self,
        state: &mut State,
        (lane, caller): (Lane, Caller),
        tokens: usize,
        n_texts: usize,
    ) -> Result<(), ServingError> {
        let speed = state.status.tokens_per_second;
        let in_time = if speed > 0.0 {
            (speed * self.config.max_wait.as_secs_f64()) as usize
        } else {
            usize::MAX
        };
        let (own, waiting) = state.lanes.tokens(lane, caller);
        let most = self.config.max_queued_tokens.min(in_time);
        let has_room = own + tokens <= most && waiting + tokens <= most.saturating_mul(2);
        if waiting == 0 || has_room {
            return Ok(());
        }
        state.status.refused += n_texts as u64;
        let seconds = if speed > 0.0 { waiting as f64 / speed } else { 1.0 };
        Err(ServingError::Overloaded {
            retry_after_s: (seconds.ceil() as u64).clamp(1, 60),
        })
    }

    /// Waits for texts and returns the next batch; `None` once the queue is closed.
    pub(crate) fn next_batch(&self) -> Option<Vec<Item>> {
        let BatchLimits {
            max_texts,
            max_tokens,
            ..
        } = self.config.batch;
        let mut state = locked(&self.state);
        while state.open {
            state.skip_abandoned(Instant::now());
            let batch = state.lanes.next_batch(max_texts, max_tokens);
            if !batch.is_empty() {
                state.speed.begin(Instant::now());
                return Some(batch);
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let waiting: Vec<Item> = state.lanes.drain().collect();
        state.status.tokens = 0;
        drop(state);
        for mut item in waiting {
            item.answer(Err(ServingError::ShuttingDown));
        }
        None
    }

    /// Counts texts with and without a cached prediction.
    pub(crate) fn record_cache(&self, hits: usize, misses: usize) {
        let mut state = locked(&self.state);
        state.status.cache_hits += hits as u64;
        state.status.cache_misses += misses as u64;
    }

    /// Updates the counts and the speed after a batch was computed.
    pub(crate) fn record(&self, tokens: usize, n_texts: usize, failed: u64) {
        let mut state = locked(&self.state);
        let tokens_per_second = state.speed.end(tokens, Instant::now());
        let status = &mut state.status;
        status.tokens = status.tokens.saturating_sub(tokens);
        status.batches += 1;
        status.texts += n_texts as u64 - failed;
        status.failed += failed;
        status.tokens_per_second = tokens_per_second;
    }
}

impl State {
    /// Drops texts whose caller is gone or whose deadline has passed.
    fn skip_abandoned(&mut self, now: Instant) {
        let Self { lanes, status, .. } = self;
        lanes.retain(|item| {
            let abandoned = item.is_abandoned();
            if !abandoned && now < item.deadline {
                return true;
            }
            status.tokens = status.tokens.saturating_sub(item.tokens());
            if abandoned {
                status.cancelled += 1;
            } else {
                status.expired += 1;
                item.answer(Err(ServingError::DeadlineExceeded));
            }
            false
        });
    }
}
