//! TF-IDF of token n-grams. A model of the kind `head` adds a linear function of them to the logits of its
//! network.

mod features;
mod head;

pub use features::NgramFeatures;
pub(crate) use head::NGRAMS;
pub use head::NgramHead;
