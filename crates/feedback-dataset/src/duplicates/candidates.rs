//! Pairs of texts that share a band.

/// Texts that are compared with each text of a bucket, at most.
const MOST_COMPARISONS: usize = 64;

/// Calls `visit` with the ascending texts of every bucket of two or more, band by band.
pub(super) fn for_each_bucket(bands: &[Vec<u32>], mut visit: impl FnMut(&[usize])) {
    let mut texts = Vec::new();
    for hashes in bands {
        // Hash and text in one number sort faster than texts by their hash.
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

/// Offers each text of a bucket with those before it, the nearest first; `compare` says whether it
/// was worth a comparison, of which each text gets a limited number.
pub(super) fn bucket_pairs(bucket: &[usize], mut compare: impl FnMut(usize, usize) -> bool) {
    for (place, &text) in bucket.iter().enumerate() {
        let mut left = MOST_COMPARISONS;
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
