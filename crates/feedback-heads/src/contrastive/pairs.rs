//! Pairs of texts with the same label.

use std::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Device, Tensor, TensorData};
use chacha20::ChaCha8Rng;
use feedback_bert::{Batch, Encoding};
use feedback_trainer::{BoxError, TrainData};
use rand::{RngExt, SeedableRng};

use super::objective::{ContrastiveBatch, ContrastiveObjective};

/// For each text, pairs with texts of the same label, drawn again in each epoch.
#[derive(Debug)]
pub(super) struct Pairs {
    encodings: Vec<Encoding>,
    labels: Vec<usize>,
    /// The texts of each label.
    members: Vec<Vec<usize>>,
    per_text: usize,
    pad_token_id: u32,
    seed: u64,
    epoch: AtomicUsize,
}

impl Pairs {
    pub(super) fn new(
        encodings: Vec<Encoding>,
        labels: &[usize],
        per_text: usize,
        pad_token_id: u32,
        seed: u64,
    ) -> Self {
        let n_classes = labels.iter().max().map_or(0, |label| label + 1);
        let mut members = vec![Vec::new(); n_classes];
        for (text, &label) in labels.iter().enumerate() {
            members[label].push(text);
        }
        Self {
            encodings,
            labels: labels.to_vec(),
            members,
            per_text,
            pad_token_id,
            seed,
            epoch: AtomicUsize::new(0),
        }
    }

    /// Returns the two texts of a pair. The second is another text with the same label. If there is no other text, it is the same
    /// text, whose vector differs by dropout.
    fn pair(&self, index: usize) -> (usize, usize) {
        let first = index % self.encodings.len();
        let members = &self.members[self.labels[first]];
        if members.len() == 1 {
            return (first, first);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.epoch.load(Ordering::Relaxed) as u64);
        rng.set_word_pos(16 * index as u128); // one block of the cipher for each pair
        let others = members.iter().filter(|&&member| member != first);
        let second = others.copied().nth(rng.random_range(..members.len() - 1));
        (first, second.unwrap_or(first))
    }
}

impl TrainData<ContrastiveObjective> for Pairs {
    fn len(&self) -> usize {
        self.encodings.len() * self.per_text
    }

    fn length(&self, index: usize) -> usize {
        self.encodings[index % self.encodings.len()].len()
    }

    fn set_epoch(&self, epoch: usize) {
        self.epoch.store(epoch, Ordering::Relaxed);
    }

    fn batch(&self, indices: &[usize], device: &Device) -> Result<ContrastiveBatch, BoxError> {
        let (first, second): (Vec<usize>, Vec<usize>) = indices.iter().map(|&index| self.pair(index)).unzip();
        let texts: Vec<usize> = first.into_iter().chain(second).collect();
        let encodings: Vec<&Encoding> = texts.iter().map(|&text| &self.encodings[text]).collect();
        let n = texts.len();
        let same: Vec<f32> = texts
            .iter()
            .enumerate()
            .flat_map(|(row, &text)| {
                let label = self.labels[text];
                let others = texts.iter().enumerate();
                others.map(move |(column, &other)| {
                    f32::from(u8::from(row != column && self.labels[other] == label))
                })
            })
            .collect();
        Ok(ContrastiveBatch {
            batch: Batch::new(&encodings, self.pad_token_id, device)?,
            same: Tensor::from_data(TensorData::new(same, [n, n]), device),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(length: u32) -> Encoding {
        Encoding {
            input_ids: (0..length).collect(),
            token_type_ids: vec![0; length as usize],
            truncated: false,
            windows: Vec::new(),
        }
    }

    #[test]
    fn partners_have_the_same_label_and_change_with_the_epoch() {
        let labels = [0, 0, 0, 0, 2, 2, 1];
        let pairs = Pairs::new((1..8).map(encoding).collect(), &labels, 4, 0, 7);
        let drawn = |epoch| -> Vec<(usize, usize)> {
            pairs.set_epoch(epoch);
            (0..pairs.len()).map(|index| pairs.pair(index)).collect()
        };
        let first = drawn(0);
        assert_eq!(first.len(), 28);
        for &(one, other) in &first {
            assert_eq!(labels[one], labels[other]);
            assert_eq!(
                one == other,
                one == 6,
                "only the text without a partner is its own"
            );
        }
        let partners_of_0: std::collections::BTreeSet<usize> = first
            .iter()
            .filter(|pair| pair.0 == 0)
            .map(|pair| pair.1)
            .collect();
        assert!(partners_of_0.len() > 1, "{partners_of_0:?}");
        assert_ne!(drawn(1), first);
        assert_eq!(drawn(0), first);
    }
}
