//! Converts `fixtures/onnx/tiny-bert.onnx` to Burn code with embedded weights.

#![allow(
    deprecated,
    reason = "burn-import is now a deprecated name of burn-onnx"
)]

use burn_import::onnx::{LoadStrategy, ModelGen};

fn main() {
    println!("cargo::rerun-if-changed=../fixtures/onnx/tiny-bert.onnx");
    ModelGen::new()
        .input("../fixtures/onnx/tiny-bert.onnx")
        .out_dir("model/")
        .load_strategy(LoadStrategy::Embedded)
        .run_from_script();
}
