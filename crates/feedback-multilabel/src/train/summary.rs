//! The result of a training with several labels.

use feedback_pipeline::train::TrainSummary;

use crate::evaluate::MultiLabelEvaluation;

/// The result of a training, as printed in JSON format. The metrics on the validation texts are those with a threshold of one half, and
/// those on the test texts have the model's own thresholds.
pub type MultiLabelSummary = TrainSummary<MultiLabelEvaluation>;
