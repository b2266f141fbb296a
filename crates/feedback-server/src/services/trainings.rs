//! Starts trainings with the current corrections.

use std::path::{Path, PathBuf};

use feedback_corrections::{Correction, Job};

use crate::clock::{now_ms, rfc3339};
use crate::dto::TrainingRequest;
use crate::error::Result;
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::labels::checked;
use crate::state::Inner;
use crate::themes::AddedLabels;
use crate::training::{Labelled, MIN_TEXTS, StoredRows, TEXTS_PER_LABEL, Trainer, Trainings};
use feedback_store::{Correction as StoredCorrection, Store};

/// The value of `base` that selects the serving model.
pub(crate) const SERVING: &str = "serving";
/// The name recorded as the author of all corrections and answers that come from this server. It does not identify the user.
pub(crate) const CORRECTED_BY: &str = "the web app";
/// Number of corrections read from the store at a time.
const PAGE: usize = 500;

/// Returns the trainings of this server.
///
/// # Errors
///
/// `not_found` if the server was started without a trainer.
pub(crate) fn available(state: &Inner) -> ServiceResult<&Trainings> {
    state.trainings.as_deref().ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            "training is not available: this server was started without a trainer",
        )
    })
}

/// Starts a training with the current corrections. Returns the id of the training.
pub(crate) async fn start(state: &Inner, request: TrainingRequest, actor: &str) -> ServiceResult<String> {
    let Some(all) = &state.trainings else {
        let reason = "this server only serves: it was started without a trainer";
        return Err(Problem::new(Code::Conflict, reason));
    };
    let labelled = labelled(&request)?;
    let leave_out_rare = request.leave_out_rare;
    let several = request.several_labels || state.models.engine().current().model.is_multi_label();
    let mut job = job(state, all.trainer(), request)?;
    // A text that is erased meanwhile would stay in the files of the training.
    let _none_erased = state.erasing.read().await;
    let mut given = corrections(state).await?;
    let rows = match labelled {
        None => {
            let added = state.store.run(AddedLabels::read).await?;
            job.new_labels = added.names().cloned().collect();
            None
        }
        Some(labelled) => {
            given.clear(); // the rows have them
            Some(stored_rows(state, labelled, several, leave_out_rare).await?)
        }
    };
    let id = all.start(job, &given, rows.as_ref())?;
    let (subject, actor) = (id.clone(), actor.to_owned());
    state
        .store
        .run(move |store| store.add_audit(&actor, "training.start", &subject, ""))
        .await?;
    Ok(id)
}

/// Where the labels of the stored texts come from; `None` if a file is trained on.
fn labelled(request: &TrainingRequest) -> ServiceResult<Option<Labelled>> {
    match (&request.data, &request.label_field, request.people) {
        (_, None, false) => Ok(None),
        (None, Some(field), false) => Ok(Some(Labelled::ByField(field.clone()))),
        (None, None, true) => Ok(Some(Labelled::ByPeople)),
        _ => Err(Problem::invalid(
            "give only one of `data`, `label_field` and `people`",
        )),
    }
}

/// The maximum number of rare labels that are named.
const NAMED: usize = 10;

/// Returns the labelled rows of the store.
///
/// # Errors
///
/// `conflict` if there are fewer than two labels, or if labels have too few texts and are not left out.
async fn stored_rows(
    state: &Inner,
    labelled: Labelled,
    several: bool,
    leave_out_rare: bool,
) -> ServiceResult<StoredRows> {
    let named = labelled.clone();
    let read = move |store: &dyn Store| StoredRows::read(store, &labelled, several);
    let mut rows = state.store.run(read).await?;
    if let (Labelled::ByField(name), 0) = (&named, rows.len()) {
        return Err(Problem::new(
            Code::Conflict,
            format!("no stored text has a value in the field `{name}`"),
        ));
    }
    for label in rows.labels() {
        checked(label).map_err(|_| {
            let shown: String = label.chars().take(40).collect();
            let hint = "a label has 1 to 80 characters on one line, without `; `; with `several_labels`, `; ` divides labels";
            Problem::new(Code::Conflict, format!("`{}` cannot be a label: {hint}", shown.escape_debug()))
        })?;
    }
    if leave_out_rare {
        rows.leave_out_rare();
    }
    let rare = rows.rare();
    if !rare.is_empty() {
        let names: Vec<String> = rare
            .iter()
            .take(NAMED)
            .map(|(label, n)| format!("`{label}` ({n})"))
            .collect();
        let more = rare.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let detail = format!(
            "a label needs {MIN_TEXTS} different texts, so that training, validation and test rows have it; too few have {}{more}: label \
             more texts, or leave these labels out",
            names.join(", ")
        );
        return Err(Problem::new(Code::Conflict, detail));
    }
    if rows.labels().len() < 2 {
        let detail = format!("a training needs at least two labels with {MIN_TEXTS} different texts each");
        return Err(Problem::new(Code::Conflict, detail));
    }
    let (n, wanted) = (rows.len(), TEXTS_PER_LABEL * rows.labels().len());
    if n < wanted {
        let detail = format!(
            "{} labels need at least {wanted} labelled texts, {TEXTS_PER_LABEL} for each on average; there are {n}: label {} more",
            rows.labels().len(),
            wanted - n
        );
        return Err(Problem::new(Code::Conflict, detail));
    }
    Ok(rows)
}

fn job(state: &Inner, trainer: &dyn Trainer, request: TrainingRequest) -> ServiceResult<Job> {
    let served = state.models.engine().current();
    if request.ask_people && (request.several_labels || served.model.is_multi_label()) {
        let detail = "`ask_people` needs a model that gives each text one label; leave it out";
        return Err(Problem::invalid(detail));
    }
    let file = match labelled(&request)? {
        None => data(trainer, request.data.as_deref())?,
        Some(_) => PathBuf::from("texts"), // its place is known once the training has a folder
    };
    let serving = state.models.folder(&served.id);
    let bases = trainer.bases();
    let base = match request.base {
        None => serving.display().to_string(),
        Some(base) if base == SERVING => serving.display().to_string(),
        Some(base) if bases.contains(&base) => base,
        Some(_) => {
            let choice = format!("{SERVING}, {}", bases.join(", "));
            return Err(Problem::invalid(format!("`base` must be one of: {choice}")));
        }
    };
    let mut job = Job::new(file, base, serving);
    job.pooling = request.pooling;
    job.num_train_epochs = request.num_train_epochs;
    job.learning_rate = request.learning_rate;
    job.per_device_train_batch_size = request.per_device_train_batch_size;
    job.ask_people = request.ask_people;
    job.several_labels = request.several_labels;
    job.seed = request.seed.unwrap_or(job.seed);
    job.created_at = now_ms();
    Ok(job)
}

fn data(trainer: &dyn Trainer, name: Option<&str>) -> ServiceResult<PathBuf> {
    let files = trainer.data();
    let found = match (name, files.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(name), all) => all.iter().find(|path| short_name(path, all) == name),
    };
    found.cloned().ok_or_else(|| match files.as_slice() {
        [] => Problem::new(Code::Conflict, "this server offers no labelled file to train on"),
        all => {
            let names: Vec<String> = all.iter().map(|path| short_name(path, all)).collect();
            Problem::invalid(format!("`data` must be one of: {}", names.join(", ")))
        }
    })
}

/// Returns the name under which a training file is offered, usually the file name. Visitors see the full path only if two
/// files have the same name.
pub(crate) fn short_name(path: &Path, all: &[PathBuf]) -> String {
    let same = all.iter().filter(|other| other.file_name() == path.file_name());
    match path.file_name() {
        Some(name) if same.count() == 1 => name.to_string_lossy().into_owned(),
        _ => path.display().to_string(),
    }
}

/// Returns the current corrections: those that are neither superseded nor undone.
pub(crate) async fn corrections(state: &Inner) -> ServiceResult<Vec<Correction>> {
    let all = state
        .store
        .run(|store| -> Result<_> {
            let mut all: Vec<StoredCorrection> = Vec::new();
            loop {
                let page = store.corrections(all.last().map_or(0, |one| one.id), PAGE)?;
                let ended = page.len() < PAGE;
                all.extend(page);
                if ended {
                    return Ok(all);
                }
            }
        })
        .await?;
    let corrections = all.into_iter().map(|stored| Correction {
        text: stored.text,
        labels: stored.labels,
        by: Some(CORRECTED_BY.to_owned()),
        time: Some(rfc3339(stored.at)),
    });
    Ok(corrections.collect())
}
