//! Writes `fixtures/onnx/tiny-bert.onnx` as Burn code, with the weights inside.

#![allow(
    deprecated,
    reason = "burn-import is by now a name for burn-onnx, and says so at each use"
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
