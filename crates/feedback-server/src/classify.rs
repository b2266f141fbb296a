//! Texts in, predictions out, remembered unless told otherwise: what the API and the pages share.

use feedback_inference::Prediction;

use crate::clock::now_ms;
use crate::events::Event;
use crate::problem::{Answer, Code, Problem};
use crate::serving::{Classified, Lane};
use crate::state::Inner;
use crate::store::NewPrediction;

/// With more texts than this, a request waits with the files.
const INTERACTIVE_TEXTS: usize = 16;

/// A prediction, and the number under which it is remembered.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) prediction: Prediction,
    pub(crate) id: Option<i64>,
}

/// What to classify, and what becomes of it.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) texts: Vec<String>,
    /// Where the texts come from.
    pub(crate) source: &'a str,
    /// Whether they are remembered.
    pub(crate) store: bool,
}

/// Classifies texts. Returns the model's id and a result for each text, in order.
pub(crate) async fn classify(state: &Inner, ask: Ask<'_>) -> Answer<(String, Vec<Remembered>)> {
    check(state, &ask.texts)?;
    let lane = if ask.texts.len() > INTERACTIVE_TEXTS {
        Lane::Bulk
    } else {
        Lane::Interactive
    };
    let texts = if ask.store { ask.texts.clone() } else { Vec::new() };
    let n = ask.texts.len();
    let Classified { served, results } = state.models.engine().classify(lane, ask.texts).await?;
    let predictions: Vec<Prediction> = results.into_iter().collect::<Result<_, _>>()?;
    let model = served.id.to_string();
    let ids = if ask.store {
        let new = texts
            .into_iter()
            .zip(&predictions)
            .map(|(text, prediction)| to_store(text, prediction, ask.source, &model))
            .collect();
        let ids = state.store.run(move |store| store.add_predictions(new)).await?;
        state.events.send(Event::Classified { count: n });
        ids.into_iter().map(Some).collect()
    } else {
        vec![None; n]
    };
    let remembered = predictions.into_iter().zip(ids);
    Ok((
        model,
        remembered
            .map(|(prediction, id)| Remembered { prediction, id })
            .collect(),
    ))
}

fn check(state: &Inner, texts: &[String]) -> Answer<()> {
    if texts.is_empty() {
        return Err(Problem::invalid("there is no text"));
    }
    if texts.len() > state.config.max_texts {
        let detail = format!(
            "{} texts, at most {} in one request; a batch takes more",
            texts.len(),
            state.config.max_texts
        );
        return Err(Problem::new(Code::TooManyTexts, detail));
    }
    Ok(())
}

fn to_store(text: String, prediction: &Prediction, source: &str, model: &str) -> NewPrediction {
    NewPrediction {
        at: now_ms(),
        text,
        source: source.to_owned(),
        label: prediction.predicted_label.clone(),
        confidence: prediction.confidence,
        abstained: prediction.abstained,
        truncated: prediction.truncated,
        scores: prediction.scores.clone(),
        model: model.to_owned(),
        batch: None,
    }
}
