//! The threads that classify, and the way to them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use feedback_inference::{BatchLimits, Encoding, Explanation, Occlusion, Prediction};
use tokio::sync::oneshot;

use super::lanes::{Lanes, Waiting};
use super::speed::Speed;
use super::{Lane, Model, ServingError};
use crate::clock::locked;

/// Rows of files wait for people, but not forever.
const BULK_DEADLINE: Duration = Duration::from_secs(3600);

/// How much may wait, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct EngineConfig {
    /// How much goes into a batch, and how many batches are computed at once; what suits a CPU by default.
    pub batch: BatchLimits,
    /// Most tokens that may wait in a lane; 131,072 by default.
    pub max_queued_tokens: usize,
    /// Once the speed of the model is known, no more may wait in a lane than it does in this time, but for a request that
    /// finds the lane empty; 5 s by default. Beside the other lane it takes up to four times as long, which should be less
    /// than `deadline`.
    pub max_wait: Duration,
    /// Most tokens that one explanation may cost, over all variants of its text; 16,384 by default, enough for some 120
    /// words.
    pub max_explain_tokens: usize,
    /// How long a text may take from its admission to its answer; 30 s by default.
    pub deadline: Duration,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            batch: BatchLimits::cpu(),
            max_queued_tokens: 1 << 17,
            max_wait: Duration::from_secs(5),
            max_explain_tokens: 1 << 14,
            deadline: Duration::from_secs(30),
        }
    }
}

/// A model that serves, under the name by which results refer to it.
#[derive(Clone)]
pub struct Served {
    /// Its id in the store.
    pub id: Arc<str>,
    /// The model.
    pub model: Arc<dyn Model>,
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What the engine is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EngineStatus {
    /// Texts that wait in the interactive lane.
    pub interactive: usize,
    /// Texts that wait in the bulk lane.
    pub bulk: usize,
    /// Tokens that wait or are being computed.
    pub tokens: usize,
    /// Measured speed in tokens per second; 0 before the first batch.
    pub tokens_per_second: f64,
    /// Batches computed.
    pub batches: u64,
    /// Texts classified.
    pub texts: u64,
    /// Texts that were refused because too much waited.
    pub refused: u64,
    /// Texts that were passed over because the caller had gone.
    pub cancelled: u64,
    /// Texts that were passed over because their deadline had passed.
    pub expired: u64,
    /// Texts on which the model failed.
    pub failed: u64,
}

/// Results, and the model they are from.
#[derive(Debug)]
pub struct Classified {
    /// The model.
    pub served: Served,
    /// One for each text, in order.
    pub results: Vec<Result<Prediction, ServingError>>,
}

/// A prediction with its reasons.
#[derive(Debug)]
pub struct Explained {
    /// The model.
    pub served: Served,
    /// What it says of the text.
    pub prediction: Prediction,
    /// Which words mattered for that.
    pub explanation: Explanation,
}

/// One text on its way.
struct Item {
    encoding: Encoding,
    served: Served,
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
}

impl Item {
    fn answer(&mut self, result: Result<Prediction, ServingError>) {
        if let Some(answer) = self.answer.take() {
            // Who has gone does not listen.
            let _ = answer.send(result);
        }
    }

    fn is_abandoned(&self) -> bool {
        self.answer.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

struct Shared {
    config: EngineConfig,
    queue: Mutex<Queue>,
    wake: Condvar,
    current: RwLock<Served>,
}

struct Queue {
    lanes: Lanes<Item>,
    status: EngineStatus,
    speed: Speed,
    open: bool,
}

/// Classifies the texts of many callers on threads of its own.
pub struct Engine {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("current", &self.current())
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts the threads, one for each batch at once.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`] if the system gives no threads.
    pub fn start(served: Served, config: EngineConfig) -> crate::Result<Self> {
        let shared = Arc::new(Shared {
            config,
            queue: Mutex::new(Queue {
                lanes: Lanes::new(),
                status: EngineStatus::default(),
                speed: Speed::new(Instant::now()),
                open: true,
            }),
            wake: Condvar::new(),
            current: RwLock::new(served),
        });
        // Made first: if a thread cannot be started, dropping it ends those before.
        let engine = Self {
            shared,
            threads: Mutex::default(),
        };
        for _ in 0..config.batch.at_once.max(1) {
            let shared = Arc::clone(&engine.shared);
            let thread = std::thread::Builder::new()
                .name("classify".into())
                .spawn(move || work(&shared))?;
            locked(&engine.threads).push(thread);
        }
        Ok(engine)
    }

    /// The model that new texts go to.
    pub fn current(&self) -> Served {
        self.shared
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sends new texts to another model. Those that wait already are answered by the one they came for.
    pub fn swap(&self, served: Served) {
        *self
            .shared
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner) = served;
    }

    /// What is waiting and what was done.
    pub fn status(&self) -> EngineStatus {
        let queue = locked(&self.shared.queue);
        EngineStatus {
            interactive: queue.lanes.len(Lane::Interactive),
            bulk: queue.lanes.len(Lane::Bulk),
            ..queue.status
        }
    }

    /// Classifies texts; the results are in their order. Dropping the future withdraws them.
    ///
    /// # Errors
    ///
    /// A [`ServingError`] that concerns all of them: [`ServingError::Overloaded`], [`ServingError::EmptyText`],
    /// [`ServingError::DeadlineExceeded`], [`ServingError::ShuttingDown`].
    pub async fn classify(&self, lane: Lane, texts: Vec<String>) -> Result<Classified, ServingError> {
        let deadline = Instant::now() + self.shared.config.deadline;
        let served = self.current();
        self.check_room(lane, texts.len())?;
        let model = Arc::clone(&served.model);
        let encodings = tokio::task::spawn_blocking(move || encode(&*model, &texts))
            .await
            .map_err(|error| ServingError::ModelFailed(error.to_string()))??;
        let results = self.answers(lane, &served, encodings, deadline).await?;
        Ok(Classified { served, results })
    }

    /// Classifies a text and explains the label: the words that mattered, by leaving out one at a time.
    ///
    /// # Errors
    ///
    /// As [`Engine::classify`]; [`ServingError::ExplainNotAvailable`] where the model cannot be explained or the text has
    /// too many words; and [`ServingError::ModelFailed`] also where it fails on a variant.
    pub async fn explain(&self, text: String) -> Result<Explained, ServingError> {
        let deadline = Instant::now() + self.shared.config.deadline;
        let served = self.current();
        self.check_room(Lane::Interactive, 1)?;
        let model = Arc::clone(&served.model);
        let occlusion = tokio::task::spawn_blocking(move || model.occlusion(&text).map_err(encode_error))
            .await
            .map_err(|error| ServingError::ModelFailed(error.to_string()))??;
        let occlusion = self.affordable(occlusion)?;
        let encodings = occlusion.encodings().to_vec();
        let results = self
            .answers(Lane::Interactive, &served, encodings, deadline)
            .await?;
        let mut predictions = results.into_iter().collect::<Result<Vec<_>, _>>()?;
        let explanation = occlusion.explanation(&predictions[0].predicted_label, &predictions);
        Ok(Explained {
            served,
            prediction: predictions.swap_remove(0),
            explanation,
        })
    }

    fn affordable(&self, occlusion: Option<Occlusion>) -> Result<Occlusion, ServingError> {
        let not_available = |why: String| Err(ServingError::ExplainNotAvailable(why));
        let Some(occlusion) = occlusion else {
            return not_available("this model cannot be explained".into());
        };
        let tokens: usize = occlusion.encodings().iter().map(Encoding::len).sum();
        let most = self.shared.config.max_explain_tokens;
        if tokens > most {
            let words = occlusion.encodings().len() - 1;
            return not_available(format!(
                "leaving out each of {words} words takes {tokens} tokens, at most {most}; explain a part of the text"
            ));
        }
        Ok(occlusion)
    }

    async fn answers(
        &self,
        lane: Lane,
        served: &Served,
        encodings: Vec<Encoding>,
        deadline: Instant,
    ) -> Result<Vec<Result<Prediction, ServingError>>, ServingError> {
        let answers = self.submit(lane, served, encodings, deadline, true)?;
        let mut results = Vec::with_capacity(answers.len());
        for answer in answers {
            match tokio::time::timeout_at(deadline.into(), answer).await {
                Ok(Ok(result)) => results.push(result),
                Ok(Err(_)) => return Err(ServingError::ShuttingDown),
                Err(_) => return Err(ServingError::DeadlineExceeded),
            }
        }
        Ok(results)
    }

    /// Classifies rows of a file on the calling thread, however long that takes. They are never refused, so that requests
    /// with many texts cannot keep a file out: have one such caller at a time, with as many rows as may wait.
    ///
    /// # Errors
    ///
    /// As [`Engine::classify`], apart from the deadline and from too much that waits.
    pub fn classify_bulk(&self, texts: &[String]) -> Result<Classified, ServingError> {
        let served = self.current();
        let encodings = encode(&*served.model, texts)?;
        let answers = self.submit(
            Lane::Bulk,
            &served,
            encodings,
            Instant::now() + BULK_DEADLINE,
            false,
        )?;
        let results = answers
            .into_iter()
            .map(|answer| answer.blocking_recv().map_err(|_| ServingError::ShuttingDown))
            .collect::<Result<_, _>>()?;
        Ok(Classified { served, results })
    }

    /// Ends the threads after the batches they are at; what waits hears [`ServingError::ShuttingDown`].
    pub fn stop(&self) {
        locked(&self.shared.queue).open = false;
        self.shared.wake.notify_all();
        for thread in locked(&self.threads).drain(..) {
            // A panic of that thread was reported when it happened.
            let _ = thread.join();
        }
    }

    /// Refuses early, before any time goes into encoding.
    fn check_room(&self, lane: Lane, n_texts: usize) -> Result<(), ServingError> {
        let mut queue = locked(&self.shared.queue);
        if !queue.open {
            return Err(ServingError::ShuttingDown);
        }
        self.shared.admit(&mut queue, lane, n_texts, n_texts)
    }

    fn submit(
        &self,
        lane: Lane,
        served: &Served,
        encodings: Vec<Encoding>,
        deadline: Instant,
        may_refuse: bool,
    ) -> Result<Vec<oneshot::Receiver<Result<Prediction, ServingError>>>, ServingError> {
        let tokens: usize = encodings.iter().map(Encoding::len).sum();
        let mut queue = locked(&self.shared.queue);
        if !queue.open {
            return Err(ServingError::ShuttingDown);
        }
        if may_refuse {
            self.shared.admit(&mut queue, lane, tokens, encodings.len())?;
        }
        queue.status.tokens += tokens;
        let mut answers = Vec::with_capacity(encodings.len());
        for encoding in encodings {
            let (sender, receiver) = oneshot::channel();
            let item = Item {
                encoding,
                served: served.clone(),
                deadline,
                answer: Some(sender),
            };
            queue.lanes.push(lane, item);
            answers.push(receiver);
        }
        drop(queue);
        self.shared.wake.notify_all();
        Ok(answers)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// Whether so many tokens more can be done in time. When nothing waits in the lane anything is admitted.
    fn admit(
        &self,
        queue: &mut Queue,
        lane: Lane,
        tokens: usize,
        n_texts: usize,
    ) -> Result<(), ServingError> {
        let speed = queue.status.tokens_per_second;
        let in_time = if speed > 0.0 {
            (speed * self.config.max_wait.as_secs_f64()) as usize
        } else {
            usize::MAX
        };
        let waiting = queue.lanes.tokens(lane);
        if waiting == 0 || waiting + tokens <= self.config.max_queued_tokens.min(in_time) {
            return Ok(());
        }
        queue.status.refused += n_texts as u64;
        let seconds = if speed > 0.0 { waiting as f64 / speed } else { 1.0 };
        Err(ServingError::Overloaded {
            retry_after_s: (seconds.ceil() as u64).clamp(1, 60),
        })
    }

    /// Waits for texts. `None` when the engine is to end.
    fn next_batch(&self) -> Option<Vec<Item>> {
        let mut queue = locked(&self.queue);
        loop {
            if !queue.open {
                let waiting: Vec<Item> = queue.lanes.drain().collect();
                queue.status.tokens = 0;
                drop(queue);
                for mut item in waiting {
                    item.answer(Err(ServingError::ShuttingDown));
                }
                return None;
            }
            self.pass_over(&mut queue);
            let BatchLimits {
                max_texts,
                max_tokens,
                ..
            } = self.config.batch;
            let batch = queue.lanes.next_batch(max_texts, max_tokens);
            if !batch.is_empty() {
                queue.speed.begin(Instant::now());
                return Some(batch);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Drops what nobody waits for any more.
    fn pass_over(&self, queue: &mut Queue) {
        let now = Instant::now();
        let Queue { lanes, status, .. } = queue;
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

    fn note(&self, tokens: usize, n_texts: usize, failed: u64) {
        let mut queue = locked(&self.queue);
        let tokens_per_second = queue.speed.end(tokens, Instant::now());
        let status = &mut queue.status;
        status.tokens = status.tokens.saturating_sub(tokens);
        status.batches += 1;
        status.texts += n_texts as u64 - failed;
        status.failed += failed;
        status.tokens_per_second = tokens_per_second;
    }
}

fn encode(model: &dyn Model, texts: &[String]) -> Result<Vec<Encoding>, ServingError> {
    model.encode(texts).map_err(encode_error)
}

fn encode_error(error: feedback_inference::Error) -> ServingError {
    match error {
        feedback_inference::Error::EmptyText { position, count } => {
            ServingError::EmptyText { position, count }
        }
        other => ServingError::ModelFailed(other.to_string()),
    }
}

fn work(shared: &Shared) {
    while let Some(mut batch) = shared.next_batch() {
        let tokens = batch.iter().map(Item::tokens).sum();
        let results = predict_each(&batch);
        let failed = results.iter().filter(|result| result.is_err()).count() as u64;
        // Noted before the answers let the callers look.
        shared.note(tokens, batch.len(), failed);
        for (item, result) in batch.iter_mut().zip(results) {
            item.answer(result);
        }
    }
}

/// One result for each item. A batch that fails is halved until what broke it stands alone.
fn predict_each(batch: &[Item]) -> Vec<Result<Prediction, ServingError>> {
    let Some(first) = batch.first() else {
        return Vec::new();
    };
    let encodings: Vec<&Encoding> = batch.iter().map(|item| &item.encoding).collect();
    let model = &first.served.model;
    // A model holds no state that half a forward pass could spoil.
    let outcome = catch_unwind(AssertUnwindSafe(|| model.predict(&encodings)));
    let problem = match outcome {
        Ok(Ok(predictions)) if predictions.len() == batch.len() => {
            return predictions.into_iter().map(finite).collect();
        }
        Ok(Ok(predictions)) => format!("{} predictions for {} texts", predictions.len(), batch.len()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it panicked".into(),
    };
    if batch.len() == 1 {
        return vec![Err(ServingError::ModelFailed(problem))];
    }
    let (left, right) = batch.split_at(batch.len() / 2);
    let mut results = predict_each(left);
    results.extend(predict_each(right));
    results
}

/// Scores that are no numbers would be stored and drawn as if they were.
fn finite(prediction: Prediction) -> Result<Prediction, ServingError> {
    if prediction.scores.iter().all(|score| score.score.is_finite()) {
        Ok(prediction)
    } else {
        Err(ServingError::ModelFailed(
            "its scores are no finite numbers".into(),
        ))
    }
}
