//! The tokens of a run's rows: made once, read by the first model and by fine-tuning.

use feedback_bert::{BertTokenizer, Encoding};

use crate::data::PreparedData;
use crate::error::{Error, Result};
use crate::objectives::EncodedExamples;

/// The tokens of the training and validation texts, in the order of the rows.
#[derive(Clone)]
pub(super) struct EncodedRows {
    pub(super) train: Vec<Encoding>,
    pub(super) validation: Vec<Encoding>,
}

impl EncodedRows {
    /// Tokenises the texts with `encode`.
    ///
    /// # Errors
    ///
    /// Those of `encode`.
    pub(super) fn new<E: Into<Error>>(
        data: &PreparedData,
        encode: impl Fn(&[String]) -> std::result::Result<Vec<Encoding>, E>,
    ) -> Result<Self> {
        let encode = |texts: &[String]| encode(texts).map_err(Into::into);
        Ok(Self {
            train: encode(&data.train.texts)?,
            validation: encode(&data.validation.texts)?,
        })
    }

    /// Returns the rows for fine-tuning: those of training and those of validation.
    pub(super) fn examples(
        &self,
        data: &PreparedData,
        tokenizer: &BertTokenizer,
    ) -> (EncodedExamples, EncodedExamples) {
        let pad_token_id = tokenizer.pad_token_id();
        let examples = |rows, encodings: &[Encoding]| {
            EncodedExamples::of_encodings(rows, encodings.to_vec(), pad_token_id)
        };
        (
            examples(&data.train, &self.train),
            examples(&data.validation, &self.validation),
        )
    }
}
