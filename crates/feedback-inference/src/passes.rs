//! Forward passes: texts and windows in batches, and what the windows of a text say together.

use std::borrow::Cow;

use burn::tensor::Tensor;
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::ngrams::NgramHead;
use feedback_bert::windows::{deciding, pool};
use feedback_bert::{Batch, Device, Encoding};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::limits::BatchLimits;
use crate::prediction::InWindows;

/// How encodings are computed.
pub(crate) struct Passes<'a> {
    pub(crate) pad_token_id: u32,
    pub(crate) device: &'a Device,
    pub(crate) limits: BatchLimits,
}

/// What a network computes for texts.
pub(crate) struct Outputs {
    width: usize,
    /// One row per window; a text that fits is one window.
    windows: Vec<f32>,
    /// The number of windows of each text.
    counts: Vec<usize>,
    /// The number of forward passes.
    pub(crate) passes: usize,
}

impl Passes<'_> {
    /// Calls `output` for batches, which returns `[texts, width]`.
    pub(crate) fn outputs<E: AsRef<Encoding>>(
        &self,
        encodings: &[E],
        width: usize,
        output: impl Fn(&Batch) -> Tensor<2> + Sync,
    ) -> Result<Outputs> {
        let texts: Vec<Vec<Cow<'_, Encoding>>> = encodings.iter().map(|text| text.as_ref().parts()).collect();
        let counts = texts.iter().map(Vec::len).collect();
        let parts: Vec<Cow<'_, Encoding>> = texts.into_iter().flatten().collect();
        let (windows, passes) = self.rows(&parts, width, output)?;
        Ok(Outputs {
            width,
            windows,
            counts,
            passes,
        })
    }

    /// Returns the outputs with one row per encoding, in the order of the encodings, and the number of forward passes.
    fn rows(
        &self,
        encodings: &[Cow<'_, Encoding>],
        width: usize,
        output: impl Fn(&Batch) -> Tensor<2> + Sync,
    ) -> Result<(Vec<f32>, usize)> {
        let lengths: Vec<usize> = encodings.iter().map(|encoding| encoding.len()).collect();
        let batches = batch_by_tokens(&lengths, self.limits.max_texts, self.limits.max_tokens);
        let pass = |indices: &Vec<usize>| {
            let batch: Vec<&Encoding> = indices.iter().map(|&index| &*encodings[index]).collect();
            read_back(output(&Batch::new(&batch, self.pad_token_id, self.device)?))
        };
        let computed: Result<Vec<Vec<f32>>> = if self.limits.at_once == 1 {
            batches.iter().map(pass).collect()
        } else {
            // Runs on the threads of Burn's CPU backends, so that a single pass can use all of them. The scope also
            // covers a single batch: without it, each matrix product would be sent to these threads separately.
            rayon::scope(|_| batches.par_iter().with_max_len(1).map(pass).collect())
        };
        let mut all = vec![0.0; encodings.len() * width];
        for (indices, rows) in batches.iter().zip(computed?) {
            for (&index, row) in indices.iter().zip(rows.chunks_exact(width)) {
                all[index * width..(index + 1) * width].copy_from_slice(row);
            }
        }
        Ok((all, batches.len()))
    }
}

impl Outputs {
    /// Returns one row per text: the mean of its windows.
    pub(crate) fn pooled(&self) -> Vec<f32> {
        pool(&self.windows, self.width, &self.counts)
    }

    /// Returns how each text was read whose label is given by its class id; `None` for a text that fits. The rows begin with the
    /// logits of the network, one for each of `n_labels` labels.
    pub(crate) fn in_windows<E: AsRef<Encoding>>(
        &self,
        encodings: &[E],
        classes: &[usize],
        n_labels: usize,
        ngrams: Option<&NgramHead>,
    ) -> Vec<Option<InWindows>> {
        let mut rest = self.windows.as_slice();
        let texts = encodings.iter().zip(&self.counts).zip(classes);
        let read = texts.map(|((encoding, &count), &class)| {
            let (rows, after) = rest.split_at(count * self.width);
            rest = after;
            let encoding = encoding.as_ref();
            // The logits that a window would have if it were the text.
            let scores = encoding.windows.iter().zip(rows.chunks_exact(self.width));
            let scores = scores.map(|(window, row)| {
                let mut logits = row[..n_labels].to_vec();
                if let Some(ngrams) = ngrams {
                    ngrams.add_logits(&encoding.part(window), &mut logits);
                }
                logits[class]
            });
            (!encoding.windows.is_empty()).then(|| InWindows::new(&encoding.windows, deciding(scores)))
        });
        read.collect()
    }
}

/// Returns the values of a tensor in row-major order.
pub(crate) fn read_back<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor
        .try_into_data()
        .map_err(|error| Error::Device(error.to_string()))?;
    data.convert::<f32>()
        .try_to_vec::<f32>()
        .map_err(|error| Error::Device(format!("{error:?}")))
}
