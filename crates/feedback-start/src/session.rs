//! Asks for labels, one text after another, and knows what is learnt so far.

use std::collections::{HashMap, HashSet};

use feedback_baselines::Scaling;
use feedback_heads::{LabelDescription, LabelVectors, VectorHead};
use feedback_inference::Classifier;
use feedback_metrics::statistics::{Interval, wilson_interval};

use crate::error::Result;
use crate::labelled_file::LabelledText;
use crate::selection::Selection;

/// Number of answers per label from which descriptions of the labels make the classifier worse (docs/benchmarks/models.md).
const ANSWERS_ALONE: usize = 8;
/// The inverse strength of the penalty of the classifier while labels are collected.
const C: f64 = 16.0;
/// The first answers should cover the texts; only then does the classifier know which texts are unclear to it.
const ANSWERS_BEFORE_UNCERTAINTY: usize = 10;

/// The answers to some of the texts, and the classifier that they give. It does no input or output.
#[derive(Debug)]
pub struct Session<'a> {
    encoder: &'a Classifier,
    texts: &'a [String],
    /// `[texts, width]`
    vectors: Vec<f32>,
    scaling: Scaling,
    labels: Vec<LabelDescription>,
    /// The classifier that compares texts with the descriptions of the labels.
    by_description: VectorHead,
    /// The vectors of the sentences that describe labels and of their examples, each with the index of its label.
    sentences: Vec<(Vec<f32>, usize)>,
    /// The answered texts with their labels, in the order of the answers.
    answers: Vec<(usize, usize)>,
    selection: Selection,
}

/// How often a classifier that has not seen an answered text predicts its label.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The number of answered texts whose label was predicted from all other answers.
    pub right: usize,
    /// The number of answered texts.
    pub answers: usize,
    /// Wilson's interval of the accuracy, 95 %. Texts are asked about because they are unusual or unclear, so the accuracy on
    /// all texts is probably higher.
    pub interval: Interval,
}

impl<'a> Session<'a> {
    /// Computes the vectors of the texts and of the descriptions of the labels.
    ///
    /// # Errors
    ///
    /// The labels cannot be used, a text is empty, or the device fails.
    pub fn new(
        encoder: &'a Classifier,
        texts: &'a [String],
        labels: Vec<LabelDescription>,
        seed: u64,
    ) -> Result<Self> {
        let vectors = encoder.vectors(texts)?;
        let width = encoder.width();
        let scaling = Scaling::fit(&vectors, width);
        let scaled = scaling.scale(&vectors).map_err(feedback_heads::Error::from)?;
        let scaled = (0..scaled.n_rows()).flat_map(|row| scaled.row(row).iter().map(|&value| value as f32));
        Ok(Self {
            selection: Selection::new(scaled.collect(), width, seed),
            by_description: LabelVectors::new(encoder, &labels)?.head(&vectors)?,
            sentences: sentences(encoder, &labels)?,
            encoder,
            texts,
            vectors,
            scaling,
            labels,
            answers: Vec::new(),
        })
    }

    /// Returns the labels.
    pub fn labels(&self) -> &[LabelDescription] {
        &self.labels
    }

    /// Returns the text with this index.
    pub fn text(&self, text: usize) -> &'a str {
        &self.texts[text]
    }

    /// Returns the answered texts with the indices of their labels, in the order of the answers.
    pub fn answers(&self) -> &[(usize, usize)] {
        &self.answers
    }

    /// Returns the text to ask about next. It differs from all texts asked about so far; once there are ten answers, it is also
    /// unclear to the classifier. Returns `None` if no text is left.
    ///
    /// # Errors
    ///
    /// The classifier cannot be fitted.
    pub fn next_text(&mut self) -> Result<Option<usize>> {
        if self.answers.len() < ANSWERS_BEFORE_UNCERTAINTY {
            return Ok(self.selection.draw(|_| 1.0));
        }
        let (head, width) = (self.head()?, self.encoder.width());
        let vectors = &self.vectors;
        Ok(self.selection.draw(|text| {
            let mut probabilities = head.probabilities(&vectors[text * width..(text + 1) * width]);
            probabilities.sort_by(|a, b| b.total_cmp(a));
            1.0 - (probabilities[0] - probabilities[1])
        }))
    }

    /// Records an answer; a second answer about the same text replaces the first.
    pub fn answer(&mut self, text: usize, label: usize) {
        self.answers.retain(|&(other, _)| other != text);
        self.answers.push((text, label));
        self.selection.remove(text);
    }

    /// Removes the last answer and returns its text.
    pub fn undo(&mut self) -> Option<usize> {
        self.answers.pop().map(|(text, _)| text)
    }

    /// Adds a label.
    ///
    /// # Errors
    ///
    /// The label cannot be used, or the device fails; the session is then unchanged.
    pub fn add_label(&mut self, label: LabelDescription) -> Result<()> {
        let mut labels = self.labels.clone();
        labels.push(label);
        self.by_description = LabelVectors::new(self.encoder, &labels)?.head(&self.vectors)?;
        self.sentences = sentences(self.encoder, &labels)?;
        self.labels = labels;
        Ok(())
    }

    /// Removes the last label if no answer has it; returns whether it was removed.
    ///
    /// # Errors
    ///
    /// Fewer than two labels would be left, or the device fails; the session is then unchanged.
    pub fn remove_last_label(&mut self) -> Result<bool> {
        let last = self.labels.len() - 1;
        if self.answers.iter().any(|&(_, label)| label == last) {
            return Ok(false);
        }
        let labels = self.labels[..last].to_vec();
        self.by_description = LabelVectors::new(self.encoder, &labels)?.head(&self.vectors)?;
        self.sentences = sentences(self.encoder, &labels)?;
        self.labels = labels;
        Ok(true)
    }

    /// Records answers that were given before, and adds labels that they have in addition. Answers about other texts than those of
    /// the session are ignored.
    ///
    /// # Errors
    ///
    /// Those of [`Session::add_label`].
    pub fn restore(&mut self, answers: &[LabelledText]) -> Result<()> {
        let texts: HashMap<&str, usize> = (0..)
            .zip(self.texts)
            .map(|(at, text)| (text.as_str(), at))
            .collect();
        for answer in answers {
            let Some(&text) = texts.get(answer.text.as_str()) else {
                continue;
            };
            let known = self.labels.iter().position(|label| label.name == answer.label);
            let label = match known {
                Some(label) => label,
                None => {
                    self.add_label(LabelDescription::new(answer.label.clone()))?;
                    self.labels.len() - 1
                }
            };
            self.answer(text, label);
        }
        Ok(())
    }

    /// Returns the classifier that the answers give. Its logits are the sum of the logits of two classifiers: a logistic
    /// regression on the answers, and a comparison with the descriptions of the labels. The more answers there are, the less the
    /// comparison counts. A label without an answer is learnt from its description.
    ///
    /// # Errors
    ///
    /// The classifier cannot be fitted.
    pub fn head(&self) -> Result<VectorHead> {
        self.head_without(None)
    }

    /// Returns the classifier without the answer at this position.
    fn head_without(&self, left_out: Option<usize>) -> Result<VectorHead> {
        let kept = self.answers.iter().enumerate();
        let kept = kept.filter(|(position, _)| Some(*position) != left_out);
        let mut rows: Vec<(&[f32], usize)> = kept
            .map(|(_, &(text, label))| (self.vector(text), label))
            .collect();
        if rows.is_empty() {
            return Ok(self.by_description.clone());
        }
        let rows_answered = rows.len();
        let answered: HashSet<usize> = rows.iter().map(|(_, label)| *label).collect();
        let described = self
            .sentences
            .iter()
            .filter(|(_, label)| !answered.contains(label));
        rows.extend(described.map(|(vector, label)| (vector.as_slice(), *label)));
        let (vectors, labels): (Vec<&[f32]>, Vec<usize>) = rows.into_iter().unzip();
        let n_labels = self.labels.len();
        let fitted = VectorHead::fit(&vectors.concat(), &labels, n_labels, &self.scaling, C)?;
        if rows_answered >= ANSWERS_ALONE * n_labels {
            return Ok(fitted);
        }
        Ok(fitted.plus(&self.by_description))
    }

    fn vector(&self, text: usize) -> &[f32] {
        let width = self.encoder.width();
        &self.vectors[text * width..(text + 1) * width]
    }

    /// Returns how well the classifier predicts answers that it has not seen: each answer is predicted from the others. Returns `None`
    /// with fewer than two answers.
    ///
    /// # Errors
    ///
    /// The classifier cannot be fitted.
    pub fn estimate(&self) -> Result<Option<Estimate>> {
        let answers = self.answers.len();
        if answers < 2 {
            return Ok(None);
        }
        let mut right = 0;
        for (position, &(text, label)) in self.answers.iter().enumerate() {
            let probabilities = self
                .head_without(Some(position))?
                .probabilities(self.vector(text));
            let predicted =
                (0..probabilities.len()).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
            right += usize::from(predicted == Some(label));
        }
        let interval = wilson_interval(right as u64, answers as u64, 0.95)?;
        Ok(Some(Estimate {
            right,
            answers,
            interval,
        }))
    }
}

/// Returns the vectors of the descriptions and examples of all labels, each with the index of its label.
fn sentences(encoder: &Classifier, labels: &[LabelDescription]) -> Result<Vec<(Vec<f32>, usize)>> {
    let mut all = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let sentences: Vec<String> = label
            .prompts()
            .into_iter()
            .chain(label.examples.clone())
            .collect();
        let vectors = encoder.vectors(&sentences)?;
        all.extend(
            vectors
                .chunks_exact(encoder.width())
                .map(|vector| (vector.to_vec(), index)),
        );
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use feedback_bert::config::{Pooling, ScratchPreset};
    use feedback_bert::folder::FeedbackManifest;
    use feedback_bert::model::ParameterInit;
    use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, ModelFolder};

    use super::*;

    fn texts() -> Vec<String> {
        let kinds = ["it crashes when I", "I love how I", "how do I"];
        let ends = ["save", "print", "log in", "pay", "search"];
        let all = ends
            .iter()
            .flat_map(|end| kinds.map(|kind| format!("{kind} {end}")));
        all.collect()
    }

    fn encoder() -> Classifier {
        let (device, _) = DeviceChoice::Cpu.open().unwrap();
        let tokenizer = BertTokenizer::train(&texts(), 200, 16).unwrap();
        let labels = ["a", "b"].map(str::to_owned);
        let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &labels);
        let mut init = ParameterInit::normal(7, 0.1, &device).unwrap();
        let model = BertForSequenceClassification::new(&config, Pooling::Mean, &mut init);
        let manifest = FeedbackManifest::new(16, Pooling::Mean, "tiny", 7);
        Classifier::new(ModelFolder::new(config, tokenizer, model, manifest), &device).unwrap()
    }

    fn labels() -> Vec<LabelDescription> {
        ["bug", "praise", "question"].map(LabelDescription::new).to_vec()
    }

    #[test]
    fn each_text_is_asked_about_once_and_the_answers_are_learnt() {
        let (encoder, texts) = (encoder(), texts());
        let mut session = Session::new(&encoder, &texts, labels(), 3).unwrap();
        assert_eq!(session.estimate().unwrap(), None);
        let before = session.head().unwrap();
        let mut asked = Vec::new();
        while let Some(text) = session.next_text().unwrap() {
            asked.push(text);
            session.answer(text, text % 3);
        }
        asked.sort_unstable();
        assert_eq!(asked, (0..15).collect::<Vec<_>>());
        let after = session.head().unwrap();
        let vectors = session.vectors.chunks_exact(encoder.width()).enumerate();
        let learnt = vectors.filter(|(text, vector)| {
            let of_label = |head: &VectorHead| head.probabilities(vector)[text % 3];
            of_label(&after) > of_label(&before)
        });
        let learnt = learnt.count();
        assert!(learnt >= 12, "only {learnt} of 15 labels became more likely");
        let estimate = session.estimate().unwrap().unwrap();
        assert_eq!(estimate.answers, 15);
        assert!(estimate.right <= 15 && estimate.interval.low < estimate.interval.high);
    }

    #[test]
    fn an_answer_can_be_taken_back_and_labels_added() {
        let (encoder, texts) = (encoder(), texts());
        let mut session = Session::new(&encoder, &texts, labels(), 3).unwrap();
        session.answer(0, 0);
        session.answer(4, 1);
        session.answer(0, 2);
        assert_eq!(session.answers(), [(4, 1), (0, 2)]);
        assert_eq!(session.undo(), Some(0));
        assert_eq!(session.answers(), [(4, 1)]);
        assert!(session.add_label(LabelDescription::new("Bug")).is_err());
        assert_eq!(session.labels().len(), 3);
        let answers = [("it crashes when I pay", "refunds"), ("an unknown text", "bug")];
        let answers = answers.map(|(text, label)| LabelledText::new(text, label));
        session.restore(&answers).unwrap();
        assert_eq!(session.labels()[3].name, "refunds");
        assert_eq!(session.answers(), [(4, 1), (9, 3)]);
        assert_eq!(session.head().unwrap().bias.len(), 4);
    }

    #[test]
    fn the_seed_repeats_the_questions() {
        let (encoder, texts) = (encoder(), texts());
        let asked = |seed| -> Vec<Option<usize>> {
            let mut session = Session::new(&encoder, &texts, labels(), seed).unwrap();
            (0..5).map(|_| session.next_text().unwrap()).collect()
        };
        assert_eq!(asked(1), asked(1));
        assert!((2..6).any(|seed| asked(seed) != asked(1)));
    }
}
