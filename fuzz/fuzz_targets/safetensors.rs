//! Loads any bytes as the header of `model.safetensors`: `scripts/fuzz.sh safetensors 600`
//!
//! If the first byte is even, the correct length is written before the header; otherwise the next eight bytes of the input
//! are the length.

#![no_main]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/memory.rs"]
mod memory;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, header)) = data.split_first() else { return };
    let mut file = Vec::new();
    if choice % 2 == 0 {
        file.extend_from_slice(&(header.len() as u64).to_le_bytes());
    }
    file.extend_from_slice(header);
    // About as much tensor data as in the fixture.
    file.resize(file.len() + 140_000, 0);
    folder::load_with("model.safetensors", &file);
});
