//! Times forward passes and training steps of given shapes, for `benches/compare/compare.py`:
//! `cargo run --release --workspace --features feedback-benches/compare --example passes -- config.json`
//!
//! Reads lines such as `forward 8 32`, `forward-int8 8 32` or `step 8 32` (number of texts, tokens per text),
//! and answers each line with the median time of several passes, in seconds. Weights are random; dropout is
//! 0.1 in training steps.

#![expect(clippy::print_stdout, reason = "the program prints its answers")]

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context;
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, activation::log_softmax};
use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::model::ParameterInit;
use feedback_bert::{Batch, BertForSequenceClassification, Encoding};
use feedback_trainer::{
    BoxError, Callback, CallbackResult, Control, Evaluate, IntervalStrategy, Metrics, TrainData, TrainState,
    Trainable, Trainer, TrainingArguments,
};

/// The allocator that the programs use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Passes for one answer; the first two are not counted.
const PASSES: usize = 7;

fn main() -> anyhow::Result<()> {
    let path = std::env::args()
        .nth(1)
        .context("give the path of a config.json as the argument")?;
    let labels: Vec<String> = (0..8).map(|label| format!("label_{label}")).collect();
    let config = BertConfig::encoder_from_file(Path::new(&path))?.with_labels(&labels);
    let device = Device::flex();
    let mut init = ParameterInit::normal(1, 0.02, &device)?;
    let model = BertForSequenceClassification::new(&config, Pooling::Cls, &mut init);
    let in_bytes = model.clone().quantize();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [what, texts, tokens] = words[..] else {
            anyhow::bail!("`{line}` is not `forward`, `forward-int8` or `step` with TEXTS and TOKENS");
        };
        let shape = [texts.parse()?, tokens.parse()?];
        let mut seconds = match what {
            "forward" => forward(&model, shape, &device)?,
            "forward-int8" => forward(&in_bytes, shape, &device)?,
            "step" => steps(&model, shape, &device)?,
            _ => anyhow::bail!("`{what}` is not `forward`, `forward-int8` or `step`"),
        };
        seconds.drain(..2);
        seconds.sort_by(f64::total_cmp);
        println!("{}", seconds[seconds.len() / 2]);
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Returns texts with fixed token ids; the time does not depend on the ids.
fn encodings([texts, tokens]: [usize; 2]) -> Vec<Encoding> {
    let ids = |text: usize| {
        (0..tokens)
            .map(|token| ((text * 31 + token * 17) % 1000 + 5) as u32)
            .collect()
    };
    (0..texts)
        .map(|text| Encoding {
            input_ids: ids(text),
            token_type_ids: vec![0; tokens],
            truncated: false,
            windows: Vec::new(),
        })
        .collect()
}

fn forward(
    model: &BertForSequenceClassification,
    shape: [usize; 2],
    device: &Device,
) -> anyhow::Result<Vec<f64>> {
    let encodings = encodings(shape);
    let pass = || {
        let start = Instant::now();
        let batch = Batch::new(&encodings, 0, device)?;
        model.forward(&batch).try_into_data()?;
        Ok(start.elapsed().as_secs_f64())
    };
    (0..PASSES).map(|_| pass()).collect()
}

/// Returns the seconds of each step of the trainer: forward, backward, clipping, AdamW.
fn steps(
    model: &BertForSequenceClassification,
    shape: [usize; 2],
    device: &Device,
) -> anyhow::Result<Vec<f64>> {
    let mut arguments = TrainingArguments::default();
    arguments.max_steps = Some(PASSES);
    arguments.per_device_train_batch_size = shape[0];
    arguments.eval_strategy = IntervalStrategy::No;
    arguments.save_strategy = IntervalStrategy::No;
    arguments.metric_for_best_model = "loss".into();
    arguments.greater_is_better = Some(false);
    let times = Times::default();
    let data = Data(encodings(shape));
    let objective = Objective { model: model.clone() };
    Trainer::new(arguments.check()?, device)
        .with_callback(times.clone())
        .train(objective, &data, &mut Nothing)?;
    let times = times.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(times
        .chunks_exact(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64())
        .collect())
}

#[derive(Module, Debug)]
struct Objective {
    model: BertForSequenceClassification,
}

impl Trainable for Objective {
    type Batch = (Batch, Tensor<2, Int>);

    fn loss(&self, (batch, labels): Self::Batch) -> Tensor<1> {
        log_softmax(self.model.forward(&batch), 1)
            .gather(1, labels)
            .sum()
            .neg()
    }
}

/// The texts of one batch.
struct Data(Vec<Encoding>);

impl TrainData<Objective> for Data {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn length(&self, index: usize) -> usize {
        self.0[index].len()
    }

    fn batch(&self, indices: &[usize], device: &Device) -> Result<(Batch, Tensor<2, Int>), BoxError> {
        let encodings: Vec<&Encoding> = indices.iter().map(|&index| &self.0[index]).collect();
        let labels = Tensor::zeros([indices.len(), 1], device);
        Ok((Batch::new(&encodings, 0, device)?, labels))
    }
}

struct Nothing;

impl<M> Evaluate<M> for Nothing {
    fn evaluate(&mut self, _model: &M) -> Result<Metrics, BoxError> {
        Ok([("loss".to_owned(), 0.0)].into())
    }
}

/// Records the start and the end of each step, alternating.
#[derive(Default, Clone)]
struct Times(Arc<Mutex<Vec<Instant>>>);

impl Times {
    fn note(&self) -> CallbackResult {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Instant::now());
        Ok(Control::CONTINUE)
    }
}

impl Callback for Times {
    fn name(&self) -> &str {
        "times"
    }

    fn on_step_begin(&mut self, _state: &TrainState) -> CallbackResult {
        self.note()
    }

    fn on_step_end(&mut self, _state: &TrainState) -> CallbackResult {
        self.note()
    }
}
