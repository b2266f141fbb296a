//! TF-IDF of token n-grams, whose weights a model of the kind `head` adds to the logits of its network.

mod features;
mod head;

pub use features::NgramFeatures;
pub(crate) use head::NGRAMS;
pub use head::NgramHead;
