//! Pairs of texts that share a band.

/// Texts that are compared with each text of a bucket, at most.
const MOST_COMPARISONS: usize = 64;

/// Calls `visit` with the ascending texts of every bucket of two or more, band by band.
pub(super) fn for_each_bucket(bands: &[Vec<u32>], mut visit: impl FnMut(&[usize])) {
    for hashes in bands {
        let mut order: Vec<usize> = (0..hashes.len()).collect();
        order.sort_unstable_by_key(|&text| (hashes[text], text));
        for bucket in order.chunk_by(|&a, &b| hashes[a] == hashes[b]) {
            if bucket.len() > 1 {
                visit(bucket);
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
