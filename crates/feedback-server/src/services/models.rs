//! The models and the audit trail.

use feedback_corrections::{SameRows, Verdict};
use feedback_store::{AuditEntry, ModelRecord, ModelState};

use crate::error::Result;
use crate::phrases::{count_of, percent};
use crate::problem::{Code, Problem, ServiceResult};
use crate::state::Inner;
use crate::training::Training;

/// Number of the newest entries of the audit log among which changes of models are looked for.
const MAX_AUDIT: usize = 1000;

/// Returns all known models.
pub(crate) async fn list(state: &Inner) -> ServiceResult<Vec<ModelRecord>> {
    Ok(state.store.run(|store| store.models()).await?)
}

/// Returns the model with this id; `None` if there is no such model.
pub(crate) async fn get(state: &Inner, id: String) -> ServiceResult<Option<ModelRecord>> {
    Ok(state.store.run(move |store| store.model(&id)).await?)
}

/// Returns the model with this id.
///
/// # Errors
///
/// `not_found` if there is no such model.
pub(crate) async fn find(state: &Inner, id: String) -> ServiceResult<ModelRecord> {
    let model = get(state, id.clone()).await?;
    model.ok_or_else(|| Problem::not_found("model", id))
}

/// Promotes a model.
///
/// # Errors
///
/// `conflict` if there are [`doubts`] and `accept_worse` is not set; `not_found` if there is no such model; errors of loading it.
pub(crate) async fn promote(state: &Inner, id: String, accept_worse: bool, actor: &str) -> ServiceResult<()> {
    let record = find(state, id.clone()).await?;
    let serving = state.models.engine().current().id;
    let doubts = doubts(state, &record, &trainings(state)?)?;
    if !accept_worse && !doubts.is_empty() {
        let detail = format!("{}; to promote it anyway, set `accept_worse`", doubts.join("; "));
        return Err(Problem::new(Code::Conflict, detail));
    }
    // Of what serves now, nothing is known if somebody promoted another model meanwhile.
    Ok(state.models.promote(&id, &serving, actor).await?)
}

/// Returns why a person should think twice before promoting a model, with the figures: it is worse than a simple baseline, or it is not
/// surely better than the model that serves. No doubts concern the serving model itself.
///
/// # Errors
///
/// The folder of the trainings cannot be read.
pub(crate) fn doubts(
    state: &Inner,
    model: &ModelRecord,
    trainings: &[Training],
) -> ServiceResult<Vec<String>> {
    if model.state == ModelState::Serving {
        return Ok(Vec::new());
    }
    let mut doubts: Vec<String> = feedback_inference::warning(&model.manifest).into_iter().collect();
    let serving = state.models.engine().current().id;
    match compared(trainings, &model.id, &serving) {
        Some(same) if same.verdict() == Verdict::Better => {}
        Some(same) => doubts.push(in_words(&same)),
        None => doubts.push("it was not compared with the serving model on the same rows".into()),
    }
    Ok(doubts)
}

/// Returns the trainings, to be asked about with [`doubts`]; none without a trainer.
///
/// # Errors
///
/// The folder of the trainings cannot be read.
pub(crate) fn trainings(state: &Inner) -> ServiceResult<Vec<Training>> {
    Ok(match &state.trainings {
        Some(trainings) => trainings.list()?,
        None => Vec::new(),
    })
}

/// Returns two models on the same test rows, if the training of one of them has compared them. The first one counts as the new model.
fn compared(trainings: &[Training], new: &str, serving: &str) -> Option<SameRows> {
    // A state folder may have been moved since, so only the name of the model's folder counts: its id.
    let is_between = |training: &Training, new: &str, serving: &str| {
        training.model.as_deref() == Some(new)
            && training
                .job
                .serving
                .file_name()
                .is_some_and(|name| name == serving)
    };
    trainings.iter().find_map(|training| {
        let same = training.outcome.as_ref()?.same_rows.as_ref()?;
        if is_between(training, new, serving) {
            Some(same.clone())
        } else {
            is_between(training, serving, new).then(|| same.reversed())
        }
    })
}

/// Says in words which of two models is better.
pub(crate) fn in_words(same: &SameRows) -> String {
    let figures = format!(
        "{} against {} right on the same {} rows",
        percent(same.new),
        percent(same.serving),
        same.n
    );
    let figures = match same.seen {
        0 => figures,
        seen => format!(
            "{figures} ({} that one of them was trained on are left out)",
            count_of(seen, "row", "rows")
        ),
    };
    let labels = |labels: &[String]| count_of(labels.len() as u64, "label", "labels");
    let chance = match same.paired.p_value {
        p if p < 0.001 => "p < 0.001".to_owned(),
        p => format!("p = {p:.3}"),
    };
    match same.verdict() {
        Verdict::Better => format!("it is better than the serving model: {figures}, surely ({chance})"),
        Verdict::Worse => format!("it is worse than the serving model: {figures}, surely ({chance})"),
        Verdict::Unclear if !same.lacking.is_empty() => format!(
            "it cannot be said to be better than the serving model, which lacks {}: {figures} whose labels both have",
            labels(&same.lacking)
        ),
        Verdict::Unclear if !same.lacking_in_new.is_empty() => format!(
            "it lacks {} of the serving model: {figures} whose labels both have",
            labels(&same.lacking_in_new)
        ),
        Verdict::Unclear => {
            format!(
                "it is not surely better than the serving model: {figures}, which can be chance ({chance})"
            )
        }
    }
}

/// Returns the newest entries of the audit trail.
pub(crate) async fn audit(state: &Inner, limit: usize) -> ServiceResult<Vec<AuditEntry>> {
    Ok(state.store.run(move |store| store.audit(limit)).await?)
}

/// Returns all known models and the newest entries of the audit trail.
pub(crate) async fn with_audit(
    state: &Inner,
    limit: usize,
) -> ServiceResult<(Vec<ModelRecord>, Vec<AuditEntry>)> {
    let found = state
        .store
        .run(move |store| -> Result<_> {
            let changes = store
                .audit(MAX_AUDIT)?
                .into_iter()
                .filter(|entry| entry.action.starts_with("model."));
            Ok((store.models()?, changes.take(limit).collect()))
        })
        .await?;
    Ok(found)
}
