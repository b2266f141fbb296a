//! Uploads: `multipart/form-data` with a part `file` and, optionally, parts that say how the file is read.

use axum::body::Body;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::body::stale_form;
use super::client::Client;
use super::meter::{Metered, Progress};
use crate::auth::Visitor;
use crate::batch::Reading;
use crate::error::Error;
use crate::problem::{Code, Problem, ServiceResult};
use crate::quota::Permit;
use crate::state::{Inner, Shared};
use crate::state_folder::UNFINISHED;

/// Maximum length of a file name, in characters; longer names are truncated.
const MAX_NAME: usize = 120;
/// Maximum length of a text field in a form, in bytes.
const MAX_FIELD: usize = 1000;

/// A received file that is not yet checked.
pub(crate) struct Upload {
    /// The file, in the folder for uploads.
    pub(crate) file: NamedTempFile,
    /// The file name from the sender, cleaned for display.
    pub(crate) name: String,
    /// The column with the texts, if the sender named one.
    pub(crate) text_field: Option<String>,
    /// How the file is read, as far as the sender says.
    pub(crate) reading: Reading,
    /// Whether a page wants to train with the labels of the file.
    pub(crate) for_training: bool,
    /// The size of the file in bytes.
    pub(crate) bytes: u64,
    /// The client's upload permit, held until the file has been inspected.
    _permit: Option<Permit>,
}

impl Upload {
    /// Takes a file that this server has.
    pub(crate) fn own(file: NamedTempFile, name: &str, bytes: u64) -> Self {
        Self {
            file,
            name: name.to_owned(),
            text_field: None,
            reading: Reading::default(),
            for_training: false,
            bytes,
            _permit: None,
        }
    }
}

/// Who sent an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// A program that authenticated itself with its API key.
    Program,
    /// A page of this server. The form token must come before the file.
    Page,
}

/// Receives an upload.
pub(crate) async fn receive(state: &Shared, request: Request, sender: Sender) -> ServiceResult<Upload> {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let client = request.extensions().get::<Client>().copied();
    let permit = client
        .map(|client| state.admission.uploads.admit(client.address, 1))
        .transpose()?;
    let progress = Progress::default();
    let request = request.map(|body| Body::from_stream(Metered::new(body, progress.clone())));
    let multipart = Multipart::from_request(request, state).await;
    let multipart = multipart.map_err(|_| {
        Problem::new(
            Code::UnsupportedMediaType,
            "expected `multipart/form-data` with a part `file`",
        )
    })?;
    let file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(state.batches.uploads())
        .map_err(Error::from)?;
    let allowed = |token: &str| match sender {
        Sender::Program => true,
        Sender::Page => visitor
            .as_ref()
            .is_some_and(|visitor| visitor.sent(token, &state.secret)),
    };
    let parts = Parts { multipart, progress };
    let read = read_parts(state, parts, file, allowed);
    match tokio::time::timeout(state.config.upload_deadline, read).await {
        Ok(upload) => upload.map(|upload| Upload {
            _permit: permit,
            ..upload
        }),
        Err(_) => Err(Problem::new(Code::RequestTimeout, "the upload took too long")),
    }
}

/// The parts of a multipart body, and the progress in reading them.
struct Parts {
    multipart: Multipart,
    progress: Progress,
}

async fn read_parts(
    state: &Inner,
    Parts {
        mut multipart,
        progress,
    }: Parts,
    file: NamedTempFile,
    allowed: impl Fn(&str) -> bool,
) -> ServiceResult<Upload> {
    let (mut text_field, mut reading, mut token) = (None, Reading::default(), String::new());
    let (mut received, mut for_training) = (None, false);
    while let Some(field) = multipart.next_field().await.map_err(|_| broken())? {
        progress.made();
        match field.name() {
            Some("file") => {
                if !allowed(&token) {
                    return Err(stale_form());
                }
                if received.is_some() {
                    return Err(Problem::invalid(
                        "there is more than one part `file`; send one file at a time",
                    ));
                }
                let name = clean_name(field.file_name().unwrap_or_default());
                let bytes = save(field, &file, &progress, state.config.max_upload_bytes).await?;
                received = Some((name, bytes));
            }
            Some("csrf") => token = text(field).await?,
            Some("for_training") => for_training = !text(field).await?.is_empty(),
            Some("text_field") => {
                text_field = Some(text(field).await?).filter(|value| !value.is_empty());
            }
            Some(name) if Reading::NAMES.contains(&name) => {
                let name = name.to_owned();
                reading.set(&name, &text(field).await?)?;
            }
            _ => {
                let settings = Reading::NAMES.join("`, `");
                return Err(Problem::invalid(format!(
                    "unknown part; expected `text_field`, `{settings}` and `file`"
                )));
            }
        }
    }
    let (name, bytes) = received.ok_or_else(|| Problem::invalid("there is no part `file`"))?;
    Ok(Upload {
        file,
        name,
        text_field,
        reading,
        for_training,
        bytes,
        _permit: None,
    })
}

fn broken() -> Problem {
    Problem::invalid("the multipart body is broken or too large")
}

/// Writes a part to a file. Returns the part's size in bytes.
async fn save(
    mut field: Field<'_>,
    file: &NamedTempFile,
    progress: &Progress,
    max_bytes: u64,
) -> ServiceResult<u64> {
    let mut out = tokio::fs::File::create(file.path()).await.map_err(Error::from)?;
    let mut bytes = 0;
    while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
        progress.made();
        bytes += chunk.len() as u64;
        if bytes > max_bytes {
            let detail = format!("the file is larger than {max_bytes} bytes");
            return Err(Problem::new(Code::TooLarge, detail));
        }
        out.write_all(&chunk).await.map_err(Error::from)?;
    }
    out.flush().await.map_err(Error::from)?;
    Ok(bytes)
}

async fn text(mut field: Field<'_>) -> ServiceResult<String> {
    let mut value = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
        value.extend_from_slice(&chunk);
        if value.len() > MAX_FIELD {
            return Err(Problem::new(Code::TooLarge, "a field of the form is too long"));
        }
    }
    String::from_utf8(value).map_err(|_| Problem::invalid("the form is not UTF-8"))
}

/// Cleans a file name for display: removes folders and control characters, and truncates long names.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|character| !character.is_control())
        .take(MAX_NAME)
        .collect();
    if shown.is_empty() { "upload".into() } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_cleaned() {
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name("C:\\temp\\a.csv"), "a.csv");
        assert_eq!(clean_name("a\u{0}\n.csv"), "a.csv");
        assert_eq!(clean_name("../"), "upload");
        assert_eq!(clean_name(&"x".repeat(999)).len(), MAX_NAME);
    }
}
