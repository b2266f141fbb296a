//! Turns texts with masked tokens into tensors.

use std::borrow::Borrow;

use burn::tensor::{Device, Int, Tensor};

use super::masking::MaskedEncoding;
use crate::batch::Batch;
use crate::error::{Error, Result};
use crate::tokenizer::Encoding;

/// Texts with masked tokens, as tensors.
#[derive(Debug, Clone)]
pub struct MaskedBatch {
    /// The input of the model.
    pub batch: Batch,
    /// Rows of the masked tokens in the batch, `[masked]`.
    pub positions: Tensor<1, Int>,
    /// Original ids of the masked tokens, `[masked]`.
    pub labels: Tensor<1, Int>,
}

impl MaskedBatch {
    /// Concatenates texts into a batch.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if there are no texts, or if no text has a masked token.
    pub fn new<M: Borrow<MaskedEncoding>>(texts: &[M], pad_token_id: u32, device: &Device) -> Result<Self> {
        let encodings: Vec<&Encoding> = texts.iter().map(|text| &text.borrow().encoding).collect();
        let batch = Batch::new(&encodings, pad_token_id, device)?;
        let mut positions = Vec::new();
        let mut labels = Vec::new();
        for (text, &first) in texts.iter().zip(batch.sequences.first_rows()) {
            let text = text.borrow();
            positions.extend(text.positions.iter().map(|&at| (first + at) as i32));
            labels.extend(text.labels.iter().map(|&label| label as i32));
        }
        if positions.is_empty() {
            return Err(Error::Input {
                what: "number of masked tokens",
                expected: "at least one, in a text with words".into(),
                found: "0".into(),
            });
        }
        Ok(Self {
            batch,
            positions: Tensor::from_ints(positions.as_slice(), device),
            labels: Tensor::from_ints(labels.as_slice(), device),
        })
    }
}
