//! How Burn describes weights of 8 bits.

use burn::tensor::quantization::{QuantScheme, QuantStore, QuantValue, ScaleDtype};

/// Maximum absolute value of a weight. Up to this value, AVX2 adds two products of bytes in 16 bits without overflow.
pub(crate) const MAX_WEIGHT: i8 = 63;

/// Returns how Burn describes a quantised weight with `input` inputs, and the number of blocks per output.
/// Burn limits a block to 255 inputs; all blocks of an output have the same scale.
pub(crate) fn scheme(input: usize) -> (QuantScheme, usize) {
    let divides = |block: &u8| input.is_multiple_of(usize::from(*block));
    let block = (1..=u8::MAX).rev().find(divides).unwrap_or(1);
    let scheme = QuantScheme::default()
        .with_value(QuantValue::Q8S)
        .with_store(QuantStore::Native)
        .per_block([block, 1], ScaleDtype::F32);
    (scheme, input / usize::from(block))
}
