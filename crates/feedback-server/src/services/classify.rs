//! Classifies texts for the API and the pages, and stores the predictions unless the request opts out.

use feedback_inference::{AbstainReason, Explanation};

use crate::clock::now_ms;
use crate::dto::PredictionDto;
use crate::events::Event;
use crate::http::client::Client;
use crate::limits::MAX_TEXT_BYTES;
use crate::problem::{Code, Problem, ServiceResult};
use crate::serving::{Caller, Classified, Explained, Lane, Prediction};
use crate::state::Inner;
use feedback_store::{Fields, NewPrediction};

/// A request with more texts than this waits in the bulk lane, like files.
const INTERACTIVE_TEXTS: usize = 16;
/// Maximum length of the name of a source, in bytes.
const MAX_SOURCE: usize = 64;
/// Maximum length of the fields in a request, in bytes.
const MAX_FIELDS: usize = 16 << 10;

/// A prediction and, if it was stored, its id.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) prediction: Prediction,
    pub(crate) id: Option<i64>,
    pub(crate) explanation: Option<Explanation>,
}

impl Remembered {
    /// Converts to the form that the API returns, with at most `top_k` scores.
    pub(crate) fn into_dto(self, top_k: Option<usize>) -> PredictionDto {
        let prediction = self.prediction;
        let scores = prediction.scores.into_iter();
        PredictionDto {
            id: self.id,
            predicted_label: prediction.labels.first().cloned(),
            predicted_labels: prediction.labels,
            confidence: prediction.confidence,
            abstained: prediction.abstained,
            abstain_reason: prediction.abstain_reason.map(AbstainReason::name),
            unknown_share: prediction.unknown_share,
            scores: scores.take(top_k.unwrap_or(usize::MAX)).map(Into::into).collect(),
            answers: prediction.answers.into_iter().map(Into::into).collect(),
            truncated: prediction.truncated,
            text_windows: prediction.windows.map(Into::into),
            unfamiliarity: prediction.unfamiliarity,
            unfamiliar: prediction.unfamiliar,
            explanation: self.explanation.map(Into::into),
        }
    }
}

/// The texts to classify, and what to do with the predictions.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    /// The client that sent the request.
    pub(crate) client: Client,
    pub(crate) texts: Vec<String>,
    /// Where the texts come from.
    pub(crate) source: &'a str,
    /// What else to store with each text.
    pub(crate) fields: Fields,
    /// Whether to store the texts and their predictions.
    pub(crate) store: bool,
    /// Whether to refuse a text that the model does not read to its end.
    pub(crate) refuse_truncated: bool,
    /// Whether to find the words that mattered for the label. Allowed only in a request with one text.
    pub(crate) explain: bool,
    /// The label to explain; the predicted one by default.
    pub(crate) explain_label: Option<String>,
}

/// Classifies texts. Returns the model's id and a result for each text, in order.
pub(crate) async fn classify(state: &Inner, mut ask: Ask<'_>) -> ServiceResult<(String, Vec<Remembered>)> {
    check(state, &ask)?;
    ask.texts = ask.texts.into_iter().map(|text| state.masked(text)).collect();
    ask.fields = state.masked_fields(ask.fields);
    let (model, predictions, explanation) = predict(state, &ask, ask.texts.clone()).await?;
    if let (true, Some(index)) = (
        ask.refuse_truncated,
        predictions.iter().position(|one| one.truncated),
    ) {
        let detail = format!(
            "text {} is longer than the model reads; allow `truncate`, or shorten it",
            index + 1
        );
        return Err(Problem::new(Code::TooLarge, detail));
    }
    let n = predictions.len();
    let ids = if ask.store {
        let new = ask
            .texts
            .into_iter()
            .zip(&predictions)
            .map(|(text, prediction)| {
                let fields = ask.fields.clone();
                to_store(text, prediction, ask.source, &model, now_ms(), fields)
            })
            .collect();
        let ids = state.store.run(move |store| store.add_predictions(new)).await?;
        state.events.send(Event::Classified { count: n });
        ids.into_iter().map(Some).collect()
    } else {
        vec![None; n]
    };
    let explanations = std::iter::once(explanation).chain(std::iter::repeat(None));
    let remembered = predictions.into_iter().zip(ids).zip(explanations);
    let remembered = remembered.map(|((prediction, id), explanation)| Remembered {
        prediction,
        id,
        explanation,
    });
    Ok((model, remembered.collect()))
}

async fn predict(
    state: &Inner,
    ask: &Ask<'_>,
    mut texts: Vec<String>,
) -> ServiceResult<(String, Vec<Prediction>, Option<Explanation>)> {
    let engine = state.models.engine();
    let caller = Caller::Client(ask.client.address);
    if ask.explain
        && let Some(text) = texts.pop()
    {
        let Explained {
            served,
            prediction,
            explanation,
        } = engine.explain(caller, text, ask.explain_label.clone()).await?;
        return Ok((served.id.to_string(), vec![prediction], Some(explanation)));
    }
    let lane = if texts.len() > INTERACTIVE_TEXTS {
        Lane::Bulk
    } else {
        Lane::Interactive
    };
    let Classified { served, results } = engine.classify(lane, caller, texts).await?;
    let predictions = results.into_iter().collect::<Result<_, _>>()?;
    Ok((served.id.to_string(), predictions, None))
}

fn check(state: &Inner, ask: &Ask<'_>) -> ServiceResult<()> {
    let texts = &ask.texts;
    if texts.is_empty() {
        return Err(Problem::invalid("the request contains no text"));
    }
    if texts.len() > state.config.max_texts {
        let detail = format!(
            "the request has {} texts, the maximum is {}; upload a file as a batch for more texts",
            texts.len(),
            state.config.max_texts
        );
        return Err(Problem::new(Code::TooManyTexts, detail));
    }
    if let Some(index) = texts.iter().position(|text| text.len() > MAX_TEXT_BYTES) {
        let (place, bytes) = (index + 1, texts[index].len());
        let detail = format!("text {place} has {bytes} bytes, the maximum is {MAX_TEXT_BYTES}");
        return Err(Problem::new(Code::TooLarge, detail));
    }
    let bytes = ask.fields.n_bytes();
    if bytes > MAX_FIELDS {
        let detail = format!("`fields` has {bytes} bytes, the maximum is {MAX_FIELDS}");
        return Err(Problem::new(Code::TooLarge, detail));
    }
    if ask.explain_label.is_some() && !ask.explain {
        return Err(Problem::invalid("`explain_label` needs `explain`"));
    }
    if ask.explain && texts.len() > 1 {
        let detail = "`explain` is allowed only in a request with one text";
        return Err(Problem::new(Code::TooManyTexts, detail));
    }
    Ok(())
}

/// Returns the given name of a source, or the default if none is given.
///
/// # Errors
///
/// `invalid_request` if the name is empty or too long.
pub(crate) fn source<'a>(given: Option<&'a str>, default: &'a str) -> ServiceResult<&'a str> {
    let source = given.unwrap_or(default);
    if source.is_empty() || source.len() > MAX_SOURCE {
        return Err(Problem::invalid(format!(
            "`source` must have 1 to {MAX_SOURCE} bytes"
        )));
    }
    Ok(source)
}

/// Converts a prediction to the form that the store accepts.
pub(crate) fn to_store(
    text: String,
    prediction: &Prediction,
    source: &str,
    model: &str,
    at: i64,
    fields: Fields,
) -> NewPrediction {
    NewPrediction {
        at,
        undated: false,
        text,
        source: source.to_owned(),
        labels: prediction.labels.clone(),
        confidence: prediction.confidence,
        margin: prediction.margin,
        abstained: prediction.abstained,
        truncated: prediction.truncated,
        unfamiliarity: prediction.unfamiliarity,
        scores: prediction.stored_scores(),
        answers: prediction.stored_answers(),
        model: model.to_owned(),
        batch: None,
        fields,
    }
}
