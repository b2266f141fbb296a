//! The training of an encoder on pairs.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;
use feedback_bert::{BertForSequenceClassification, BertTokenizer};
use feedback_trainer::{
    BoxError, Evaluate, IntervalStrategy, Metrics, StopReason, Trainer, TrainingArguments,
};

use super::objective::ContrastiveObjective;
use super::options::ContrastiveOptions;
use super::pairs::Pairs;
use crate::error::{Error, Result};

/// Returns the model with a trained encoder; its head is unchanged and of no use any more.
///
/// # Errors
///
/// [`Error::Lengths`] if there are no texts, or not one label for each; [`Error::Interrupted`] if `interrupt` was set; an option is
/// out of its range, or the device fails.
pub fn train_contrastive(
    model: BertForSequenceClassification,
    tokenizer: &BertTokenizer,
    texts: &[String],
    labels: &[usize],
    options: &ContrastiveOptions,
    device: &Device,
    interrupt: Arc<AtomicBool>,
) -> Result<BertForSequenceClassification> {
    if texts.is_empty() || texts.len() != labels.len() {
        let (texts, labels) = (texts.len(), labels.len());
        return Err(Error::Lengths { texts, labels });
    }
    let encodings = tokenizer.encode(texts)?;
    let pad_token_id = tokenizer.pad_token_id();
    let data = Pairs::new(
        encodings,
        labels,
        options.pairs_per_text.max(1),
        pad_token_id,
        options.seed,
    );
    let trainer = Trainer::new(arguments(options, texts.len()).check()?, device).with_interrupt(interrupt);
    let objective = ContrastiveObjective::new(model, options.temperature);
    let trained = trainer.train(objective, &data, &mut NoEvaluation)?;
    if trained.stop_reason == StopReason::Interrupted {
        return Err(Error::Interrupted {
            global_step: trained.state.global_step,
        });
    }
    Ok(trained.model.encoder)
}

fn arguments(options: &ContrastiveOptions, texts: usize) -> TrainingArguments {
    let steps = (texts * options.pairs_per_text.max(1)).div_ceil(options.batch_size.max(1));
    let mut arguments = TrainingArguments::default();
    arguments.seed = options.seed;
    arguments.num_train_epochs = 1;
    arguments.max_steps = Some(steps.clamp(1, options.max_steps.max(1)));
    arguments.per_device_train_batch_size = options.batch_size;
    arguments.learning_rate = options.learning_rate;
    arguments.eval_strategy = IntervalStrategy::No;
    arguments.save_strategy = IntervalStrategy::No;
    arguments.load_best_model_at_end = false;
    arguments.metric_for_best_model = "loss".into();
    arguments.greater_is_better = Some(false);
    arguments
}

/// There are too few labelled texts to set some aside. The trainer needs a value to choose the best model by; the last model is kept.
struct NoEvaluation;

impl Evaluate<ContrastiveObjective> for NoEvaluation {
    fn evaluate(&mut self, _: &ContrastiveObjective) -> std::result::Result<Metrics, BoxError> {
        Ok(Metrics::from([("loss".to_owned(), 0.0)]))
    }
}
