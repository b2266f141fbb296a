//! Limits the memory that a `config.json` can request.

use std::collections::BTreeMap;

use burn_store::burn_pack::Tensor as FileTensor;

use crate::config::BertConfig;
use crate::error::Problem;

/// Returns an error for sizes far above the contents of the weights file, before memory is allocated for them,
/// since a `config.json` may contain anything. Smaller differences are reported for each tensor once the model
/// has been built.
pub(super) fn check_sizes(
    config: &BertConfig,
    file: &BTreeMap<String, FileTensor>,
) -> std::result::Result<(), Problem> {
    let elements = |shape: &[usize]| {
        shape
            .iter()
            .fold(1_usize, |product, &size| product.saturating_mul(size))
    };
    let all = file.values().fold(0_usize, |all, tensor| {
        all.saturating_add(elements(tensor.shape.as_slice()))
    });
    let narrow = config.embedding_size();
    let hidden = config.hidden_size;
    let largest = [
        ("vocab_size", config.vocab_size, narrow),
        ("max_position_embeddings", config.max_position_embeddings, narrow),
        ("type_vocab_size", config.type_vocab_size, narrow),
        ("intermediate_size", config.intermediate_size, hidden),
        ("hidden_size", hidden, hidden),
        ("embedding_size", narrow, hidden),
    ];
    let layer = hidden
        .saturating_mul(4 * hidden.min(usize::MAX / 4))
        .saturating_add(config.intermediate_size.saturating_mul(2).saturating_mul(hidden));
    let largest = largest.map(|(field, size, width)| (field, size, width, 16));
    // A layer is allocated many times, so the limit for layers is lower.
    let layers = ("num_hidden_layers", config.num_hidden_layers, layer, 2);
    for (field, size, width, times) in largest.into_iter().chain([layers]) {
        if size.saturating_mul(width) > all.saturating_mul(times) {
            return Err(Problem::with_hint(
                format!(
                    "config.json has `{field}` {size} (hidden_size {hidden}), but the whole file has {all} numbers"
                ),
                "config.json and the weights belong to different models",
            ));
        }
    }
    Ok(())
}
