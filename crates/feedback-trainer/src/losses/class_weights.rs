//! What weights of classes must be.

use crate::error::{Error, Result};

/// Checks weights that are given for each class: finite, 0 or more, and not all 0.
pub(super) fn check_weights(argument: &'static str, weights: &[f64]) -> Result<()> {
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
