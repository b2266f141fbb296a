//! Which words of a text speak for a label.

use std::fmt;
use std::str::FromStr;

use feedback_bert::{Batch, Encoding, Word, words, words_of_tokens};
use serde::{Deserialize, Serialize};

use crate::classifier::{read_back, softmax};
use crate::{Classifier, Error, Occlusion, Result};

/// A way to find out how much each word matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExplainMethod {
    /// Leaves out one word at a time: the score is the label's probability with the word less that without it, from −1
    /// to 1. The model is asked once for each word, in as few batches as possible.
    #[default]
    Occlusion,
    /// The gradient of the label's logit times the embedding, summed over the word's tokens. Above 0 speaks for the label.
    Gradient,
    /// How much the last block attends to the word on behalf of the head, 0 to 1. The same for every label.
    Attention,
    /// The same through all blocks (Abnar and Zuidema 2020), 0 to 1. The same for every label.
    Rollout,
}

impl ExplainMethod {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Occlusion, Self::Gradient, Self::Attention, Self::Rollout];

    /// The name: `occlusion`, `gradient`, `attention`, `rollout`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Occlusion => "occlusion",
            Self::Gradient => "gradient",
            Self::Attention => "attention",
            Self::Rollout => "rollout",
        }
    }
}

impl fmt::Display for ExplainMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExplainMethod {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|method| method.name() == name);
        found.ok_or_else(|| Error::UnknownMethod {
            found: name.to_owned(),
            known: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// A word of a text and how much it matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordScore {
    /// The word, as it stands in the text.
    pub word: String,
    /// Its first code point: in Python it is `text[start:end]`.
    pub start: usize,
    /// The code point after its last.
    pub end: usize,
    /// Its first byte of UTF-8: in Rust it is `&text[byte_start..byte_end]`.
    pub byte_start: usize,
    /// The byte after its last.
    pub byte_end: usize,
    /// What [`Explanation::method`] says of it.
    pub score: f64,
}

/// The words of a text and how much each matters for a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// How the scores were found, and so what they mean.
    pub method: ExplainMethod,
    /// The label that is explained.
    pub label: String,
    /// The words that the model reads, in the order of the text. One that is cut off at the model's greatest length, or of
    /// which the tokenizer makes nothing, is not among them.
    pub words: Vec<WordScore>,
    /// Whether the text was longer than the model reads and its end was ignored.
    pub truncated: bool,
    /// Forward passes it took, each of one batch.
    #[serde(skip)]
    pub forward_passes: usize,
}

impl Explanation {
    /// The words from the one that matters most on, whichever way it speaks; of equal ones the earlier comes first.
    pub fn ranked(&self) -> Vec<&WordScore> {
        let mut ranked: Vec<&WordScore> = self.words.iter().collect();
        ranked.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()));
        ranked
    }
}

impl WordScore {
    pub(crate) fn new(text: &str, word: &Word, score: f64) -> Self {
        Self {
            word: text[word.bytes.clone()].to_owned(),
            start: word.chars.start,
            end: word.chars.end,
            byte_start: word.bytes.start,
            byte_end: word.bytes.end,
            score,
        }
    }
}

/// A text with the places of its words and tokens.
pub(crate) struct ReadText {
    pub(crate) encoding: Encoding,
    pub(crate) words: Vec<Word>,
    /// The word that each token belongs to.
    pub(crate) word_of_token: Vec<Option<usize>>,
}

impl Classifier {
    /// Explains the label that the model predicts for a text.
    ///
    /// ```
    /// # use feedback_bert::*;
    /// # use feedback_inference::*;
    /// # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// # let (device, _) = DeviceChoice::Cpu.open()?;
    /// # let tokenizer = BertTokenizer::train(&["the app crashes when I open it"], 100, 16)?;
    /// # let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &["bug".into(), "praise".into()]);
    /// # let mut init = ParameterInit::normal(42, config.initializer_range, &device)?;
    /// # let model = BertForSequenceClassification::new(&config, Pooling::Cls, &mut init);
    /// # let manifest = FeedbackManifest::new(16, Pooling::Cls, "scratch:tiny", 42);
    /// # let classifier = Classifier::new(ModelFolder { config, tokenizer, model, manifest }, &device)?;
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
    /// [`Error::EmptyText`], or a failure of the device.
    pub fn explain(&self, text: &str, method: ExplainMethod) -> Result<Explanation> {
        self.explain_class(text, method, None)
    }

    /// Explains a label of one's choice, the predicted one or another.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownLabel`], and those of [`Classifier::explain`].
    pub fn explain_label(&self, text: &str, method: ExplainMethod, label: &str) -> Result<Explanation> {
        let class = self.labels().iter().position(|known| known == label);
        let class = class.ok_or_else(|| Error::UnknownLabel {
            found: label.to_owned(),
            known: self.labels().to_vec(),
        })?;
        self.explain_class(text, method, Some(class))
    }

    fn explain_class(&self, text: &str, method: ExplainMethod, class: Option<usize>) -> Result<Explanation> {
        let read = self.read(text)?;
        if method == ExplainMethod::Occlusion {
            return self.occlude(&Occlusion::new(text, read), class);
        }
        let (class, scores, forward_passes) = self.saliency(&read, method, class)?;
        let scored = read.words.iter().zip(scores);
        Ok(Explanation {
            method,
            label: self.labels()[class].clone(),
            words: scored
                .filter_map(|(word, score)| Some(WordScore::new(text, word, score?)))
                .collect(),
            truncated: read.encoding.truncated,
            forward_passes,
        })
    }

    pub(crate) fn read(&self, text: &str) -> Result<ReadText> {
        if text.trim().is_empty() {
            return Err(Error::EmptyText {
                position: 1,
                count: 1,
            });
        }
        let (encoding, spans) = self.folder().tokenizer.encode_with_spans(text)?;
        let words = words(text);
        Ok(ReadText {
            word_of_token: words_of_tokens(&words, &spans),
            encoding,
            words,
        })
    }

    /// The whole text stands in the same batch as its variants.
    fn occlude(&self, occlusion: &Occlusion, class: Option<usize>) -> Result<Explanation> {
        let (logits, passes) = self.forward(occlusion.encodings())?;
        let temperature = self.manifest().temperature;
        let rows = logits.chunks_exact(self.labels().len());
        let probabilities: Vec<Vec<f64>> = rows.map(|row| softmax(row, temperature)).collect();
        let class = class.unwrap_or_else(|| first_greatest(&probabilities[0]));
        let of_class = probabilities.iter().map(|row| row[class]);
        Ok(occlusion.scored(&self.labels()[class], of_class, passes))
    }

    /// The class explained, a score for each word that has tokens, and the number of forward passes, by the methods that
    /// give each token a number: the word's score is their sum.
    fn saliency(
        &self,
        read: &ReadText,
        method: ExplainMethod,
        class: Option<usize>,
    ) -> Result<(usize, Vec<Option<f64>>, usize)> {
        let mut passes = 1;
        let class = match class {
            Some(class) => class,
            None => {
                let (logits, predicting) = self.forward(std::slice::from_ref(&read.encoding))?;
                passes += predicting;
                first_greatest(&softmax(&logits, 1.0))
            }
        };
        let device = match method {
            ExplainMethod::Gradient => self.device().clone().autodiff(),
            _ => self.device().clone(),
        };
        let folder = self.folder();
        let batch = Batch::new(&[&read.encoding], folder.tokenizer.pad_token_id(), &device)?;
        let of_tokens = match method {
            ExplainMethod::Gradient => folder.model.gradient_times_input(&batch, class)?,
            ExplainMethod::Rollout => folder.model.attention_rollout(&batch),
            _ => folder.model.attention_to_tokens(&batch),
        };
        let of_tokens = read_back(of_tokens)?; // one text: no padding
        let mut scores = vec![None; read.words.len()];
        for (word, &score) in read.word_of_token.iter().zip(&of_tokens) {
            if let Some(word) = *word {
                *scores[word].get_or_insert(0.0) += f64::from(score);
            }
        }
        Ok((class, scores, passes))
    }
}

/// The class that a prediction names: of equal ones that with the lowest id.
fn first_greatest(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (class, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = class;
        }
    }
    best
}
