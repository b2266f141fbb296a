//! Fine-tunes a pretrained encoder with a callback that ends the run at a target accuracy:
//! `cargo run --release --example fine_tune -- fixtures/feedback.jsonl fixtures/tiny-bert target/tuned 0.25`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::path::PathBuf;

use anyhow::Context;
use feedback_pipeline::data::{DataFiles, DataOptions};
use feedback_pipeline::train::{BaseModel, TrainOptions, train};
use feedback_trainer::{Callback, CallbackResult, Control, Metrics, TrainState};

/// Ends the run once the validation accuracy is high enough.
struct Until {
    accuracy: f64,
}

impl Callback for Until {
    fn name(&self) -> &str {
        "until"
    }

    fn on_evaluate(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        let accuracy = metrics.get("accuracy").copied().unwrap_or_default();
        println!("epoch {}: accuracy {accuracy:.3}", state.epoch);
        Ok(if accuracy >= self.accuracy {
            Control::STOP
        } else {
            Control::CONTINUE
        })
    }
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, base, output, accuracy] = arguments.as_slice() else {
        anyhow::bail!("give the data, the base model, the output folder and the accuracy as arguments");
    };
    let accuracy = accuracy.parse().context("the accuracy is not a number")?;
    let output = PathBuf::from(output);

    let data = DataOptions::new(DataFiles::Single(data.into()));
    let mut options = TrainOptions::new(data, BaseModel::parse(base)?, output.join("model"));
    options.run_dir = Some(output.join("run"));
    options.model.max_length = 48;
    options.arguments.num_train_epochs = 20;
    options.arguments.learning_rate = 2e-3;

    let callbacks: Vec<Box<dyn Callback>> = vec![Box::new(Until { accuracy })];
    let summary = train(&options, callbacks, &mut |_| ())?;
    println!("model {}, ended: {}", summary.model.display(), summary.stopped_by);
    Ok(())
}
