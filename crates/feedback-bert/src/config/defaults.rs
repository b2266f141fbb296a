//! Defaults of `transformers.BertConfig`.

use std::collections::BTreeMap;

use super::activation::HiddenAct;

pub(super) fn vocab_size() -> usize {
    30522
}

pub(super) fn hidden_size() -> usize {
    768
}

pub(super) fn layers() -> usize {
    12
}

pub(super) fn intermediate_size() -> usize {
    3072
}

pub(super) fn hidden_act() -> HiddenAct {
    HiddenAct::Gelu
}

pub(super) fn dropout() -> f64 {
    0.1
}

pub(super) fn max_position_embeddings() -> usize {
    512
}

pub(super) fn type_vocab_size() -> usize {
    2
}

pub(super) fn initializer_range() -> f64 {
    0.02
}

pub(super) fn layer_norm_eps() -> f64 {
    1e-12
}

pub(super) fn id2label() -> BTreeMap<String, String> {
    [("0", "LABEL_0"), ("1", "LABEL_1")]
        .map(|(id, name)| (id.to_owned(), name.to_owned()))
        .into()
}
