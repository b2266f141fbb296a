//! What of some texts a model cannot read.

use feedback_bert::Encoding;

use crate::classifier::Classifier;
use crate::error::Result;
use crate::multi_label::MultiLabelClassifier;

/// What of some texts a model cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UnreadTexts {
    /// The indices of the texts of whose tokens the model's vocabulary knows none.
    pub unknown: Vec<usize>,
    /// Number of texts that are longer than the model can read, and are cut.
    pub truncated: usize,
}

impl Classifier {
    /// Returns the logits as [`Classifier::logits`] does, and what the model cannot read.
    ///
    /// # Errors
    ///
    /// Those of [`Classifier::logits`].
    pub fn logits_and_unread<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<(Vec<f32>, UnreadTexts)> {
        let encodings = self.encode(texts)?;
        Ok((self.forward(&encodings)?.0, self.unread(&encodings)))
    }

    fn unread(&self, encodings: &[Encoding]) -> UnreadTexts {
        let tokenizer = &self.folder().tokenizer;
        let is_unknown = |encoding: &Encoding| tokenizer.unknown_share(encoding) >= 1.0;
        UnreadTexts {
            unknown: (0..encodings.len())
                .filter(|&index| is_unknown(&encodings[index]))
                .collect(),
            truncated: encodings.iter().filter(|encoding| encoding.truncated).count(),
        }
    }
}

impl MultiLabelClassifier {
    /// Returns the logits as [`MultiLabelClassifier::logits`] does, and what the model cannot read. Unknown texts get no label, whatever
    /// their logits are.
    ///
    /// # Errors
    ///
    /// Those of [`MultiLabelClassifier::logits`].
    pub fn logits_and_unread<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<(Vec<f32>, UnreadTexts)> {
        self.network().logits_and_unread(texts)
    }
}
