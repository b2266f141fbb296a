//! 16-bit floats (IEEE 754 binary16), for components of vectors of length 1.
//!
//! Reading is part of the product of two vectors, so it consists of operations on whole words that the compiler turns into vector
//! instructions of any processor.

/// The smallest positive number that is stored; smaller ones are stored as 0. Below it, 16-bit floats lose precision, and processors
/// are slow to read them.
const MIN: f32 = 6.103_515_6e-5; // 2⁻¹⁴
/// 2¹¹²: the exponents of `f32` are this much larger than those of 16-bit floats.
const SCALE: f32 = 5.192_297e33;

/// Rounds a number from −1 to 1 to the nearest 16-bit float, of two equally near ones to the even one.
pub(crate) fn to_bits(value: f32) -> u16 {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    let size = value.abs();
    if size < MIN {
        return sign;
    }
    let bits = size.to_bits();
    let rounded = bits + 0x0fff + (bits >> 13 & 1);
    sign | ((rounded >> 13) - (112 << 10)) as u16
}

/// Returns the number that the bits stand for, which must be neither infinite nor NaN.
pub(crate) fn from_bits(bits: u16) -> f32 {
    small(u32::from(bits)) * SCALE
}

/// Returns the number that the lower 16 bits stand for, divided by [`SCALE`]: the exponent moves to its place unchanged.
#[inline]
fn small(bits: u32) -> f32 {
    f32::from_bits((bits & 0x7fff) << 13 | (bits & 0x8000) << 16)
}

/// Number of words that are multiplied side by side.
const LANES: usize = 8;
/// Rows have a multiple of this many components; zeros follow the last one.
pub(crate) const PADDING: usize = 2 * LANES;

/// A vector to multiply rows with.
#[derive(Debug)]
pub(crate) struct Factor {
    /// The components at even and at odd places, times [`SCALE`]. A word of a row has one of each.
    parts: Vec<[[f32; LANES]; 2]>,
}

impl Factor {
    /// The components must be from −1 to 1.
    pub(crate) fn new(vector: &[f32]) -> Self {
        let part = |components: &[f32]| {
            let mut part = [[0.0; LANES]; 2];
            for (place, component) in components.iter().enumerate() {
                part[place % 2][place / 2] = component * SCALE;
            }
            part
        };
        Self {
            parts: vector.chunks(PADDING).map(part).collect(),
        }
    }

    /// The product with a row: words of two 16-bit floats, the lower half first, with the padding. The sums are always added up in the
    /// same order, so the result is the same on every processor and with any number of threads.
    pub(crate) fn dot(&self, row: &[u32]) -> f32 {
        let (mut even, mut odd) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        for ([evens, odds], words) in self.parts.iter().zip(row.chunks_exact(LANES)) {
            for lane in 0..LANES {
                even[lane] += evens[lane] * small(words[lane]);
                odd[lane] += odds[lane] * small(words[lane] >> 16);
            }
        }
        even.iter().chain(&odd).sum()
    }
}

/// Converts little-endian bytes to words. Done for many words at once, since the compiler would otherwise mix the bytes into the products.
pub(crate) fn to_words(bytes: &[u8], words: &mut [u32]) {
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value by the definition of the format.
    fn defined(bits: u16) -> f64 {
        let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
        let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
        match exponent {
            0 => sign * fraction * 2_f64.powi(-24),
            _ => sign * (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
        }
    }

    #[test]
    fn all_finite_numbers_are_read_as_defined() {
        for bits in (0..=u16::MAX).filter(|bits| bits >> 10 & 31 != 31) {
            assert_eq!(f64::from(from_bits(bits)), defined(bits), "{bits:#x}");
        }
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest() {
        let largest = to_bits(1.0);
        for bits in 0x0400..largest {
            let (low, high) = (defined(bits), defined(bits + 1));
            let middle = ((low + high) / 2.0) as f32; // exact: `f32` has more bits
            assert_eq!(to_bits(middle) & 1, 0, "the even one of two");
            assert_eq!(to_bits(middle.next_down()), bits);
            assert_eq!(to_bits(-middle.next_up()), 0x8000 | (bits + 1));
        }
        assert_eq!((to_bits(1.0), to_bits(0.0), to_bits(1e-6)), (0x3c00, 0, 0));
    }

    #[test]
    fn products_agree_with_double_precision() {
        for width in [1, 15, 16, 33, 384] {
            let of = |step: usize| (0..width).map(move |place| ((place * step % 17) as f32 - 8.0) / 40.0);
            let (one, other): (Vec<f32>, Vec<f32>) = (of(5).collect(), of(3).collect());
            let mut row: Vec<u8> = other
                .iter()
                .flat_map(|value| to_bits(*value).to_le_bytes())
                .collect();
            row.resize(row.len().next_multiple_of(2 * PADDING), 0);
            let mut words = vec![0; row.len() / 4];
            to_words(&row, &mut words);
            let expected: f64 = one
                .iter()
                .zip(row.chunks_exact(2))
                .map(|(a, b)| f64::from(*a) * defined(u16::from_le_bytes([b[0], b[1]])))
                .sum();
            assert!(
                (f64::from(Factor::new(&one).dot(&words)) - expected).abs() < 1e-5,
                "{width}"
            );
        }
    }
}
