//! Loads any bytes as the `config.json` of a model folder: `scripts/fuzz.sh config 600`

#![no_main]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/memory.rs"]
mod memory;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(model) = folder::load_with("config.json", data) {
        assert!(model.config.validate().is_ok());
    }
});
