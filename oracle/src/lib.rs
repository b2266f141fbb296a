//! An independent BERT: `fixtures/tiny-bert`, exported to ONNX by PyTorch and converted to Burn code by `burn-import`.
//!
//! All of this code is generated, so its logits are an independent reference for the hand-written encoder (`tests/`).

/// The generated module: `Model::from_embedded(&device)`, then `forward(input_ids, attention_mask, token_type_ids)`.
#[allow(missing_docs, unreachable_pub, unused, clippy::all)]
pub mod tiny_bert {
    include!(concat!(env!("OUT_DIR"), "/model/tiny-bert.rs"));
}
