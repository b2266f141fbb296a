//! The rules of the inbox.

use axum::Json;
use axum::extract::State;

use crate::dto::{RulesDto, RulesRequest, TrialDto, TrialRequest};
use crate::http::body::JsonBody;
use crate::http::extract::Actor;
use crate::openapi::{Changing, Conflict, Failing, Guarded, Stored, WithBody};
use crate::problem::ServiceResult;
use crate::services::rules::{self, DEFAULT_TEXTS};
use crate::state::Shared;

/// The rules in force.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    operation_id = "getRules",
    tag = "inbox",
    responses(
        (status = 200, description = "The rules.", body = RulesDto),
        Guarded, Failing,
    ),
)]
pub(super) async fn current(State(state): State<Shared>) -> ServiceResult<Json<RulesDto>> {
    Ok(Json(rules::current(&state).await?.into()))
}

/// Put rules in force.
///
/// They apply to all texts that come from now on, and to as many of the newest texts as `apply_to` says. Try them first.
#[utoipa::path(
    put,
    path = "/api/v1/rules",
    operation_id = "saveRules",
    tag = "inbox",
    request_body(
        content = RulesRequest,
        example = json!({"toml": "[[rule]]\nname = \"Refunds\"\nwhen.words = [\"refund*\"]\nthen.team = \"billing\"\n"}),
    ),
    responses(
        (status = 200, description = "The rules.", body = RulesDto),
        Guarded, WithBody, Changing, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn save(
    State(state): State<Shared>,
    Actor(actor): Actor,
    JsonBody(request): JsonBody<RulesRequest>,
) -> ServiceResult<Json<RulesDto>> {
    let saved = rules::save(&state, &request.toml, request.apply_to, request.replaces, &actor).await?;
    Ok(Json(saved.into()))
}

/// Try rules on the newest texts.
///
/// Nothing is changed. The answer says how many texts each rule takes, with examples, and how many of these it would not take with
/// the labels that people gave them.
#[utoipa::path(
    post,
    path = "/api/v1/rules/try",
    operation_id = "tryRules",
    tag = "inbox",
    request_body(
        content = TrialRequest,
        example = json!({"toml": "[[rule]]\nname = \"Refunds\"\nwhen.words = [\"refund*\"]\nthen.team = \"billing\"\n", "texts": 500}),
    ),
    responses(
        (status = 200, description = "What the rules would do.", body = TrialDto),
        Guarded, WithBody, Changing, Failing,
    ),
)]
pub(super) async fn trial(
    State(state): State<Shared>,
    JsonBody(request): JsonBody<TrialRequest>,
) -> ServiceResult<Json<TrialDto>> {
    let toml = match request.toml {
        Some(toml) => toml,
        None => rules::current(&state).await?.toml,
    };
    let texts = request.texts.unwrap_or(DEFAULT_TEXTS);
    Ok(Json(rules::trial(&state, &toml, texts).await?.into()))
}
