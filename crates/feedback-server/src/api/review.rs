//! Texts that a person should label next, and the shares that their labels correct.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::schema::Object;

use crate::dto::{AgreementDto, ReviewDto, SharesDto};
use crate::http::extract::{Actor, ApiQuery, limit};
use crate::openapi::{Checked, Failing, Guarded, NotFound, Stored, choice};
use crate::problem::ServiceResult;
use crate::services::history::HistoryQuery;
use crate::services::review::{Why, queue};
use crate::services::{agreement, audits};
use crate::state::Shared;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WhyQuery {
    /// Only texts that are asked for this reason; without it, a mix of all.
    #[serde(default)]
    #[param(schema_with = reasons, required = false)]
    why: String,
}

fn reasons() -> Object {
    choice(
        &["", "unsure", "random", "unfamiliar", "diverse", "second"],
        "Only texts that are asked for this reason; without it, a mix of all but `second`.",
    )
}

/// Texts that a person should label next.
///
/// Each text appears once, and no text that a person has labelled, except that `second` asks for second opinions: texts that others
/// labelled and the caller did not, without their labels. `unsure` texts come in the order of the model's certainty, `random` ones
/// in an order that never changes, unfamiliar ones newest first, and `diverse` ones are one of each theme of which people labelled
/// fewer than five texts, the fewest first. Label them with `POST /api/v1/corrections`; the labels of random texts
/// correct the shares. Of texts that a filter selects by label or correction, none are drawn at random.
#[utoipa::path(
    get,
    path = "/api/v1/review",
    operation_id = "listReview",
    tag = "corrections",
    params(WhyQuery, HistoryQuery),
    responses(
        (status = 200, description = "The texts, in the order in which they should be labelled.", body = ReviewDto),
        Guarded, Checked, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn review(
    State(state): State<Shared>,
    Actor(actor): Actor,
    ApiQuery(WhyQuery { why }): ApiQuery<WhyQuery>,
    query: HistoryQuery,
) -> ServiceResult<Json<ReviewDto>> {
    let limit = limit(query.limit)?;
    let items = queue(&state, query.filter()?, Why::parse(&why)?, (&actor, limit)).await?;
    Ok(Json(ReviewDto {
        items: items.into_iter().map(Into::into).collect(),
    }))
}

/// The share of each label, corrected for the model's mistakes.
///
/// With at least 50 audited texts, the model's shares are corrected by prediction-powered inference, and have intervals. Audited texts are
/// those that `GET /api/v1/review?why=random` lists, once people have labelled them. The filter can select texts neither by label nor by
/// correction.
#[utoipa::path(
    get,
    path = "/api/v1/shares",
    operation_id = "shares",
    tag = "history",
    params(HistoryQuery),
    responses(
        (status = 200, description = "The shares.", body = SharesDto),
        Guarded, Checked, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn shares(
    State(state): State<Shared>,
    query: HistoryQuery,
) -> ServiceResult<Json<SharesDto>> {
    let found = audits::shares(&state, query.filter()?).await?;
    Ok(Json(SharesDto::new(found)))
}

/// Texts that several people labelled: how often they agree, and where they do not.
///
/// Two people are compared by the first labels that each gave to a text. A disagreement ends when they come to say the same, or by a
/// correction with `settles`.
#[utoipa::path(
    get,
    path = "/api/v1/agreement",
    operation_id = "agreement",
    tag = "corrections",
    responses(
        (status = 200, description = "The pairs of people, and the newest 50 disagreements.", body = AgreementDto),
        Guarded, Failing, Stored,
    ),
)]
pub(super) async fn agreed(State(state): State<Shared>) -> ServiceResult<Json<AgreementDto>> {
    Ok(Json(agreement::agreement(&state).await?.into()))
}
