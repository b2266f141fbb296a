//! One-vs-rest ranking metrics, averaged over the labels, without NaN.

use serde::Serialize;

use crate::confusion::ConfusionMatrix;
use crate::ranking::OneVsRest;

/// A one-vs-rest ranking metric, averaged over the labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RankingScores {
    /// The plain mean over all labels; `None` if a label has no rows. In this case, scikit-learn's ROC-AUC is NaN, and
    /// its average precision counts the label as 0.
    #[serde(rename = "macro")]
    pub macro_average: Option<f64>,
    /// The mean weighted by support, so labels without rows do not contribute; `None` if all rows have the same
    /// label.
    pub weighted: Option<f64>,
}

impl RankingScores {
    pub(super) fn new(scores: &OneVsRest, matrix: &ConfusionMatrix) -> Self {
        let supports = (0..matrix.n_classes()).map(|class| matrix.support(class));
        let n_present = supports.filter(|support| *support > 0).count();
        let all_present = n_present == matrix.n_classes();
        Self {
            macro_average: all_present.then_some(scores.macro_average),
            weighted: (n_present > 1).then_some(scores.weighted_average),
        }
    }
}
