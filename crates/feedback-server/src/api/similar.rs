//! Similar texts.

use axum::Json;
use axum::extract::State;

use crate::dto::SimilarDto;
use crate::openapi::{Checked, Classifying, Conflict, Failing, Guarded, NotFound};
use crate::problem::ServiceResult;
use crate::services::history::HistoryQuery;
use crate::services::similar::{SimilarParams, SimilarQuery, similar};
use crate::state::Shared;

/// Similar texts: how many people said this?
///
/// Compares a text with all stored texts that match the filter. `count` has the number of texts that are similar enough, `items` the most
/// similar ones. Texts get their vectors a moment after they were classified; `covered` of `texts` have one. The response is 409 if the
/// serving model gives no vectors.
#[utoipa::path(
    get,
    path = "/api/v1/similar",
    operation_id = "listSimilar",
    tag = "history",
    params(SimilarParams, HistoryQuery),
    responses(
        (status = 200, description = "The similar texts, the most similar first.", body = SimilarDto),
        Guarded, Checked, Classifying, NotFound, Conflict, Failing,
    ),
)]
pub(super) async fn list(
    State(state): State<Shared>,
    query: SimilarQuery,
) -> ServiceResult<Json<SimilarDto>> {
    let wanted = query.wanted()?;
    let (k, min) = (query.k()?, query.min_similarity()?);
    let found = similar(&state, wanted, query.filter.filter()?, k, min).await?;
    Ok(Json(SimilarDto::new(found, min)))
}
