//! The names by which people know the parameters of a model.

/// BERT's name in Transformers for the parameter at `path` of a module of this crate, whichever member of the family it is:
/// `encoder.layer.0.attention.self.query.weight`.
///
/// What stands before the parts of a [`BertForSequenceClassification`](crate::BertForSequenceClassification) is left away,
/// and so is the prefix `bert.`.
///
/// ```
/// let path = "model.bert.encoder.layer.0.attention.self_attention.query.weight";
/// assert_eq!(feedback_bert::parameter_name(path), "encoder.layer.0.attention.self.query.weight");
/// assert_eq!(feedback_bert::parameter_name("bert.embeddings.layer_norm.gamma"), "embeddings.LayerNorm.weight");
/// assert_eq!(feedback_bert::parameter_name("model.classifier.bias"), "classifier.bias");
/// ```
pub fn parameter_name(path: &str) -> String {
    let name = path
        .replace(".attention.self_attention.", ".attention.self.")
        .replace(".layer_norm.gamma", ".LayerNorm.weight")
        .replace(".layer_norm.beta", ".LayerNorm.bias");
    let name = name.strip_prefix("model.").unwrap_or(&name);
    name.strip_prefix("bert.").unwrap_or(name).to_owned()
}

/// How many layers lie between the parameter of this [name](parameter_name) and the output, in a model of
/// `num_hidden_layers` blocks: 0 for pooler and classifier, 1 for the last block, `num_hidden_layers + 1` for the embeddings.
///
/// ELECTRA's own code (`model/optimization.py`, `_get_layer_lrs`) counts in the same way, but leaves one number out between
/// the last block and the head.
///
/// ```
/// use feedback_bert::layer_depth;
///
/// assert_eq!(layer_depth("classifier.weight", 6), 0);
/// assert_eq!(layer_depth("encoder.layer.5.output.dense.weight", 6), 1);
/// assert_eq!(layer_depth("encoder.layer.0.output.dense.weight", 6), 6);
/// assert_eq!(layer_depth("embeddings.word_embeddings.weight", 6), 7);
/// ```
pub fn layer_depth(name: &str, num_hidden_layers: usize) -> usize {
    if name.starts_with("embeddings") {
        return num_hidden_layers + 1; // with ELECTRA's `embeddings_project`
    }
    let block = name
        .strip_prefix("encoder.layer.")
        .and_then(|rest| rest.split('.').next());
    let block = block.and_then(|number| number.parse::<usize>().ok());
    block.map_or(0, |block| num_hidden_layers.saturating_sub(block))
}
