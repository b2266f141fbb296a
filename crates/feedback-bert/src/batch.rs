//! Turns token ids into tensors.

use burn::tensor::{Device, Int, Tensor, TensorData};
use feedback_kernels::Sequences;

use crate::error::{Error, Result};
use crate::tokenizer::Encoding;

/// Token ids of several texts, one after another without padding: the input of a model.
///
/// A text's outputs do not depend on the other texts of its batch.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Token ids, `[tokens]`.
    pub input_ids: Tensor<1, Int>,
    /// Segment ids, `[tokens]`.
    pub token_type_ids: Tensor<1, Int>,
    /// The position of each token in its text, counted from 0, `[tokens]`.
    pub position_ids: Tensor<1, Int>,
    /// Positions as RoBERTa counts them, `[tokens]`: the number of tokens of the text, up to and including this
    /// one, that are not the padding token. It is 0 for a padding token that occurs in the text itself.
    pub real_position_ids: Tensor<1, Int>,
    /// Which tokens belong to which text.
    pub sequences: Sequences,
}

impl Batch {
    /// Concatenates `encodings` into a batch.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if there are no encodings, or if one has no tokens, or windows: these are read one by one
    /// ([`Encoding::parts`]).
    pub fn new<E: AsRef<Encoding>>(encodings: &[E], pad_token_id: u32, device: &Device) -> Result<Self> {
        let lengths = encodings.iter().map(|encoding| encoding.as_ref().input_ids.len());
        let sequences = Sequences::new(lengths.clone());
        if sequences.is_empty() || lengths.clone().any(|length| length == 0) {
            return Err(Error::Input {
                what: "batch",
                expected: "at least one text, each with at least one token".into(),
                found: format!("texts of {:?} tokens", lengths.collect::<Vec<_>>()),
            });
        }
        if encodings
            .iter()
            .any(|encoding| !encoding.as_ref().windows.is_empty())
        {
            return Err(Error::Input {
                what: "batch",
                expected: "texts or windows that are read at once".into(),
                found: "a text that has windows".into(),
            });
        }
        let tokens = sequences.tokens();
        let mut columns = [(); 4].map(|()| Vec::with_capacity(tokens));
        let [ids, segments, positions, real_positions] = &mut columns;
        for encoding in encodings {
            let encoding = encoding.as_ref();
            ids.extend(encoding.input_ids.iter().map(|&id| id as i32));
            segments.extend(encoding.token_type_ids.iter().map(|&segment| segment as i32));
            positions.extend(0..encoding.input_ids.len() as i32);
            let mut real = 0;
            real_positions.extend(encoding.input_ids.iter().map(|&id| {
                let is_real = id != pad_token_id;
                real += i32::from(is_real);
                if is_real { real } else { 0 }
            }));
        }
        let [input_ids, token_type_ids, position_ids, real_position_ids] =
            columns.map(|column| Tensor::from_data(TensorData::new(column, [tokens]), device));
        Ok(Self {
            input_ids,
            token_type_ids,
            position_ids,
            real_position_ids,
            sequences,
        })
    }

    /// Returns the number of texts and the number of tokens of the longest text: the shape of a padded batch,
    /// `[texts, longest]`.
    pub fn dims(&self) -> [usize; 2] {
        [self.sequences.len(), self.sequences.longest()]
    }

    /// Returns the same batch without autodiff.
    #[must_use]
    pub fn without_autodiff(&self) -> Self {
        Self {
            input_ids: self.input_ids.clone().without_autodiff(),
            token_type_ids: self.token_type_ids.clone().without_autodiff(),
            position_ids: self.position_ids.clone().without_autodiff(),
            real_position_ids: self.real_position_ids.clone().without_autodiff(),
            sequences: self.sequences.clone(),
        }
    }

    /// Returns the vectors of the tokens as a padded tensor, with the padding on the right of each text.
    ///
    /// # Shapes
    ///
    /// - `rows`: `[tokens, width]`
    /// - output: `[texts, longest, width]`; padding is 0
    pub fn pad(&self, rows: Tensor<2>) -> Tensor<3> {
        let [texts, longest] = self.dims();
        let [tokens, width] = rows.dims();
        // Padding positions read the row of zeros that is appended below.
        let mut from = vec![tokens as i32; texts * longest];
        for (text, range) in self.sequences.ranges().enumerate() {
            for (place, token) in range.enumerate() {
                from[text * longest + place] = token as i32;
            }
        }
        let device = rows.device();
        let from = Tensor::<1, Int>::from_data(TensorData::new(from, [texts * longest]), &device);
        let rows = Tensor::cat(vec![rows, Tensor::zeros([1, width], &device)], 0);
        rows.select(0, from).reshape([texts, longest, width])
    }

    /// Returns the row of each text's first token, `[texts]`.
    pub(crate) fn first_tokens(&self, device: &Device) -> Tensor<1, Int> {
        let rows: Vec<i32> = self
            .sequences
            .first_rows()
            .iter()
            .map(|&row| row as i32)
            .collect();
        let texts = rows.len();
        Tensor::from_data(TensorData::new(rows, [texts]), device)
    }
}

/// Groups texts of similar length, so that little time is spent on padding.
///
/// Returns batches of indices. A batch has at most `max_texts` texts and, including padding, at most
/// `max_tokens` tokens; a longer text is the only text in its batch. The longest texts come first, so that
/// memory is allocated once; texts of equal length keep their order.
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
