//! Measures how well each task is learnt.

use burn::tensor::Device;
use feedback_bert::batch::batch_by_tokens;
use feedback_trainer::{BoxError, Evaluate, Metrics};

use super::data::TaskTexts;
use super::objective::{MultiTaskObjective, Targets};
use super::reading::Task;

/// Measures a model on validation texts. `loss` is the mean of the weighted losses of the texts. Each task
/// has `NAME_accuracy`; a multi-label task has `NAME_f1` instead, micro-averaged, for labels with a
/// probability above 0.5.
#[derive(Debug)]
pub(crate) struct TaskEvaluator {
    texts: TaskTexts,
    names: Vec<String>,
    batch_size: usize,
    device: Device,
}

/// The metric of one task as the fraction `right / of`. For accuracy, these are the correct answers and all
/// answers. For F1, `right` is twice the number of correctly predicted labels, and `of` is the number of true
/// labels plus the number of predicted labels.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    right: f64,
    of: f64,
}

impl TaskEvaluator {
    /// Creates an evaluator on `texts`.
    pub(crate) fn new(texts: TaskTexts, tasks: &[Task], batch_size: usize, device: &Device) -> Self {
        let kind = |task: &Task| if task.multi_label { "f1" } else { "accuracy" };
        Self {
            texts,
            names: tasks
                .iter()
                .map(|task| format!("{}_{}", task.name, kind(task)))
                .collect(),
            batch_size,
            device: device.clone(),
        }
    }
}

impl Evaluate<MultiTaskObjective> for TaskEvaluator {
    fn evaluate(&mut self, model: &MultiTaskObjective) -> std::result::Result<Metrics, BoxError> {
        let lengths = self.texts.text_lengths();
        let mut loss = 0.0;
        let mut counts = vec![Count::default(); self.names.len()];
        for texts in batch_by_tokens(&lengths, self.batch_size, usize::MAX) {
            let batch = self.texts.batch_of_texts(&texts, &self.device)?;
            for (targets, logits) in batch.targets.iter().zip(model.logits(&batch)) {
                let sum: f32 = model.task_loss(targets, logits.clone()).try_into_scalar()?;
                loss += f64::from(sum);
                let count = &mut counts[targets.task];
                let (right, of) = match &targets.targets {
                    Targets::Classes(ids) => {
                        let [answers] = ids.dims();
                        let guesses = logits.argmax(1).reshape([answers]);
                        let right: f32 = guesses.equal(ids.clone()).float().sum().try_into_scalar()?;
                        (f64::from(right), answers as f64)
                    }
                    Targets::Sets(sets) => {
                        let guesses = logits.greater_elem(0.0).float();
                        let both: f32 = (guesses.clone() * sets.clone()).sum().try_into_scalar()?;
                        let all: f32 = (guesses + sets.clone()).sum().try_into_scalar()?;
                        (2.0 * f64::from(both), f64::from(all))
                    }
                };
                count.right += right;
                count.of += of;
            }
        }
        let measured = self.names.iter().zip(counts).filter(|(_, count)| count.of > 0.0);
        let mut metrics: Metrics = measured
            .map(|(name, count)| (name.clone(), count.right / count.of))
            .collect();
        metrics.insert("loss".into(), loss / lengths.len().max(1) as f64);
        Ok(metrics)
    }
}
