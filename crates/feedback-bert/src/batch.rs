//! From token ids to tensors: the one place that pads.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use crate::error::{Error, Result};
use crate::tokenizer::Encoding;

/// Token ids of several texts, padded to the same length: the input of a model.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Token ids, `[batch, seq]`; padding has the padding token's id.
    pub input_ids: Tensor<2, Int>,
    /// Segment ids, `[batch, seq]`.
    pub token_type_ids: Tensor<2, Int>,
    /// True for padding, `[batch, seq]`: Burn's convention, the opposite of Hugging Face's `attention_mask`.
    pub mask_pad: Tensor<2, Bool>,
}

impl Batch {
    /// Pads `encodings` on the right to the longest one.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if there are none.
    pub fn new<E: AsRef<Encoding>>(encodings: &[E], pad_token_id: u32, device: &Device) -> Result<Self> {
        let batch = encodings.len();
        let lengths = encodings.iter().map(|encoding| encoding.as_ref().input_ids.len());
        let seq = lengths.max().unwrap_or(0);
        if seq == 0 {
            return Err(Error::Input {
                what: "batch size",
                expected: "at least one text with one token".into(),
                found: batch.to_string(),
            });
        }
        let mut input_ids = vec![pad_token_id as i32; batch * seq];
        let mut token_type_ids = vec![0_i32; batch * seq];
        let mut mask_pad = vec![true; batch * seq];
        for (row, encoding) in encodings.iter().enumerate() {
            let encoding = encoding.as_ref();
            for (column, (&id, &segment)) in encoding
                .input_ids
                .iter()
                .zip(&encoding.token_type_ids)
                .enumerate()
            {
                let at = row * seq + column;
                input_ids[at] = id as i32;
                token_type_ids[at] = segment as i32;
                mask_pad[at] = false;
            }
        }
        let shape = [batch, seq];
        Ok(Self {
            input_ids: Tensor::from_data(TensorData::new(input_ids, shape), device),
            token_type_ids: Tensor::from_data(TensorData::new(token_type_ids, shape), device),
            mask_pad: Tensor::from_data(TensorData::new(mask_pad, shape), device),
        })
    }

    /// Number of texts and the padded length, `[batch, seq]`.
    pub fn dims(&self) -> [usize; 2] {
        self.input_ids.dims()
    }
}

/// Groups texts of similar length, so that little time is spent on padding.
///
/// Returns batches of indices, each of at most `max_texts` texts and, padded, at most `max_tokens` tokens (a longer text is
/// a batch of its own). The longest texts come first, so that memory is allocated once; equal lengths keep their order.
pub fn batch_by_tokens(lengths: &[usize], max_texts: usize, max_tokens: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(lengths[index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        let fits = batches.last().is_some_and(|batch| {
            batch.len() < max_texts && (batch.len() + 1) * lengths[batch[0]] <= max_tokens
        });
        match batches.last_mut() {
            Some(batch) if fits => batch.push(index),
            _ => batches.push(vec![index]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_respect_the_limits_and_contain_every_text() {
        let lengths = [3, 9, 9, 1, 4, 200, 2];
        let batches = batch_by_tokens(&lengths, 3, 20);
        assert_eq!(batches, vec![vec![5], vec![1, 2], vec![4, 0, 6], vec![3]]);
    }

    #[test]
    fn without_texts_there_are_no_batches() {
        assert!(batch_by_tokens(&[], 8, 100).is_empty());
    }
}
