//! Losses, each summed over the samples of a batch so that the trainer can form the mean of a whole update.

mod classification;
mod distillation;
mod multi_label;

pub use classification::{ClassificationLoss, cross_entropy_sum};
pub use distillation::{cosine_distance_sum, hidden_state_distance_sum, soft_target_sum};
pub use multi_label::MultiLabelLoss;

use crate::{Error, Result};

/// Checks weights that are given for each class: finite, 0 or more, and not all 0.
fn check_weights(argument: &'static str, weights: &[f64]) -> Result<()> {
    let wrong = weights
        .iter()
        .position(|weight| !(weight.is_finite() && *weight >= 0.0));
    if let Some(class) = wrong {
        return Err(Error::Argument {
            argument,
            expected: "finite numbers of 0 or more".into(),
            found: format!("`{}` for class {class}", weights[class]),
        });
    }
    if weights.iter().all(|weight| *weight == 0.0) {
        return Err(Error::Argument {
            argument,
            expected: "at least one number above 0".into(),
            found: format!("{} of them, none above 0", weights.len()),
        });
    }
    Ok(())
}
