//! Token classification as a training objective.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, activation::log_softmax};
use feedback_bert::token_classification::{BertForTokenClassification, LabelledSpan, token_labels};
use feedback_bert::{Batch, BertTokenizer, Encoding};
use feedback_trainer::{BoxError, TrainData, Trainable};

use crate::error::Result;

/// A BERT token classifier with cross-entropy loss. The loss of a text is the mean over its labelled tokens.
#[derive(Module, Debug)]
pub struct TokenClassificationObjective {
    /// The network.
    pub model: BertForTokenClassification,
}

/// A batch of texts with labelled tokens.
#[derive(Debug)]
pub struct TokenBatch {
    /// The texts.
    pub batch: Batch,
    /// The labelled tokens, as row indices into the batch.
    pub rows: Tensor<1, Int>,
    /// The class id of each labelled token.
    pub labels: Tensor<1, Int>,
    /// For each labelled token, 1 divided by the number of labelled tokens in its text.
    pub weights: Tensor<1>,
}

impl Trainable for TokenClassificationObjective {
    type Batch = TokenBatch;

    fn loss(&self, batch: TokenBatch) -> Tensor<1> {
        let [count] = batch.labels.dims();
        let scores = log_softmax(self.model.forward(&batch.batch), 1); // [tokens, labels]
        let chosen = scores
            .select(0, batch.rows)
            .gather(1, batch.labels.reshape([count, 1])); // [count, 1]
        (chosen.reshape([count]) * batch.weights).sum().neg()
    }
}

/// Texts with labelled spans, tokenised once.
#[derive(Debug, Clone)]
pub struct EncodedSpans {
    encodings: Vec<Encoding>,
    labels: Vec<Vec<Option<usize>>>,
    pad_token_id: u32,
}

impl EncodedSpans {
    /// Tokenises all texts. Words outside all spans, and spans with a label that is not in `labels`, count as `O`.
    ///
    /// # Errors
    ///
    /// The errors of [`BertTokenizer::encode`], and [`feedback_bert::Error::Config`] if `labels` has no `O`.
    pub fn new(
        examples: &[(String, Vec<LabelledSpan>)],
        labels: &[String],
        tokenizer: &BertTokenizer,
    ) -> Result<Self> {
        let mut all = Self {
            encodings: Vec::new(),
            labels: Vec::new(),
            pad_token_id: tokenizer.pad_token_id(),
        };
        for (text, spans) in examples {
            let (encoding, tokens) = tokenizer.encode_with_spans(text)?;
            let ids = token_labels(labels, &tokens, spans).ok_or_else(|| feedback_bert::Error::Config {
                field: "labels",
                expected: "BIO labels that include `O`".into(),
                found: format!("`{}`", labels.join("`, `")),
            })?;
            all.encodings.push(encoding);
            all.labels.push(ids);
        }
        Ok(all)
    }
}

impl TrainData<TokenClassificationObjective> for EncodedSpans {
    fn len(&self) -> usize {
        self.encodings.len()
    }

    fn length(&self, index: usize) -> usize {
        self.encodings[index].len()
    }

    fn batch(&self, indices: &[usize], device: &Device) -> std::result::Result<TokenBatch, BoxError> {
        let encodings: Vec<&Encoding> = indices.iter().map(|&index| &self.encodings[index]).collect();
        let batch = Batch::new(&encodings, self.pad_token_id, device)?;
        let (mut rows, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (&index, &first) in indices.iter().zip(batch.sequences.first_rows()) {
            let labelled = self.labels[index].iter().flatten().count();
            for (token, label) in self.labels[index].iter().enumerate() {
                let Some(label) = label else { continue };
                rows.push((first + token) as i32);
                labels.push(*label as i32);
                weights.push(1.0 / labelled as f32);
            }
        }
        if rows.is_empty() {
            return Err("no text in the batch has a labelled token".into());
        }
        Ok(TokenBatch {
            batch,
            rows: Tensor::from_ints(rows.as_slice(), device),
            labels: Tensor::from_ints(labels.as_slice(), device),
            weights: Tensor::from_floats(weights.as_slice(), device),
        })
    }
}

#[cfg(test)]
mod tests {
    use feedback_bert::token_classification::TokenClassifier;
    use feedback_testkit::fixture;
    use feedback_trainer::{Evaluate, Metrics, Trainer, TrainingArguments};

    use super::*;

    struct NoEvaluation;

    impl<M> Evaluate<M> for NoEvaluation {
        fn evaluate(&mut self, _model: &M) -> std::result::Result<Metrics, BoxError> {
            Ok([("loss".to_owned(), 0.0)].into())
        }
    }

    /// Texts in which the word after `the` is always a product.
    fn examples() -> Vec<(String, Vec<LabelledSpan>)> {
        let words = ["app", "page", "file", "export", "form", "list"];
        words
            .iter()
            .map(|word| {
                let span = LabelledSpan {
                    label: "product".into(),
                    start: 8,
                    end: 8 + word.len(),
                    score: 1.0,
                };
                (format!("fix the {word} now"), vec![span])
            })
            .collect()
    }

    #[test]
    fn the_trainer_learns_spans() {
        let device = Device::flex();
        let labels = ["O", "B-product", "I-product"].map(str::to_owned);
        let folder = fixture("family/bert-token");
        let (mut classifier, _) = TokenClassifier::for_fine_tuning(&folder, &labels, 32, 1, &device).unwrap();
        let examples = examples();
        let data = EncodedSpans::new(&examples, &labels, &classifier.tokenizer).unwrap();
        let mut arguments = TrainingArguments::default();
        arguments.max_steps = Some(60);
        arguments.learning_rate = 5e-3;
        arguments.per_device_train_batch_size = 3;
        arguments.metric_for_best_model = "loss".into();
        arguments.greater_is_better = Some(false);
        arguments.num_train_epochs = 30;
        arguments.eval_strategy = feedback_trainer::IntervalStrategy::Steps;
        arguments.eval_steps = 1000; // evaluates only at the end, so that the last state is the best
        let objective = TokenClassificationObjective {
            model: classifier.model.clone(),
        };
        let trained = Trainer::new(arguments.check().unwrap(), &device)
            .train(objective, &data, &mut NoEvaluation)
            .unwrap();
        classifier.model = trained.model.model;
        for (text, spans) in &examples {
            let found = classifier.predict(&[text], &device).unwrap().remove(0);
            let places: Vec<_> = found.iter().map(|span| (span.start, span.end)).collect();
            assert_eq!(places, [(spans[0].start, spans[0].end)], "{text}");
        }
    }
}
