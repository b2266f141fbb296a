//! Determines the batches of an epoch and their order.

use chacha20::ChaCha8Rng;
use rand::SeedableRng;
use rand::seq::SliceRandom;

use crate::arguments::CheckedArguments;
use crate::error::{Error, Result};
use crate::model::{TrainData, Trainable};

/// Number of batches in a pool that is sorted by length, as in Hugging Face's Trainer.
const BATCHES_PER_POOL: usize = 50;

/// Returns the batches of one epoch as indices of samples. Each sample appears exactly once.
///
/// The samples are shuffled with ChaCha (8 rounds) seeded by `seed` and `epoch`. With `group_by_length`, pools
/// of 50 batches are sorted by length and then cut into batches, so that little time is spent on padding, and
/// the batches are shuffled again. The last batch may be smaller.
pub fn epoch_batches(
    lengths: &[usize],
    batch_size: usize,
    group_by_length: bool,
    seed: u64,
    epoch: usize,
) -> Vec<Vec<usize>> {
    let mut rng = generator(seed, epoch);
    let order = shuffled(lengths.len(), &mut rng);
    into_batches(order, lengths, batch_size, group_by_length, &mut rng)
}

/// Returns the batches of an epoch. The samples are in the order that [`TrainData::order`] returns, or in
/// random order if it returns `None`.
pub(crate) fn batches_of_epoch<M: Trainable>(
    data: &impl TrainData<M>,
    lengths: &[usize],
    arguments: &CheckedArguments,
    epoch: usize,
) -> Result<Vec<Vec<usize>>> {
    let samples = lengths.len();
    data.set_epoch(epoch);
    let mut rng = generator(arguments.seed, epoch);
    let order = match data.order(arguments.seed, epoch) {
        None => shuffled(samples, &mut rng),
        Some(order) if order.len() == samples && order.iter().all(|&index| index < samples) => order,
        Some(order) => {
            return Err(Error::Order {
                samples,
                found: order.len(),
                highest: order.into_iter().max(),
            });
        }
    };
    let (batch_size, group) = (arguments.per_device_train_batch_size, arguments.group_by_length);
    Ok(into_batches(order, lengths, batch_size, group, &mut rng))
}

/// Returns the random number generator of one epoch.
fn generator(seed: u64, epoch: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    rng
}

/// Returns the indices of all samples in random order.
fn shuffled(samples: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..samples).collect();
    order.shuffle(rng);
    order
}

/// Cuts the samples into batches in the given order; with `group_by_length` as described at [`epoch_batches`].
fn into_batches(
    mut order: Vec<usize>,
    lengths: &[usize],
    batch_size: usize,
    group_by_length: bool,
    rng: &mut ChaCha8Rng,
) -> Vec<Vec<usize>> {
    if !group_by_length {
        return order.chunks(batch_size).map(<[usize]>::to_vec).collect();
    }
    for pool in order.chunks_mut(batch_size.saturating_mul(BATCHES_PER_POOL)) {
        pool.sort_by_key(|&index| std::cmp::Reverse(lengths[index])); // stable: samples of equal length keep their random order
    }
    let mut batches: Vec<Vec<usize>> = order.chunks(batch_size).map(<[usize]>::to_vec).collect();
    batches.shuffle(rng);
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths() -> Vec<usize> {
        (0..103).map(|index| 3 + (index * 37) % 60).collect()
    }

    #[test]
    fn every_sample_appears_once() {
        for group_by_length in [false, true] {
            let batches = epoch_batches(&lengths(), 8, group_by_length, 1, 0);
            let mut all: Vec<usize> = batches.concat();
            all.sort_unstable();
            assert_eq!(all, (0..103).collect::<Vec<_>>());
            assert!(batches.iter().all(|batch| batch.len() <= 8));
        }
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch() {
        let order = |seed, epoch| epoch_batches(&lengths(), 8, true, seed, epoch);
        assert_eq!(order(1, 0), order(1, 0));
        assert_ne!(order(1, 0), order(1, 1));
        assert_ne!(order(1, 0), order(2, 0));
    }

    #[test]
    fn grouping_reduces_padding() {
        let lengths = lengths();
        let padded = |group| -> usize {
            let batches = epoch_batches(&lengths, 8, group, 7, 0);
            let longest = |batch: &Vec<usize>| batch.iter().map(|&index| lengths[index]).max().unwrap_or(0);
            batches.iter().map(|batch| batch.len() * longest(batch)).sum()
        };
        assert!(padded(true) * 10 < padded(false) * 8);
    }
}
