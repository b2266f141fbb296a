//! `GET /events`: live updates.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{Stream, unfold};
use tokio::sync::broadcast::error::RecvError;

use crate::http::client::Client;
use crate::openapi::Guarded;
use crate::problem::ServiceResult;
use crate::state::Shared;

/// Live updates, as server-sent events.
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "events",
    tag = "operation",
    responses(
        (
            status = 200,
            description = "Events `classified`, `batch`, `corrected`, `erased`, `inbox`, `model`, `report`, `themes` and `training` with JSON data.",
            body = String,
            content_type = "text/event-stream",
        ),
        Guarded,
    ),
)]
pub(super) async fn events(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
) -> ServiceResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let permit = state.admission.streams.admit(client.address, 1)?;
    let receiver = state.events.subscribe();
    let stream = unfold(
        (state, receiver, permit),
        |(state, mut receiver, permit)| async move {
            loop {
                let received = tokio::select! {
                    received = receiver.recv() => received,
                    () = state.stopped() => return None,
                };
                match received {
                    Ok(event) => {
                        let event = Event::default()
                            .event(event.name())
                            .data(event.data().to_string());
                        return Some((Ok(event), (state, receiver, permit)));
                    }
                    Err(RecvError::Lagged(_)) => {} // pages then load the current state, so missed events do no harm
                    Err(RecvError::Closed) => return None,
                }
            }
        },
    );
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
