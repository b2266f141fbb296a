//! The engine runs one model for the texts of many callers.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use feedback_inference::{Encoding, Occlusion, PredictionCache};

use super::config::EngineConfig;
use super::counts::PredictionCounts;
use super::error::ServingError;
use super::known::Known;
use super::lanes::{Caller, Lane};
use super::model::Model;
use super::prediction::Prediction;
use super::queue::{EngineStatus, Queue};
use super::served::{Classified, Explained, Served};
use super::worker::worker_loop;
use crate::clock::locked;
use crate::error::Result;
use crate::turns::Turns;

/// The deadline for rows of files. It is long because interactive texts go first.
const BULK_DEADLINE: Duration = Duration::from_secs(3600);

/// Classifies the texts of many callers on worker threads.
pub struct Engine {
    config: EngineConfig,
    queue: Arc<Queue>,
    /// Limits how many requests of one caller are encoded at a time.
    turns: Turns<Caller>,
    current: RwLock<Current>,
    counts: PredictionCounts,
    /// Locked by the caller of [`Engine::classify_bulk`] whose turn it is.
    bulk: Mutex<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The model that new texts go to, and its newest predictions.
#[derive(Clone)]
struct Current {
    served: Served,
    cache: Arc<PredictionCache<Prediction>>,
}

impl Current {
    fn new(served: Served, config: EngineConfig) -> Self {
        Self {
            served,
            cache: Arc::new(PredictionCache::new(config.cache_bytes)),
        }
    }
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
    /// Starts the worker threads, one for each batch that may be computed at once.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`] if the system cannot create a thread.
    pub fn start(served: Served, config: EngineConfig) -> Result<Self> {
        // Created first: if a thread cannot be started, dropping the engine ends the threads started before.
        let engine = Self {
            config,
            queue: Arc::new(Queue::new(config)),
            turns: Turns::new(std::thread::available_parallelism().map_or(1, usize::from) / 2),
            counts: PredictionCounts::new(served.model.labels()),
            current: RwLock::new(Current::new(served, config)),
            bulk: Mutex::default(),
            threads: Mutex::default(),
        };
        for _ in 0..config.batch.at_once.max(1) {
            let queue = Arc::clone(&engine.queue);
            let thread = std::thread::Builder::new()
                .name("classify".into())
                .spawn(move || worker_loop(&queue))?;
            locked(&engine.threads).push(thread);
        }
        Ok(engine)
    }

    /// Returns the model that classifies new texts.
    pub fn current(&self) -> Served {
        self.with_cache().served
    }

    fn with_cache(&self) -> Current {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Uses another model for new texts. Texts that are already waiting are classified by the previous model.
    pub fn swap(&self, served: Served) {
        self.counts.begin(served.model.labels());
        let current = Current::new(served, self.config);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
    }

    /// Returns what is waiting, and the counts since the start.
    pub fn status(&self) -> EngineStatus {
        self.queue.status()
    }

    /// Returns the counts of predictions.
    pub(crate) fn counts(&self) -> &PredictionCounts {
        &self.counts
    }

    /// Classifies texts. Returns the results in the order of the texts. Dropping the future cancels the texts.
    ///
    /// # Errors
    ///
    /// Errors that concern all texts: [`ServingError::Overloaded`], [`ServingError::EmptyText`],
    /// [`ServingError::DeadlineExceeded`], [`ServingError::ShuttingDown`], and [`ServingError::ModelFailed`] if the texts cannot
    /// be encoded.
    pub async fn classify(
        &self,
        lane: Lane,
        caller: Caller,
        texts: Vec<String>,
    ) -> Result<Classified, ServingError> {
        let deadline = Instant::now() + self.config.deadline;
        let Current { served, cache } = self.with_cache();
        let mut known = Known::look_up(&cache, &texts);
        self.queue.record_cache(known.hits(), known.new_texts().len());
        if !known.new_texts().is_empty() {
            self.queue.check_room(lane, caller, known.new_texts().len())?;
            let (model, texts) = (Arc::clone(&served.model), known.new_texts().to_vec());
            let encodings = self
                .in_turn(caller, deadline, move || encode(&*model, &texts))
                .await;
            let encodings = encodings.map_err(|error| known.in_all_texts(error))?;
            let results = self.answers((lane, caller), &served, encodings, deadline).await?;
            known.add(&cache, results);
        }
        Ok(self.counted(served, known.into_results()))
    }

    /// Classifies a text and explains a label: finds the words that mattered by leaving out one word at a time. Without a `label`,
    /// explains the first label of the text or, if it has none, the one with the highest score.
    ///
    /// # Errors
    ///
    /// The errors of [`Engine::classify`]; [`ServingError::UnknownLabel`]; [`ServingError::ExplainNotAvailable`] if the model
    /// cannot be explained or the text has too many words; [`ServingError::ModelFailed`] if the model fails on the text or on a
    /// variant of the text.
    pub async fn explain(
        &self,
        caller: Caller,
        text: String,
        label: Option<String>,
    ) -> Result<Explained, ServingError> {
        let deadline = Instant::now() + self.config.deadline;
        let served = self.current();
        if let Some(label) = label
            .as_ref()
            .filter(|label| !served.model.labels().contains(label))
        {
            return Err(ServingError::UnknownLabel(label.clone()));
        }
        self.queue.check_room(Lane::Interactive, caller, 1)?;
        let model = Arc::clone(&served.model);
        let occlusion = self
            .in_turn(caller, deadline, move || {
                model.occlusion(&text).map_err(encode_error)
            })
            .await?;
        let occlusion = self.affordable(occlusion)?;
        let encodings = occlusion.encodings().to_vec();
        let results = self
            .answers((Lane::Interactive, caller), &served, encodings, deadline)
            .await?;
        let mut predictions = results.into_iter().collect::<Result<Vec<_>, _>>()?;
        let scores = predictions.iter().map(|one| one.scores.as_slice());
        let explanation = occlusion.explanation(&label.unwrap_or_else(|| top_label(&predictions[0])), scores);
        self.counts.add_one(&predictions[0]);
        Ok(Explained {
            served,
            prediction: predictions.swap_remove(0),
            explanation,
        })
    }

    /// Waits for a turn of the caller and runs `work`, which encodes texts, on a blocking thread. A caller may use half of the
    /// cores.
    async fn in_turn<T: Send + 'static>(
        &self,
        caller: Caller,
        deadline: Instant,
        work: impl FnOnce() -> Result<T, ServingError> + Send + 'static,
    ) -> Result<T, ServingError> {
        let turn = tokio::time::timeout_at(deadline.into(), self.turns.wait(caller)).await;
        let turn = turn.map_err(|_| ServingError::DeadlineExceeded)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn; // kept until the work is done, even if the caller is gone
            work()
        });
        done.await
            .map_err(|error| ServingError::ModelFailed(error.to_string()))?
    }

    fn affordable(&self, occlusion: Option<Occlusion>) -> Result<Occlusion, ServingError> {
        let not_available = |why: String| Err(ServingError::ExplainNotAvailable(why));
        let Some(occlusion) = occlusion else {
            return not_available("this model cannot be explained".into());
        };
        let tokens: usize = occlusion.encodings().iter().map(Encoding::len).sum();
        let max = self.config.max_explain_tokens;
        if tokens > max {
            let words = occlusion.encodings().len() - 1;
            return not_available(format!(
                "leaving out each of {words} words takes {tokens} tokens, the maximum is {max}; explain a part of the text"
            ));
        }
        Ok(occlusion)
    }

    async fn answers(
        &self,
        place: (Lane, Caller),
        served: &Served,
        encodings: Vec<Encoding>,
        deadline: Instant,
    ) -> Result<Vec<Result<Prediction, ServingError>>, ServingError> {
        let pending = self.queue.submit(place, served, encodings, deadline)?;
        let mut results = Vec::with_capacity(pending.len());
        for result in pending {
            match tokio::time::timeout_at(deadline.into(), result).await {
                Ok(Ok(result)) => results.push(result),
                Ok(Err(_)) => return Err(ServingError::ShuttingDown),
                Err(_) => return Err(ServingError::DeadlineExceeded),
            }
        }
        Ok(results)
    }

    /// Classifies rows of a file, or stored texts, and blocks until they are done. The texts are never refused, so that requests with many
    /// texts cannot block a file. Callers take turns; give no more texts than may wait in a lane.
    ///
    /// # Errors
    ///
    /// The errors of [`Engine::classify`], except [`ServingError::Overloaded`] and [`ServingError::DeadlineExceeded`].
    pub fn classify_bulk(&self, texts: &[String]) -> Result<Classified, ServingError> {
        let _turn = locked(&self.bulk);
        let Current { served, cache } = self.with_cache();
        let mut known = Known::look_up(&cache, texts);
        self.queue.record_cache(known.hits(), known.new_texts().len());
        let encodings = encode(&*served.model, known.new_texts());
        let encodings = encodings.map_err(|error| known.in_all_texts(error))?;
        let place = (Lane::Bulk, Caller::Server);
        let deadline = Instant::now() + BULK_DEADLINE;
        let pending = self.queue.submit(place, &served, encodings, deadline)?;
        let results = pending
            .into_iter()
            .map(|result| result.blocking_recv().map_err(|_| ServingError::ShuttingDown))
            .collect::<Result<_, _>>()?;
        known.add(&cache, results);
        Ok(self.counted(served, known.into_results()))
    }

    fn counted(&self, served: Served, results: Vec<Result<Prediction, ServingError>>) -> Classified {
        self.counts.add(&results);
        Classified { served, results }
    }

    /// Ends the threads after their current batches. Waiting texts get [`ServingError::ShuttingDown`].
    pub fn stop(&self) {
        self.queue.close();
        for thread in locked(&self.threads).drain(..) {
            // A panic of the thread was already reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns the label to explain: the given one with the highest score or, if none is given, the one with the highest score.
fn top_label(prediction: &Prediction) -> String {
    let given = prediction.labels.first();
    let label = given.or(prediction.scores.first().map(|score| &score.label));
    label.cloned().unwrap_or_default()
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
