//! The serving core: the result for one text must not depend on other requests.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use feedback_bert::DeviceChoice;
use feedback_inference::{Classifier, Encoding, Score};
use feedback_server::{Caller, Engine, EngineConfig, Lane, Model, Prediction, Served, ServingError};
use feedback_testkit::{fixture, shared};

const CALLER: Caller = Caller::Client(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// A model controlled by the test. A text costs one token per byte.
#[derive(Default)]
struct Fake {
    labels: Vec<String>,
    delay: Duration,
    /// While true, the model waits.
    gate: Option<Arc<AtomicBool>>,
    batches: AtomicUsize,
    texts: AtomicUsize,
}

impl Fake {
    fn named(label: &str) -> Self {
        Self {
            labels: vec![label.to_owned()],
            ..Self::default()
        }
    }
}

/// The token on which the fake model fails, and the token on which it panics.
const POISON: u32 = b'!' as u32;
const PANIC: u32 = b'?' as u32;

impl Model for Fake {
    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        Ok(texts
            .iter()
            .map(|text| Encoding {
                input_ids: text.bytes().map(u32::from).collect(),
                token_type_ids: vec![0; text.len()],
                truncated: false,
                windows: Vec::new(),
            })
            .collect())
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        while self.gate.as_ref().is_some_and(|gate| gate.load(Ordering::SeqCst)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(self.delay);
        let has = |token| {
            encodings
                .iter()
                .any(|encoding| encoding.input_ids.contains(&token))
        };
        assert!(!has(PANIC), "planted");
        if has(POISON) {
            return Err(feedback_inference::Error::Device("planted".into()));
        }
        self.batches.fetch_add(1, Ordering::SeqCst);
        self.texts.fetch_add(encodings.len(), Ordering::SeqCst);
        Ok(encodings
            .iter()
            .map(|encoding| Prediction {
                answers: Vec::new(),
                labels: self.labels.clone(),
                confidence: encoding.len() as f64,
                margin: 1.0,
                abstained: None,
                abstain_reason: None,
                unknown_share: 0.0,
                scores: vec![Score {
                    label: self.labels[0].clone(),
                    score: 1.0,
                }],
                truncated: false,
                windows: None,
                unfamiliarity: None,
                unfamiliar: None,
            })
            .collect())
    }
}

fn served(id: &str, model: Fake) -> (Served, Arc<Fake>) {
    let model = Arc::new(model);
    let served = Served {
        id: id.into(),
        model: Arc::clone(&model) as Arc<dyn Model>,
    };
    (served, model)
}

/// Starts an engine without a cache, because these tests send the same texts again.
fn engine(model: Fake, mut config: EngineConfig) -> (Arc<Engine>, Arc<Fake>) {
    config.cache_bytes = 0;
    with_cache(model, config)
}

fn with_cache(model: Fake, config: EngineConfig) -> (Arc<Engine>, Arc<Fake>) {
    let (served, model) = served("first", model);
    (Arc::new(Engine::start(served, config).unwrap()), model)
}

/// One batch after another, so that waiting texts can be distinguished from computed ones.
fn one_at_a_time() -> EngineConfig {
    let mut config = EngineConfig::default();
    config.batch.at_once = 1;
    config
}

async fn one(engine: &Engine, text: &str) -> Result<Prediction, ServingError> {
    let mut classified = engine
        .classify(Lane::Interactive, CALLER, vec![text.to_owned()])
        .await?;
    classified.results.remove(0)
}

/// Scores in a batch with other texts and alone agree within 1e-5.
async fn batched_equals_alone(folder: &Path, texts: Vec<String>) {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let classifier = Classifier::load(folder, &device).unwrap();
    let alone: Vec<Prediction> = texts
        .iter()
        .map(|text| classifier.predict(text).unwrap().into())
        .collect();
    let served = Served {
        id: "real".into(),
        model: Arc::new(classifier),
    };
    let mut config = EngineConfig::default();
    config.cache_bytes = 0;
    let engine = Arc::new(Engine::start(served, config).unwrap());
    let all = engine.classify(Lane::Bulk, CALLER, texts.clone()).await.unwrap();
    let together: Vec<Prediction> = all.results.into_iter().map(Result::unwrap).collect();
    let mut tasks = Vec::new();
    for text in texts {
        let engine = Arc::clone(&engine);
        tasks.push(tokio::spawn(async move { one(&engine, &text).await.unwrap() }));
    }
    for ((task, together), alone) in tasks.into_iter().zip(&together).zip(&alone) {
        let crowd = task.await.unwrap();
        for other in [together, &crowd] {
            for expected in &alone.scores {
                let found = other
                    .scores
                    .iter()
                    .find(|score| score.label == expected.label)
                    .unwrap();
                assert!(
                    (found.score - expected.score).abs() < 1e-5,
                    "{found:?} and {expected:?}"
                );
            }
        }
    }
    let status = engine.status();
    assert!(
        status.batches < status.texts,
        "no batch had more than one text: {status:?}"
    );
}

fn texts_of_many_lengths() -> Vec<String> {
    let words = "the app crashes when I open it and then it shows an empty page instead of my data thank you";
    let words: Vec<&str> = words.split(' ').collect();
    (0..80)
        .map(|index| {
            let n = 1 + (index * 7) % 60;
            (0..n)
                .map(|at| words[(index + at) % words.len()])
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_equals_its_texts_alone_with_the_tiny_model() {
    batched_equals_alone(&fixture("tiny-bert"), texts_of_many_lengths()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_equals_its_texts_alone_with_minilm() {
    use feedback_bert::ModelFolder;
    use feedback_bert::config::Pooling;
    use feedback_bert::folder::{FeedbackManifest, load_for_fine_tuning};

    let Some(base) = shared("weights/all-MiniLM-L6-v2") else {
        return;
    };
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let labels = ["bug", "praise", "question"].map(str::to_owned);
    let start = load_for_fine_tuning(&base, &labels, Pooling::Mean, 128, 42, &device).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let manifest = FeedbackManifest::new(128, Pooling::Mean, "all-MiniLM-L6-v2", 42);
    let folder_in_memory = ModelFolder::new(start.config, start.tokenizer, start.model, manifest);
    folder_in_memory.save(&path).unwrap();
    batched_equals_alone(&path, texts_of_many_lengths().into_iter().take(24).collect()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_text_that_breaks_a_batch_fails() {
    let gate = Arc::new(AtomicBool::new(true));
    let model = Fake {
        gate: Some(Arc::clone(&gate)),
        ..Fake::named("fine")
    };
    let (engine, _) = engine(model, one_at_a_time());
    let first = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { one(&engine, "first").await }
    });
    // The model is blocked by one text, so all others wait together.
    wait_for(|| engine.status().tokens == 5 && engine.status().interactive == 0).await;
    let mut tasks = Vec::new();
    for index in 0..20 {
        let engine = Arc::clone(&engine);
        let text = match index {
            7 => "bad!".to_owned(),
            13 => "bad?".to_owned(),
            _ => "fine".to_owned(),
        };
        tasks.push(tokio::spawn(async move { one(&engine, &text).await }));
    }
    wait_for(|| engine.status().interactive == 20).await;
    gate.store(false, Ordering::SeqCst);
    assert!(first.await.unwrap().is_ok());
    for (index, task) in tasks.into_iter().enumerate() {
        let result = task.await.unwrap();
        let is_poison = index == 7 || index == 13;
        assert_eq!(
            matches!(result, Err(ServingError::ModelFailed(_))),
            is_poison,
            "{index}: {result:?}"
        );
    }
    assert_eq!(engine.status().failed, 2);
    assert_eq!(engine.status().tokens, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_are_computed_in_parallel() {
    let gate = Arc::new(AtomicBool::new(true));
    let model = Fake {
        gate: Some(Arc::clone(&gate)),
        ..Fake::named("fine")
    };
    let mut config = one_at_a_time();
    config.batch.at_once = 3;
    let (engine, _) = engine(model, config);
    let seen = Arc::clone(&engine);
    let mut tasks = Vec::new();
    for taken in 1..=3 {
        let engine = Arc::clone(&engine);
        tasks.push(tokio::spawn(async move { one(&engine, "text").await }));
        // The model blocks on each text, and the next text is still accepted.
        wait_for(|| seen.status().tokens == 4 * taken && seen.status().interactive == 0).await;
    }
    gate.store(false, Ordering::SeqCst);
    for task in tasks {
        assert!(task.await.unwrap().is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn excess_texts_are_refused_and_admitted_texts_are_classified() {
    let gate = Arc::new(AtomicBool::new(true));
    let model = Fake {
        gate: Some(Arc::clone(&gate)),
        ..Fake::named("fine")
    };
    let mut config = one_at_a_time();
    config.max_queued_tokens = 100;
    let (engine, model) = engine(model, config);
    let mut tasks = Vec::new();
    for _ in 0..50 {
        let engine = Arc::clone(&engine);
        tasks.push(tokio::spawn(async move { one(&engine, "ten tokens").await }));
    }
    wait_for(|| engine.status().refused > 0 && engine.status().tokens >= 100).await;
    gate.store(false, Ordering::SeqCst);
    let (mut done, mut refused) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => done += 1,
            Err(ServingError::Overloaded { retry_after_s }) => {
                assert!((1..=60).contains(&retry_after_s));
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(done >= 10 && refused > 0, "{done} done, {refused} refused");
    assert_eq!(model.texts.load(Ordering::SeqCst), done);
    assert!(one(&engine, "later again").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_with_many_texts_do_not_block_rows_of_files() {
    let gate = Arc::new(AtomicBool::new(true));
    let model = Fake {
        gate: Some(Arc::clone(&gate)),
        ..Fake::named("fine")
    };
    let mut config = one_at_a_time();
    config.max_queued_tokens = 100;
    let (engine, _) = engine(model, config);
    let requests: Vec<_> = (0..50)
        .map(|_| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move {
                engine
                    .classify(Lane::Bulk, CALLER, vec!["ten tokens".to_owned()])
                    .await
            })
        })
        .collect();
    wait_for(|| engine.status().refused > 0).await;
    let file = {
        let engine = Arc::clone(&engine);
        tokio::task::spawn_blocking(move || engine.classify_bulk(&vec!["a row of a file".to_owned(); 30]))
    };
    wait_for(|| engine.status().bulk >= 30).await;
    gate.store(false, Ordering::SeqCst);
    let classified = file.await.unwrap().unwrap();
    assert!(classified.results.iter().all(Result::is_ok));
    for request in requests {
        let _ = request.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_callers_that_are_gone_are_skipped() {
    let gate = Arc::new(AtomicBool::new(true));
    let model = Fake {
        gate: Some(Arc::clone(&gate)),
        ..Fake::named("fine")
    };
    let (engine, model) = engine(model, one_at_a_time());
    let asked = |text: &'static str| {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move { one(&engine, text).await })
    };
    let first = asked("first");
    wait_for(|| engine.status().tokens == 5 && engine.status().interactive == 0).await;
    let gone = asked("gone");
    let stays = asked("stays");
    wait_for(|| engine.status().interactive == 2).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    gate.store(false, Ordering::SeqCst);
    assert!(first.await.unwrap().is_ok());
    assert!(stays.await.unwrap().is_ok());
    assert_eq!(engine.status().cancelled, 1);
    assert_eq!(model.texts.load(Ordering::SeqCst), 2);
    assert_eq!(engine.status().tokens, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_the_waiting() {
    let gate = Arc::new(AtomicBool::new(true));
    let model = Fake {
        gate: Some(Arc::clone(&gate)),
        ..Fake::named("fine")
    };
    let mut config = one_at_a_time();
    config.deadline = Duration::from_millis(100);
    let (engine, _) = engine(model, config);
    let began = Instant::now();
    assert_eq!(
        one(&engine, "text").await.unwrap_err(),
        ServingError::DeadlineExceeded
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    gate.store(false, Ordering::SeqCst);
    wait_for(|| engine.status().tokens == 0).await;
    assert!(one(&engine, "text").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn interactive_texts_go_before_files_and_files_never_starve() {
    let model = Fake {
        delay: Duration::from_millis(2),
        ..Fake::named("fine")
    };
    let mut config = one_at_a_time();
    config.batch.max_texts = 1;
    let (engine, _) = engine(model, config);
    let bulk = {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move {
            engine
                .classify(Lane::Bulk, CALLER, vec!["row".to_owned(); 30])
                .await
        })
    };
    // Requests keep arriving while the file is processed; the file must still finish.
    let mut waits = Vec::new();
    let people: Vec<_> = (0..4)
        .map(|_| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move {
                let mut longest = Duration::ZERO;
                for _ in 0..60 {
                    let began = Instant::now();
                    one(&engine, "person").await.unwrap();
                    longest = longest.max(began.elapsed());
                }
                longest
            })
        })
        .collect();
    let results = tokio::time::timeout(Duration::from_secs(20), bulk)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(results.results.len(), 30);
    for person in people {
        waits.push(person.await.unwrap());
    }
    // Waiting for all 30 rows would take at least 60 ms per request; waiting for four or five texts takes about 10 ms.
    assert!(
        waits.iter().all(|wait| *wait < Duration::from_secs(2)),
        "{waits:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_model_takes_over_without_dropping_requests() {
    let model = Fake {
        delay: Duration::from_millis(1),
        ..Fake::named("first")
    };
    let (engine, _) = engine(model, one_at_a_time());
    let running = Arc::new(AtomicBool::new(true));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (engine, running) = (Arc::clone(&engine), Arc::clone(&running));
            tokio::spawn(async move {
                let mut n = 0;
                while running.load(Ordering::SeqCst) {
                    let classified = engine
                        .classify(Lane::Interactive, CALLER, vec!["text".into()])
                        .await
                        .unwrap();
                    // The result comes from the model it names, never from a mixture.
                    let label = &classified.results[0].as_ref().unwrap().labels[0];
                    assert_eq!(**label, *classified.served.id);
                    n += 1;
                }
                n
            })
        })
        .collect();
    for round in 0..20 {
        let id = if round % 2 == 0 { "second" } else { "first" };
        engine.swap(served(id, Fake::named(id)).0);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.store(false, Ordering::SeqCst);
    let mut total = 0;
    for client in clients {
        total += client.await.unwrap();
    }
    assert!(total > 20, "{total}");
    assert_eq!(engine.status().failed + engine.status().refused, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_texts_get_an_error_when_the_engine_stops() {
    let gate = Arc::new(AtomicBool::new(true));
    let model = Fake {
        gate: Some(Arc::clone(&gate)),
        ..Fake::named("fine")
    };
    let (engine, _) = engine(model, one_at_a_time());
    let first = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { one(&engine, "first").await }
    });
    wait_for(|| engine.status().tokens == 5 && engine.status().interactive == 0).await;
    let second = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { one(&engine, "second").await }
    });
    wait_for(|| engine.status().interactive == 1).await;
    let stopping = tokio::task::spawn_blocking({
        let engine = Arc::clone(&engine);
        move || engine.stop()
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    gate.store(false, Ordering::SeqCst);
    stopping.await.unwrap();
    assert!(first.await.unwrap().is_ok());
    assert_eq!(second.await.unwrap().unwrap_err(), ServingError::ShuttingDown);
    assert_eq!(
        one(&engine, "third").await.unwrap_err(),
        ServingError::ShuttingDown
    );
}

async fn wait_for(mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the condition was not met in time"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_text_that_comes_again_is_not_computed_again() {
    let (engine, model) = with_cache(Fake::named("first"), EngineConfig::default());
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let classify = async |given: &[&str]| {
        let classified = engine
            .classify(Lane::Interactive, CALLER, texts(given))
            .await
            .unwrap();
        let lengths = classified
            .results
            .into_iter()
            .map(|result| result.unwrap().confidence);
        (classified.served.id, lengths.collect::<Vec<f64>>())
    };
    assert_eq!(classify(&["a", "bcd"]).await.1, [1.0, 3.0]);
    assert_eq!(classify(&["xy", "bcd", "a"]).await.1, [2.0, 3.0, 1.0]);
    assert_eq!(engine.classify_bulk(&texts(&["bcd"])).unwrap().results.len(), 1);
    assert_eq!(model.texts.load(Ordering::SeqCst), 3);
    let status = engine.status();
    assert_eq!((status.cache_hits, status.cache_misses), (3, 3));
    // A failure is not cached, and another model starts with an empty cache.
    for _ in 0..2 {
        assert!(one(&engine, "fails!").await.is_err());
    }
    engine.swap(served("second", Fake::named("second")).0);
    assert_eq!(classify(&["a"]).await, ("second".into(), vec![1.0]));
}
