//! Starts a batch: what its columns are for, and what will be set aside.

use std::collections::BTreeSet;

use feedback_dataset::dates::DateOrder;
use feedback_dataset::read::{Reader, RowError};
use feedback_store::{Batch, BatchState, ColumnChoice, Conflict, Error as StoreError};

use crate::auth::{Role, Who};
use crate::batch::{Chosen, Inspection, SetAside, data_reason, label_names, read_options, set_aside};
use crate::dto::StartRequest;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::batches::{find, inspected, parsed};
use crate::services::labels;
use crate::state::Inner;

/// Maximum number of different labels in a label column.
const MAX_LABELS: usize = 200;

/// What the columns of a file are for, with the names that are found or remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) text: String,
    pub(crate) choice: ColumnChoice,
}

impl Columns {
    /// Returns what the columns seem to be for, or what somebody chose for the earlier file `like` of the same columns.
    pub(crate) fn guessed(found: &Inspection, like: Option<&Batch>) -> Self {
        let chosen = like.and_then(|like| Some((like.upload.text_field.clone()?, like.choice.clone()?)));
        match chosen {
            Some((text, choice)) => Self { text, choice },
            None => Self {
                text: found.guess.clone(),
                choice: ColumnChoice {
                    date: found.date.clone(),
                    source: found.source.clone(),
                    ..ColumnChoice::default()
                },
            },
        }
    }

    /// Applies what a request says.
    ///
    /// # Errors
    ///
    /// `invalid_request` if it names a column that the file does not have, or an unknown date order.
    pub(crate) fn with(mut self, request: StartRequest, columns: &[String]) -> ServiceResult<Self> {
        let checked = |name: &str, field: String| match field.is_empty() {
            true => Ok(None),
            false if columns.contains(&field) => Ok(Some(field)),
            false => Err(Problem::invalid(format!("`{name}` is not a column of the file"))),
        };
        if let Some(field) = request.text_field {
            self.text = checked("text_field", field)?.unwrap_or_default();
        }
        if !columns.contains(&self.text) {
            return Err(Problem::invalid("`text_field` is not a column of the file"));
        }
        if let Some(field) = request.date_field {
            self.choice.date = checked("date_field", field)?;
        }
        if let Some(field) = request.label_field {
            self.choice.label = checked("label_field", field)?;
        }
        if let Some(field) = request.source_field {
            self.choice.source = checked("source_field", field)?;
        }
        if let Some(order) = request.date_order {
            if !order.is_empty() && order.parse::<DateOrder>().is_err() {
                let detail = "`date_order` must be `day-first` or `month-first`";
                return Err(Problem::invalid(detail));
            }
            self.choice.order = Some(order).filter(|order| !order.is_empty());
        }
        if self.choice.label.as_ref() == Some(&self.text) {
            return Err(Problem::invalid(
                "`label_field` and `text_field` are the same column",
            ));
        }
        Ok(self)
    }

    fn chosen(&self) -> Chosen<'_> {
        let order = self.choice.order.as_deref();
        Chosen {
            text: &self.text,
            date: self.choice.date.as_deref(),
            order: order.and_then(|order| order.parse().ok()),
        }
    }
}

/// Queues a staged batch. What the request does not say is found, or remembered from the last file with the same columns.
///
/// # Errors
///
/// `conflict` if the batch is not staged; `invalid_request` if the columns cannot be used so; `forbidden` if the visitor may not give
/// labels, and the file has some to give.
pub(crate) async fn start(state: &Inner, id: i64, request: StartRequest, who: &Who) -> ServiceResult<()> {
    let actor = who.actor();
    let batch = find(state, id).await?;
    if batch.state != BatchState::Staged {
        return Err(Error::from(StoreError::from(Conflict::BatchNotStaged(id))).into());
    }
    let (found, like) = inspected(state, &batch).await?;
    if request.text_field.is_none() && !found.is_found && like.is_none() {
        return Err(Problem::invalid(format!(
            "no column of the file seems to contain texts; state it as `text_field`: {}",
            found.columns.join(", ")
        )));
    }
    let is_chosen = request.has_choices();
    let mut columns = Columns::guessed(&found, like.as_ref()).with(request, &found.columns)?;
    columns.choice.is_chosen = is_chosen;
    if columns.choice.label.is_some() && !who.may(Role::Label, "corrections") {
        let detail = "this key may not give labels; set `label_field` to an empty string, or use a key with the role `label` and the scope `corrections`";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    will_be_set_aside(state, &batch, &columns).await?;
    if let Some(field) = columns.choice.label.clone() {
        add_labels(state, &batch, &columns, &field, actor).await?;
        columns.choice.labelled_by = Some(actor.to_owned());
    }
    // A batch must not start while an erasure searches and rewrites its file.
    let _not_erasing = state.erasing.read().await;
    let Columns { text, choice } = columns;
    state
        .store
        .run(move |store| store.queue_batch(id, &text, Some(choice)))
        .await?;
    state.batches.wake();
    state.events.send(Event::Batch { id });
    Ok(())
}

/// Whether the file of a batch is there. After the restore of a backup without uploads, it is not.
pub(crate) fn has_file(state: &Inner, batch: &Batch) -> bool {
    state.batches.uploads().join(&batch.upload.file).is_file()
}

/// Reads the whole file, and returns what will be set aside.
///
/// The delimiter depends on the text column: it is chosen so that the header has this column. So a file may be readable with one text
/// column and not with another.
///
/// # Errors
///
/// `invalid_request` if the file cannot be read with this text column.
pub(crate) async fn will_be_set_aside(
    state: &Inner,
    batch: &Batch,
    columns: &Columns,
) -> ServiceResult<SetAside> {
    // Not a turn of the uploads: people who only look must not keep others from uploading.
    let _turn = state.lists.acquire().await;
    let path = state.batches.uploads().join(&batch.upload.file);
    let (format, columns) = (batch.upload.format.clone(), columns.clone());
    let max_row_bytes = state.config.max_row_bytes;
    let found = state
        .store
        .run(move |_| -> Result<_> { set_aside(&path, parsed(&format)?, columns.chosen(), max_row_bytes) });
    found.await.map_err(|error| match error {
        Error::Data(cause) => Problem::invalid(data_reason(&cause)),
        other => other.into(),
    })
}

/// Adds the labels of a file that cannot be given yet, so that the next training learns them.
async fn add_labels(
    state: &Inner,
    batch: &Batch,
    columns: &Columns,
    field: &str,
    actor: &str,
) -> ServiceResult<()> {
    let is_multi_label = state.models.engine().current().model.is_multi_label();
    let path = state.batches.uploads().join(&batch.upload.file);
    let (format, text) = (batch.upload.format.clone(), columns.text.clone());
    let (max_row_bytes, name) = (state.config.max_row_bytes, field.to_owned());
    let names = state.store.run(move |_| -> Result<_> {
        let mut names = BTreeSet::new();
        for row in Reader::open(&path, &read_options(parsed(&format)?, &text, max_row_bytes))? {
            match row {
                Ok(row) => names.extend(label_names(&row.record.cell(&name), is_multi_label)),
                Err(RowError::Bad(_)) => {}
                Err(RowError::Fatal(error)) => return Err(error.into()),
            }
            if names.len() > MAX_LABELS {
                break;
            }
        }
        Ok(names)
    });
    let names = names.await?;
    if names.len() > MAX_LABELS {
        return Err(Problem::invalid(format!(
            "the column `{field}` has more than {MAX_LABELS} different values, so it cannot be the label column; choose another column, or none"
        )));
    }
    labels::add_all(state, names, actor).await?;
    let (id, field, actor) = (batch.id, field.to_owned(), actor.to_owned());
    let recorded = state
        .store
        .run(move |store| store.add_audit(&actor, "batch.labels", &id.to_string(), &field));
    Ok(recorded.await?)
}
