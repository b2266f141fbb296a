//! Validation of class weights.

use crate::error::{Error, Result};

/// Checks one weight per class: finite, 0 or more, and not all 0.
pub(super) fn check_weights(argument: &'static str, weights: &[f64]) -> Result<()> {
    let invalid = weights
        .iter()
        .position(|weight| !(weight.is_finite() && *weight >= 0.0));
    if let Some(class) = invalid {
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
            found: format!("a list of {}, none above 0", weights.len()),
        });
    }
    Ok(())
}
