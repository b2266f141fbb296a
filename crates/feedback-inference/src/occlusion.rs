//! Explanation by leaving out one word at a time.

use feedback_bert::Encoding;
use feedback_bert::words::Word;

use crate::classifier::Classifier;
use crate::error::Result;
use crate::explanation::{ExplainMethod, Explanation, WordScore};
use crate::prediction::{InWindows, Score};
use crate::read_text::ReadText;

/// A text and its variants, each with one word left out, as used by [`ExplainMethod::Occlusion`].
///
/// [`Classifier::explain`] does everything at once; use this type to batch the texts of several callers yourself.
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
/// let occlusion = classifier.occlusion("it crashes again")?;
/// assert_eq!(occlusion.encodings().len(), 4); // the text, and three variants
/// let predictions = classifier.predict_encoded(occlusion.encodings())?;
/// let scores = predictions.iter().map(|prediction| prediction.scores.as_slice());
/// let explanation = occlusion.explanation("bug", scores);
/// let direct = classifier.explain_label("it crashes again", ExplainMethod::Occlusion, "bug")?;
/// assert_eq!(explanation.words, direct.words);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Occlusion {
    text: String,
    /// Whether cleaning changed the text.
    is_cleaned: bool,
    /// The window that decided, whose words are left out, if the text is read in windows.
    windows: Option<InWindows>,
    encodings: Vec<Encoding>,
    /// The word that is missing in each variant.
    left_out: Vec<Word>,
}

impl Occlusion {
    /// Creates the variants of a text. Removes tokens, not bytes: the text is not tokenised again, and words cut off by
    /// truncation do not reappear in a shorter variant. A word without tokens has no variant.
    pub(crate) fn new(text: &str, read: ReadText) -> Self {
        let windows = read.window.as_ref().map(|deciding| deciding.windows);
        let text_first = read.window.as_ref().map(|deciding| deciding.text.clone());
        let mut encodings: Vec<Encoding> = text_first.into_iter().chain([read.encoding.clone()]).collect();
        let mut left_out = Vec::new();
        for (index, word) in read.words.iter().enumerate() {
            if read.word_of_token.contains(&Some(index)) {
                encodings.push(without(&read, index));
                left_out.push(word.clone());
            }
        }
        Self {
            is_cleaned: read.cleaned.is_some(),
            windows,
            text: read.cleaned.unwrap_or_else(|| text.to_owned()),
            encodings,
            left_out,
        }
    }

    /// Returns the tokens of the text, followed by the tokens of each variant. Of a text that is read in windows, the variants are
    /// those of the window that decided, which comes before them.
    pub fn encodings(&self) -> &[Encoding] {
        &self.encodings
    }

    /// Returns how much each word supports a label. `scores` are the scores of [`Occlusion::encodings`], in the same order. A label
    /// that is missing in the scores has the probability 0.
    pub fn explanation<'a>(&self, label: &str, scores: impl IntoIterator<Item = &'a [Score]>) -> Explanation {
        let of_label = |scores: &[Score]| {
            let score = scores.iter().find(|score| score.label == label);
            score.map_or(0.0, |score| score.score)
        };
        self.scored(label, scores.into_iter().map(of_label), 0)
    }

    pub(crate) fn scored(
        &self,
        label: &str,
        probabilities: impl IntoIterator<Item = f64>,
        forward_passes: usize,
    ) -> Explanation {
        // The scores are about the window that decided, not about all windows.
        let mut probabilities = probabilities
            .into_iter()
            .skip(usize::from(self.windows.is_some()));
        let full = probabilities.next().unwrap_or(0.0);
        let words = self.left_out.iter().zip(probabilities);
        Explanation {
            method: ExplainMethod::Occlusion,
            label: label.to_owned(),
            words: words
                .map(|(word, probability)| WordScore::new(&self.text, word, full - probability))
                .collect(),
            cleaned_text: self.is_cleaned.then(|| self.text.clone()),
            truncated: self.encodings[0].truncated,
            windows: self.windows,
            forward_passes,
        }
    }
}

impl Classifier {
    /// Returns a text and its variants, for [`ExplainMethod::Occlusion`].
    ///
    /// # Errors
    ///
    /// [`crate::Error::EmptyText`].
    pub fn occlusion(&self, text: &str) -> Result<Occlusion> {
        Ok(Occlusion::new(text, self.read(text, None)?))
    }
}

fn without(read: &ReadText, word: usize) -> Encoding {
    let keep = |ids: &[u32]| -> Vec<u32> {
        let tokens = ids.iter().zip(&read.word_of_token);
        tokens
            .filter(|(_, of)| **of != Some(word))
            .map(|(&id, _)| id)
            .collect()
    };
    Encoding {
        input_ids: keep(&read.encoding.input_ids),
        token_type_ids: keep(&read.encoding.token_type_ids),
        truncated: read.encoding.truncated,
        windows: Vec::new(),
    }
}
