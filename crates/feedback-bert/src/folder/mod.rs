//! Model folders, which Hugging Face Transformers can read too.

mod fine_tuning;
mod layout;
mod manifest;
mod model_folder;

pub use fine_tuning::{Pretrained, load_for_fine_tuning};
pub use layout::check_max_length;
pub(crate) use layout::{CONFIG, check_vocabulary, require_head, require_model_files, save_plain};
pub use manifest::{
    BASE_FINGERPRINTS, FeedbackManifest, LabelDecisions, ModelKind, add_hash, make_final, saved_cleaning,
    saved_long_texts, saved_max_length, saved_pooling, trained_on,
};
pub use model_folder::ModelFolder;
