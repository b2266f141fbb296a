//! Finds pairs of texts that have the same hash in a band.

/// Maximum number of comparisons per text in a bucket.
const MAX_COMPARISONS: usize = 64;

/// Goes through the bands; in each band, texts with the same hash form a bucket. Calls `visit` for every bucket of two or more
/// texts, with the texts in ascending order.
pub(crate) fn for_each_bucket(bands: &[Vec<u32>], mut visit: impl FnMut(&[usize])) {
    let mut texts = Vec::new();
    for hashes in bands {
        // Sorting numbers that combine hash and text index is faster than sorting texts by their hash.
        let mut order: Vec<u64> = (0_u64..)
            .zip(hashes)
            .map(|(text, &hash)| u64::from(hash) << 32 | text)
            .collect();
        order.sort_unstable();
        for bucket in order.chunk_by(|a, b| a >> 32 == b >> 32) {
            if bucket.len() > 1 {
                texts.clear();
                texts.extend(bucket.iter().map(|&entry| entry as u32 as usize));
                visit(&texts);
            }
        }
    }
}

/// Calls `compare(other, text)` for each text of a bucket and the texts before it, the nearest first. `compare` returns true if
/// the call counts as a comparison; after [`MAX_COMPARISONS`] of them, the remaining earlier texts are skipped.
pub(crate) fn bucket_pairs(bucket: &[usize], mut compare: impl FnMut(usize, usize) -> bool) {
    for (place, &text) in bucket.iter().enumerate() {
        let mut left = MAX_COMPARISONS;
        for &other in bucket[..place].iter().rev() {
            left -= usize::from(compare(other, text));
            if left == 0 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_the_texts_that_share_a_hash() {
        let mut buckets = Vec::new();
        for_each_bucket(&[vec![7, 1, 7, 2, 7], vec![3, 3, 4, 5, 6]], |bucket| {
            buckets.push(bucket.to_vec())
        });
        assert_eq!(buckets, [vec![0, 2, 4], vec![0, 1]]);
    }

    #[test]
    fn comparisons_are_limited() {
        let bucket: Vec<usize> = (0..200).collect();
        let mut compared = 0;
        bucket_pairs(&bucket, |_, _| {
            compared += 1;
            true
        });
        assert_eq!(compared, 64 * 63 / 2 + (200 - 64) * 64);
    }
}
