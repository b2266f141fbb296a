//! Downloads: files that are generated while they are sent.

use std::io::{self, Write};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::error::{Error, Result};
use crate::problem::ServiceResult;
use crate::quota::Permit;

/// Size of the chunks that are sent, in bytes.
const PART: usize = 1 << 16;
/// Maximum number of chunks that wait to be sent.
const WAITING: usize = 2;

/// The name and the content type of a file.
pub(crate) struct FileKind {
    pub(crate) name: String,
    pub(crate) content_type: &'static str,
}

/// Returns a response with a file as an attachment.
///
/// `write` generates the file on a thread that may block, as fast as the client reads. Nothing is written to disk, and only a few
/// chunks of 64 KiB are kept in memory. Writing fails if the client disconnects. The permit is held until `write` returns. If
/// `write` fails before the first chunk is full, the client gets the problem. If it fails later, the connection is aborted, so that
/// the client does not take an incomplete file for a complete one.
pub(crate) async fn download(
    kind: FileKind,
    permit: Permit,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()> + Send + 'static,
) -> ServiceResult<Response> {
    let (sender, mut parts) = channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut output = Parts {
            sender,
            part: Vec::with_capacity(PART),
        };
        if let Err(error) = write(&mut output).and_then(|()| Ok(output.flush()?)) {
            tracing::debug!(%error, "a download ended early");
            // Sending fails if the client has disconnected.
            let _ = output.sender.blocking_send(Err(error));
        }
        drop(permit);
    });
    let first = parts.recv().await.transpose()?.unwrap_or_default();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", kind.name))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind.content_type)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    let rest = unfold(
        (Some(first), parts),
        |(first, mut parts): (_, Receiver<Result<Bytes>>)| async {
            let part = match first {
                Some(first) => Ok(first),
                None => parts.recv().await?,
            };
            Some((part, (None, parts)))
        },
    );
    Ok((headers, Body::from_stream(rest)).into_response())
}

/// A writer that sends its output in chunks.
struct Parts {
    sender: Sender<Result<Bytes, Error>>,
    part: Vec<u8>,
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART - self.part.len());
        self.part.extend_from_slice(&bytes[..taken]);
        if self.part.len() == PART {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART));
        let sent = self.sender.blocking_send(Ok(part.into()));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
