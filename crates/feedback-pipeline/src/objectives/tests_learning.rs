//! Compares our trainer with Hugging Face's, update by update (`fixtures/generate/learning_golden.py`).

use std::cell::Cell;
use std::collections::BTreeSet;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use feedback_bert::BertTokenizer;
use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::weights::{MissingHead, load_weights};
use feedback_testkit::{fixture_json, shared, slow_tests};
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable, Trainer, TrainingArguments};
use serde_json::Value;

use crate::data::Examples;
use crate::objectives::classification::{ClassificationObjective, EncodedExamples};

/// Returns batches in the order of the rows and ignores the requested indices.
struct InOrder {
    data: EncodedExamples,
    given: Cell<usize>,
}

impl TrainData<ClassificationObjective> for InOrder {
    fn len(&self) -> usize {
        self.data.len()
    }

    fn length(&self, index: usize) -> usize {
        self.data.length(index)
    }

    fn batch(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> Result<<ClassificationObjective as Trainable>::Batch, BoxError> {
        let start = self.given.get();
        self.given.set(start + indices.len());
        let rows: Vec<usize> = (start..start + indices.len()).collect();
        self.data.batch(&rows, device)
    }
}

/// Evaluates nothing: the test only looks at the training losses.
struct NoEvaluation;

impl<M> Evaluate<M> for NoEvaluation {
    fn evaluate(&mut self, _model: &M) -> Result<Metrics, BoxError> {
        Ok([("loss".to_owned(), 0.0)].into())
    }
}

/// Sets the head to the weights of the reference: weight\[label\]\[j\] = ((31 label + 17 j) mod 23 − 11) / 50, bias 0.
struct FormulaHead {
    hidden: usize,
    labels: usize,
}

impl ModuleMapper for FormulaHead {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let dims = param.dims();
        let values: Vec<f32> = if dims.as_slice() == [self.hidden, self.labels] {
            let value = |j: usize, label: usize| ((label * 31 + j * 17) % 23) as f64 - 11.0;
            let all = (0..self.hidden).flat_map(|j| (0..self.labels).map(move |label| (j, label)));
            all.map(|(j, label)| (value(j, label) / 50.0) as f32).collect()
        } else if dims.as_slice() == [self.labels] {
            vec![0.0; self.labels]
        } else {
            return param;
        };
        let device = param.device();
        param.map(|_| Tensor::from_data(TensorData::new(values, dims), &device))
    }
}

#[test]
fn fifty_updates_match_the_losses_of_transformers() {
    let (Some(folder), Some(data)) = (
        shared("weights/all-MiniLM-L6-v2"),
        shared("data/banking77/train.jsonl"),
    ) else {
        return;
    };
    if !slow_tests() {
        println!("skipped: 50 updates take minutes; RUN_SLOW_TESTS=1 runs them");
        return;
    }
    let golden = fixture_json("golden/learning/minilm_banking77.json");
    let expected: Vec<f64> = serde_json::from_value(golden["losses"].clone()).unwrap();
    let chosen: Vec<usize> = serde_json::from_value(golden["rows"].clone()).unwrap();
    let text = fs_err::read_to_string(data).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let label = |row: &Value| row["label"].as_str().unwrap().to_owned();
    let names: Vec<String> = rows
        .iter()
        .map(label)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let examples = Examples {
        texts: chosen
            .iter()
            .map(|&row| rows[row]["text"].as_str().unwrap().to_owned())
            .collect(),
        labels: chosen
            .iter()
            .map(|&row| names.iter().position(|name| *name == label(&rows[row])).unwrap())
            .collect(),
        path: "banking77".into(),
        lines: chosen.iter().map(|&row| row as u64 + 1).collect(),
    };

    let mut config = BertConfig::from_file(&folder.join("config.json"))
        .unwrap()
        .with_labels(&names);
    (config.hidden_dropout_prob, config.attention_probs_dropout_prob) = (0.0, 0.0);
    let device = Device::flex();
    let head = MissingHead::Initialise { seed: 0 };
    let weights = folder.join("model.safetensors");
    let (model, _) = load_weights(&weights, &config, Pooling::Cls, head, &device).unwrap();
    let model = model.map(&mut FormulaHead {
        hidden: config.hidden_size,
        labels: names.len(),
    });
    let tokenizer = BertTokenizer::from_folder(&folder, 64).unwrap();
    let data = InOrder {
        data: EncodedExamples::new(&examples, &tokenizer).unwrap(),
        given: Cell::new(0),
    };
    let mut arguments = TrainingArguments::default();
    arguments.max_steps = Some(expected.len());
    arguments.per_device_train_batch_size = 16;
    arguments.learning_rate = 2e-5;
    arguments.weight_decay = 0.01;
    arguments.warmup_steps = Some(0);
    arguments.logging_steps = 1;
    arguments.group_by_length = false;
    arguments.metric_for_best_model = "loss".into();
    arguments.greater_is_better = Some(false);
    let trainer = Trainer::new(arguments.check().unwrap(), &device);
    let trained = trainer
        .train(
            ClassificationObjective::new(
                model,
                feedback_trainer::losses::ClassificationLoss::cross_entropy(),
            ),
            &data,
            &mut NoEvaluation,
        )
        .unwrap();
    let logged = trained.state.log_history.iter();
    let losses: Vec<f64> = logged
        .filter(|entry| entry.values.contains_key("grad_norm"))
        .map(|entry| entry.values["loss"])
        .collect();
    assert_eq!(losses.len(), expected.len());
    let differences = losses
        .iter()
        .zip(&expected)
        .map(|(ours, theirs)| (ours - theirs).abs());
    let worst = differences.fold(0.0, f64::max);
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let fall = mean(&losses[..5]) - mean(&losses[45..]);
    println!(
        "largest difference {worst:e}; loss from {:.4} to {:.4}, decrease of the mean {fall:.4}",
        losses[0], losses[49]
    );
    assert!(worst <= 1e-3, "{worst:e}: {losses:?}");
    assert!(fall >= 0.1, "{fall}");
}
