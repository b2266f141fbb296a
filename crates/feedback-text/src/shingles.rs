//! Sets of character n-grams.

use crate::parallel::map_items;

/// The sets of n-grams of all texts, as sorted hashes, one set after the other.
#[derive(Debug, Clone)]
pub struct Shingles {
    hashes: Vec<u32>,
    ends: Vec<usize>,
}

impl Shingles {
    /// Computes the sets of n-grams of `ngram` characters; a shorter text is one n-gram. Two different n-grams have the same 32-bit hash with a probability of 2⁻³², so the error of the
    /// similarity is negligible.
    pub fn from_texts<S: AsRef<str> + Sync>(texts: &[S], ngram: usize) -> Self {
        let sets = map_items(texts, |text| shingles(text.as_ref(), ngram.max(1)));
        let mut all = Self {
            hashes: Vec::with_capacity(sets.iter().map(Vec::len).sum()),
            ends: Vec::with_capacity(sets.len()),
        };
        for set in sets {
            all.hashes.extend(set);
            all.ends.push(all.hashes.len());
        }
        all
    }

    /// Returns the number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are no texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the sorted hashes of the n-grams of a text, by its position.
    ///
    /// # Panics
    ///
    /// There is no text at this position.
    #[must_use]
    pub fn get(&self, text: usize) -> &[u32] {
        let start = if text == 0 { 0 } else { self.ends[text - 1] };
        &self.hashes[start..self.ends[text]]
    }

    /// Returns the number of n-grams that both texts contain, divided by the number that at least one of them contains,
    /// 0 to 1; 1 if both have none.
    ///
    /// # Panics
    ///
    /// There is no text at one of the positions.
    #[must_use]
    pub fn jaccard(&self, a: usize, b: usize) -> f64 {
        let (a, b) = (self.get(a), self.get(b));
        let (mut i, mut j, mut both) = (0, 0, 0_usize);
        while i < a.len() && j < b.len() {
            let (x, y) = (a[i], b[j]);
            both += usize::from(x == y);
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
        let either = a.len() + b.len() - both;
        if either == 0 {
            1.0
        } else {
            both as f64 / either as f64
        }
    }
}

fn shingles(text: &str, ngram: usize) -> Vec<u32> {
    let characters: Vec<u32> = text.chars().map(u32::from).collect();
    let width = ngram.min(characters.len()).max(1);
    let mut set: Vec<u32> = characters.windows(width).map(hash).collect();
    set.sort_unstable();
    set.dedup();
    set
}

/// Hashes characters to 32 well-mixed bits, with the finaliser of SplitMix64.
fn hash(characters: &[u32]) -> u32 {
    let mixed = characters
        .iter()
        .fold(0x9E37_79B9_7F4A_7C15_u64, |hash, &character| {
            (hash.rotate_left(5) ^ u64::from(character)).wrapping_mul(0x517C_C1B7_2722_0A95)
        });
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jaccard(a: &str, b: &str, ngram: usize) -> f64 {
        Shingles::from_texts(&[a, b], ngram).jaccard(0, 1)
    }

    #[test]
    fn similarity_by_hand() {
        // The n-grams are abcd, bcde and abcd, bcdf: one of three is in both texts.
        assert_eq!(jaccard("abcde", "abcdf", 4), 1.0 / 3.0);
        assert_eq!(jaccard("aaaaaa", "aaaa", 4), 1.0);
        assert_eq!(jaccard("ab", "ab", 4), 1.0);
        assert_eq!(jaccard("ab", "abc", 4), 0.0);
        assert_eq!(jaccard("", "", 4), 1.0);
        assert_eq!(jaccard("äöü", "äöx", 1), 0.5);
    }
}
