//! Text classification.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Device, Tensor, TensorData};

use crate::batch::Batch;
use crate::config::{BertConfig, Pooling};
use crate::head::{Head, Task};
use crate::model::{BertModel, BertPooler, ParameterInit, dense, mean_pool};

/// A text classifier of the BERT family: Hugging Face's `BertForSequenceClassification`,
/// `RobertaForSequenceClassification` and so on, or a variant of these with mean pooling.
#[derive(Module, Debug)]
pub struct BertForSequenceClassification {
    pub(crate) bert: BertModel,
    dropout: Dropout,
    pub(crate) classifier: Linear,
    #[module(skip)]
    pooling: Pooling,
}

impl BertForSequenceClassification {
    /// Creates a classifier with weights from `init`.
    pub fn new(config: &BertConfig, pooling: Pooling, init: &mut ParameterInit) -> Self {
        Self {
            bert: BertModel::new(config, pooling == Pooling::Cls, init),
            dropout: DropoutConfig::new(config.head_dropout()).init(),
            classifier: init.linear(config.hidden_size, config.num_labels()),
            pooling,
        }
    }

    /// Returns the logits: one score per label, before softmax.
    ///
    /// # Shapes
    ///
    /// - output: `[texts, num_labels]`
    pub fn forward(&self, batch: &Batch) -> Tensor<2> {
        self.classify(self.pool(batch))
    }

    /// Returns the logits for the pooled vectors of texts, `[texts, width]`.
    pub fn classify(&self, pooled: Tensor<2>) -> Tensor<2> {
        dense(&self.classifier, self.dropout.forward(pooled))
    }

    /// Returns the logits for the hidden states of the last block, `[tokens, hidden]`.
    pub(crate) fn head(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let pooled = match &self.bert.pooler {
            Some(pooler) => {
                let rows = batch.first_tokens(&hidden.device());
                pooler.forward(hidden.select(0, rows))
            }
            None => mean_pool(hidden, &batch.sequences),
        };
        dense(&self.classifier, self.dropout.forward(pooled)) // [texts, labels]
    }

    /// Returns the pooled vector of each text, which is the input of the classifier, `[texts, hidden]`.
    pub fn pool(&self, batch: &Batch) -> Tensor<2> {
        match &self.bert.pooler {
            Some(pooler) => pooler.forward(self.bert.first_hidden_states(batch)),
            None => mean_pool(self.bert.forward(batch), &batch.sequences),
        }
    }

    /// Returns the model with the same encoder and a new head (classifier and, if there is one, pooler) from
    /// `init`.
    pub fn with_new_head(mut self, config: &BertConfig, init: &mut ParameterInit) -> Self {
        if self.bert.pooler.is_some() {
            self.bert.pooler = Some(BertPooler::new(config, init));
        }
        self.classifier = init.linear(config.hidden_size, config.num_labels());
        self
    }

    /// Returns the model with this classifier: weights `[width, labels]`, row-major, and one bias per label.
    ///
    /// # Panics
    ///
    /// If the number of weights is not `width` × `labels`.
    #[must_use]
    pub fn with_classifier(mut self, weights: Vec<f32>, bias: Vec<f32>, device: &Device) -> Self {
        let (width, labels) = (self.width(), bias.len());
        let weights = TensorData::new(weights, [width, labels]);
        let bias = TensorData::new(bias, [labels]);
        self.classifier = Linear {
            weight: Param::from_tensor(Tensor::from_data(weights, device)),
            bias: Some(Param::from_tensor(Tensor::from_data(bias, device))),
        };
        self
    }

    /// Returns the number of elements of the pooled vector of a text.
    pub fn width(&self) -> usize {
        let [width, _] = self.classifier.weight.dims();
        width
    }

    /// Returns the model with the dense layers of its blocks in 8 bits, for inference: see
    /// [`feedback_kernels::quantize`]. Embeddings and head stay in `f32`. Such a model cannot be trained.
    pub fn quantize(mut self) -> Self {
        self.bert.map_weights(feedback_kernels::quantize);
        self
    }

    /// Returns the model with all weights in `f32`. Rounding by [`quantize`](Self::quantize) is not undone.
    pub(crate) fn dequantize(mut self) -> Self {
        self.bert.map_weights(Tensor::dequantize);
        self
    }

    /// Returns how the model pools the vectors of the tokens.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// Returns the encoder.
    pub fn encoder(&self) -> &BertModel {
        &self.bert
    }
}

impl Head for BertForSequenceClassification {
    const TASK: Task = Task::SequenceClassification;

    fn init_pooler(&mut self, config: &BertConfig, init: &mut ParameterInit) {
        self.bert.pooler = Some(BertPooler::new(config, init));
    }

    fn init_output(&mut self, config: &BertConfig, init: &mut ParameterInit) {
        self.classifier = init.linear(config.hidden_size, config.num_labels());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ScratchPreset;
    use crate::device::DeviceChoice;
    use crate::tokenizer::Encoding;

    fn model_and_batch(pooling: Pooling) -> (BertForSequenceClassification, Batch) {
        let (device, _) = DeviceChoice::Cpu.open().unwrap();
        let labels = ["bug", "praise", "question"].map(String::from);
        let config = ScratchPreset::Tiny.config(50, &labels);
        // Larger initial weights than usual, so that the logits differ from each other.
        let mut init = ParameterInit::normal(7, 0.1, &device).unwrap();
        let model = BertForSequenceClassification::new(&config, pooling, &mut init);
        (model, batch_on(&device))
    }

    fn batch_on(device: &Device) -> Batch {
        let encodings = [3_u32, 9, 1, 5].map(|length| Encoding {
            input_ids: (0..length).map(|id| (id * 7 + length) % 50).collect(),
            token_type_ids: vec![0; length as usize],
            truncated: false,
            windows: Vec::new(),
        });
        Batch::new(&encodings, 0, device).unwrap()
    }

    fn with_autodiff() -> Batch {
        batch_on(&DeviceChoice::Cpu.open().unwrap().0.autodiff())
    }

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// Returns the norm of the difference, divided by the norm of the expected values.
    fn distance(expected: &[f32], found: &[f32]) -> f32 {
        let norm = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let difference: Vec<f32> = expected.iter().zip(found).map(|(a, b)| a - b).collect();
        norm(&difference) / norm(expected)
    }

    #[test]
    fn computing_only_the_first_tokens_changes_no_bit() {
        let (model, batch) = model_and_batch(Pooling::Cls);
        let all = model.head(model.bert.forward(&batch), &batch);
        assert_eq!(values(model.forward(&batch)), values(all));
    }

    #[test]
    fn a_quantised_model_computes_similar_logits() {
        for pooling in [Pooling::Cls, Pooling::Mean] {
            let (model, batch) = model_and_batch(pooling);
            let exact = values(model.forward(&batch));
            let quantised = model.clone().quantize();
            let found = values(quantised.forward(&batch));
            assert_ne!(exact, found);
            let on_autodiff = with_autodiff();
            let saliency = |model: &BertForSequenceClassification| {
                values(model.gradient_times_input(&on_autodiff, 1).unwrap())
            };
            let (exact_saliency, found_saliency) = (saliency(&model), saliency(&quantised));
            assert!(distance(&exact_saliency, &found_saliency) < 0.3);
            assert!(distance(&exact, &found) < 0.15, "{found:?} instead of {exact:?}");
            assert_ne!(
                values(quantised.clone().dequantize().forward(&batch)),
                exact,
                "the weights stay rounded"
            );
        }
    }
}
