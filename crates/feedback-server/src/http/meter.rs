//! Limits how many unused bytes of a request body are buffered. The multipart reader itself has no limit for bytes that it cannot
//! use yet.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::Stream;

/// Maximum number of bytes that are read before the multipart reader uses any of them. The head of a part is far shorter.
const MAX_UNUSED: usize = 256 << 10;

/// Counts the bytes that were read and not yet used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<AtomicUsize>);

impl Progress {
    /// Records that all bytes read so far have been used.
    pub(crate) fn made(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// The body of an upload, which fails if the reader buffers too many unused bytes.
pub(crate) struct Metered {
    body: BodyDataStream,
    progress: Progress,
    /// Whether the reader has had an opportunity to use the buffered bytes.
    has_paused: bool,
}

impl Metered {
    pub(crate) fn new(body: Body, progress: Progress) -> Self {
        Self {
            body: body.into_data_stream(),
            progress,
            has_paused: false,
        }
    }
}

impl Stream for Metered {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.progress.0.load(Ordering::Relaxed) >= MAX_UNUSED {
            if self.has_paused {
                return Poll::Ready(Some(Err(axum::Error::new("the head of a part is too long"))));
            }
            self.has_paused = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.has_paused = false;
        let next = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &next {
            self.progress.0.fetch_add(bytes.len(), Ordering::Relaxed);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    fn body() -> Body {
        let chunk = Bytes::from(vec![0; 64 << 10]);
        Body::from_stream(futures_util::stream::iter(
            std::iter::repeat_n(chunk, 100).map(Ok::<_, std::io::Error>),
        ))
    }

    #[tokio::test]
    async fn a_reader_gets_the_whole_body_only_if_it_uses_the_bytes() {
        let progress = Progress::default();
        let mut used = Metered::new(body(), progress.clone());
        let mut n = 0;
        while let Some(chunk) = used.next().await {
            n += chunk.unwrap().len();
            progress.made();
        }
        assert_eq!(n, 6400 << 10);
        let mut kept = Metered::new(body(), Progress::default());
        let mut n = 0;
        while let Some(Ok(chunk)) = kept.next().await {
            n += chunk.len();
        }
        assert_eq!(n, MAX_UNUSED);
    }
}
