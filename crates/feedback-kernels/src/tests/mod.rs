//! Compares the kernels with the compositions of Burn's operations that they replace.

mod against_plain;
mod bytes;
mod odd_values;
mod same_bits;

use burn::tensor::{Device, Tensor, TensorData};

/// Returns pseudo-random numbers between -1 and 1: SplitMix64 of the index.
fn numbers(length: usize, seed: u64) -> Vec<f32> {
    (0..length as u64)
        .map(|index| {
            let value = (index + seed * 7919 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((value ^ (value >> 31)) >> 40) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

fn matrix(shape: [usize; 2], seed: u64, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(numbers(shape[0] * shape[1], seed), shape), device)
}

fn vector(length: usize, seed: u64, device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(numbers(length, seed), [length]), device)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}
