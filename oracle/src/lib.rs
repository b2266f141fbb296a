//! An independent BERT: `fixtures/tiny-bert` as PyTorch exported it to ONNX and `burn-import` wrote it as Burn code.
//!
//! Nothing of it was written by us, so its logits judge the hand-written encoder in `tests/`.

/// The generated module: `Model::from_embedded(&device)`, then `forward(input_ids, attention_mask, token_type_ids)`.
#[allow(missing_docs, unreachable_pub, unused, clippy::all)]
pub mod tiny_bert {
    include!(concat!(env!("OUT_DIR"), "/model/tiny-bert.rs"));
}
