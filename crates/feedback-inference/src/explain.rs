//! Explains which words of a text support a label.

use feedback_bert::Batch;

use crate::classifier::Classifier;
use crate::error::{Error, Result};
use crate::explanation::{ExplainMethod, Explanation, WordScore};
use crate::occlusion::Occlusion;
use crate::passes::read_back;
use crate::read_text::ReadText;
use crate::softmax::{argmax, softmax};

impl Classifier {
    /// Explains the label that the model predicts for a text.
    ///
    /// ```
    /// # use feedback_bert::config::{Pooling, ScratchPreset};
    /// # use feedback_bert::folder::FeedbackManifest;
    /// # use feedback_bert::model::ParameterInit;
    /// # use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, ModelFolder};
    /// # use feedback_inference::*;
    /// # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let (device, _) = DeviceChoice::Cpu.open()?;
    /// # let tokenizer = BertTokenizer::train(&["the app crashes when I open it"], 100, 16)?;
    /// # let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &["bug".into(), "praise".into()]);
    /// # let mut init = ParameterInit::normal(42, config.initializer_range, &device)?;
    /// # let model = BertForSequenceClassification::new(&config, Pooling::Cls, &mut init);
    /// # let manifest = FeedbackManifest::new(16, Pooling::Cls, "scratch:tiny", 42);
    /// # let classifier = Classifier::new(ModelFolder::new(config, tokenizer, model, manifest), &device)?;
    /// let text = "it crashes again";
    /// let explanation = classifier.explain(text, ExplainMethod::Occlusion)?;
    /// assert_eq!(explanation.label, classifier.predict(text)?.predicted_label);
    /// assert_eq!(explanation.words.len(), 3);
    /// assert_eq!(&text[explanation.words[1].byte_start..explanation.words[1].byte_end], "crashes");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`]; [`Error::NotByNetwork`] if the model uses token n-grams and the method is not
    /// occlusion; or the device fails.
    pub fn explain(&self, text: &str, method: ExplainMethod) -> Result<Explanation> {
        self.explain_class(text, method, None)
    }

    /// Explains the given label, whether or not it is the predicted one.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownLabel`], and the errors of [`Classifier::explain`].
    pub fn explain_label(&self, text: &str, method: ExplainMethod, label: &str) -> Result<Explanation> {
        let class = self.class_of(label)?;
        self.explain_class(text, method, Some(class))
    }

    /// Returns the class id of a label.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownLabel`].
    pub(crate) fn class_of(&self, label: &str) -> Result<usize> {
        let class = self.labels().iter().position(|known| known == label);
        class.ok_or_else(|| Error::UnknownLabel {
            found: label.to_owned(),
            known: self.labels().to_vec(),
        })
    }

    fn explain_class(&self, text: &str, method: ExplainMethod, class: Option<usize>) -> Result<Explanation> {
        let read = self.read(text, class)?;
        if method == ExplainMethod::Occlusion {
            return self.occlude(&Occlusion::new(text, read), class);
        }
        if self.folder().ngrams.is_some() {
            return Err(Error::NotByNetwork {
                method: method.name(),
            });
        }
        let (class, scores, forward_passes) = self.saliency(&read, method, class)?;
        let text = read.cleaned.as_deref().unwrap_or(text);
        let scored = read.words.iter().zip(scores);
        Ok(Explanation {
            method,
            label: self.labels()[class].clone(),
            words: scored
                .filter_map(|(word, score)| Some(WordScore::new(text, word, score?)))
                .collect(),
            truncated: read.encoding.truncated,
            windows: read.window.as_ref().map(|deciding| deciding.windows),
            cleaned_text: read.cleaned.clone(),
            forward_passes,
        })
    }

    /// Explains by occlusion. Predicts the full text together with its variants.
    fn occlude(&self, occlusion: &Occlusion, class: Option<usize>) -> Result<Explanation> {
        let (logits, passes) = self.forward(occlusion.encodings())?;
        let temperature = self.manifest().temperature;
        let rows = logits.chunks_exact(self.labels().len());
        let probabilities: Vec<Vec<f64>> = rows.map(|row| softmax(row, temperature)).collect();
        let class = class.unwrap_or_else(|| argmax(&probabilities[0]));
        let of_class = probabilities.iter().map(|row| row[class]);
        Ok(occlusion.scored(&self.labels()[class], of_class, passes))
    }

    /// Explains with one of the methods that score tokens. Returns the explained class, the score of each word (`None` for a
    /// word without tokens), and the number of forward passes. The score of a word is the sum of the scores of its tokens.
    fn saliency(
        &self,
        read: &ReadText,
        method: ExplainMethod,
        class: Option<usize>,
    ) -> Result<(usize, Vec<Option<f64>>, usize)> {
        let mut passes = 1;
        let class = match class.or(read.window.as_ref().map(|deciding| deciding.class)) {
            Some(class) => class,
            None => {
                let (logits, predicting) = self.forward(std::slice::from_ref(&read.encoding))?;
                passes += predicting;
                argmax(&softmax(&logits, 1.0))
            }
        };
        let device = match method {
            ExplainMethod::Gradient => self.device().clone().autodiff(),
            _ => self.device().clone(),
        };
        let folder = self.folder();
        let batch = Batch::new(&[&read.encoding], folder.tokenizer.pad_token_id(), &device)?;
        let token_scores = match method {
            ExplainMethod::Gradient => folder.model.gradient_times_input(&batch, class)?,
            ExplainMethod::Rollout => folder.model.attention_rollout(&batch),
            _ => folder.model.attention_to_tokens(&batch),
        };
        let token_scores = read_back(token_scores)?; // a single text has no padding
        let mut scores = vec![None; read.words.len()];
        for (word, &score) in read.word_of_token.iter().zip(&token_scores) {
            if let Some(word) = *word {
                *scores[word].get_or_insert(0.0) += f64::from(score);
            }
        }
        Ok((class, scores, passes))
    }
}
