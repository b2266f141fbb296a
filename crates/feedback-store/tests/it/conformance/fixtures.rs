//! Rows for the checks.

use feedback_store::{
    Alert, Fields, ModelRecord, ModelState, NewBatch, NewCorrection, NewPrediction, Reclassified, Score,
};
use serde_json::json;

pub(crate) const DAY: i64 = 86_400_000;

pub(crate) fn prediction(text: &str, label: &str, confidence: f64) -> NewPrediction {
    NewPrediction {
        at: 10 * DAY,
        undated: false,
        text: text.into(),
        source: "api".into(),
        labels: vec![label.into()],
        confidence,
        margin: 2.0 * confidence - 1.0,
        abstained: None,
        truncated: false,
        scores: vec![
            Score {
                label: label.into(),
                score: confidence,
            },
            Score {
                label: "rest".into(),
                score: 1.0 - confidence,
            },
        ],
        unfamiliarity: None,
        answers: Vec::new(),
        model: "m1".into(),
        batch: None,
        fields: Fields::default(),
    }
}

/// What a model says about the text with this id: the same as in `new`.
pub(crate) fn reclassified(id: i64, new: &NewPrediction, model: &str) -> Reclassified {
    Reclassified {
        id,
        labels: new.labels.clone(),
        confidence: new.confidence,
        margin: new.margin,
        abstained: new.abstained,
        truncated: new.truncated,
        unfamiliarity: new.unfamiliarity,
        scores: new.scores.clone(),
        answers: new.answers.clone(),
        model: model.into(),
    }
}

pub(crate) fn correction(prediction_id: i64, label: &str, key: Option<&str>) -> NewCorrection {
    NewCorrection {
        prediction_id,
        labels: vec![label.into()],
        actor: "Ann".into(),
        settles: false,
        idempotency_key: key.map(str::to_owned),
    }
}

pub(crate) fn batch_of(total_rows: u64) -> NewBatch {
    NewBatch {
        name: "a.csv".into(),
        format: "csv".into(),
        file: "x".into(),
        bytes: 10,
        sha256: Some("ab12".into()),
        total_rows,
        text_field: Some("text".into()),
        columns: Some(vec!["id".into(), "text".into(), "Größe, „cm“".into()]),
        notes: Vec::new(),
    }
}

pub(crate) fn alert(label: &str, day: i64, count: u64) -> Alert {
    Alert {
        label: label.into(),
        day,
        count,
        median: 5.5,
        mad: 1.25,
        score: 1.0 / 3.0,
        at: day * DAY + 7,
    }
}

pub(crate) fn model(id: &str, added_at: i64) -> ModelRecord {
    ModelRecord {
        id: id.into(),
        origin: "models/x".into(),
        state: ModelState::Candidate,
        labels: vec!["bug".into()],
        manifest: json!({ "seed": 42 }),
        added_at,
        served_at: None,
    }
}
