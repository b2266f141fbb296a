//! Losses, each summed over the samples of a batch, so that the trainer can compute the mean over a whole update.

mod class_weights;
mod classification;
mod distillation;
mod multi_label;

pub use classification::{ClassificationLoss, cross_entropy_sum};
pub use distillation::{cosine_distance_sum, hidden_state_distance_sum, soft_target_sum};
pub use multi_label::MultiLabelLoss;
