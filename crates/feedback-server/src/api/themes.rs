//! Themes: what people write about.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{ThemeLabelDto, ThemeLabelRequest, ThemeRequest, ThemesDto};
use crate::http::body::JsonBody;
use crate::http::extract::{Actor, ApiQuery, Id};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::{Problem, ServiceResult};
use crate::services::theme_changes;
use crate::services::theme_labels;
use crate::services::themes::{self, Which};
use crate::state::Shared;

/// The query parameters of the list of themes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ThemesQuery {
    /// Only the themes of this category.
    #[serde(default)]
    #[param(required = false)]
    label: String,
    /// A field of the records, such as `plan`; each theme then has the shares of its values.
    #[serde(default)]
    #[param(required = false)]
    by: String,
}

/// Themes: what people write about, in each category and across all of them.
///
/// Themes are found in the background, and again when a tenth of the texts is new. Their ids stay the same.
#[utoipa::path(
    get,
    path = "/api/v1/themes",
    operation_id = "listThemes",
    tag = "themes",
    params(ThemesQuery),
    responses(
        (status = 200, description = "The themes.", body = ThemesDto),
        Guarded, Checked, Failing,
    ),
)]
pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<ThemesQuery>,
) -> ServiceResult<Json<ThemesDto>> {
    let given = |value: String| Some(value).filter(|value| !value.is_empty());
    let which = given(query.label).map_or(Which::All, |label| Which::One(Some(label)));
    Ok(Json(themes::list(&state, which, given(query.by)).await?.into()))
}

/// Rename, hide, pin or merge a theme.
///
/// What is changed stays when the themes are found again, and each change is in the audit log.
#[utoipa::path(
    patch,
    path = "/api/v1/themes/{id}",
    operation_id = "changeTheme",
    tag = "themes",
    params(("id" = i64, Path, description = "The theme's id.", minimum = 0)),
    request_body(content = ThemeRequest, example = json!({"name": "Late deliveries", "pinned": true})),
    responses(
        (status = 204, description = "The theme was changed."),
        Guarded, WithBody, Changing, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn change(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
    JsonBody(request): JsonBody<ThemeRequest>,
) -> ServiceResult<StatusCode> {
    if request == ThemeRequest::default() {
        return Err(Problem::invalid(
            "expected at least one of `name`, `hidden`, `pinned`, `merged_into` and `split`",
        ));
    }
    theme_changes::change(&state, id.cast_unsigned(), request.into(), &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Find the themes again.
///
/// They are found in the background; `finding` in the list is true until then.
#[utoipa::path(
    post,
    path = "/api/v1/themes/refit",
    operation_id = "findThemes",
    tag = "themes",
    responses(
        (status = 202, description = "The themes will be found again."),
        Guarded, Changing, Failing, Stored,
    ),
)]
pub(super) async fn refit(State(state): State<Shared>, Actor(actor): Actor) -> ServiceResult<StatusCode> {
    themes::find_again(&state, &actor).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Make a theme a label.
///
/// Up to 50 of its texts become corrections with this label: the typical ones first, then the newest, each text once. Texts that a person
/// has labelled keep their labels. The label can then be chosen for other texts, and the next training learns it.
#[utoipa::path(
    post,
    path = "/api/v1/themes/{id}/label",
    operation_id = "labelTheme",
    tag = "themes",
    params(("id" = i64, Path, description = "The theme's id.", minimum = 0)),
    request_body(content = ThemeLabelRequest, example = json!({"label": "delivery"})),
    responses(
        (status = 201, description = "The theme is a label.", body = ThemeLabelDto),
        Guarded, WithBody, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn label(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
    JsonBody(request): JsonBody<ThemeLabelRequest>,
) -> ServiceResult<(StatusCode, Json<ThemeLabelDto>)> {
    let made = theme_labels::label(&state, id.cast_unsigned(), &request.label, &actor).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Undo that a theme is a label.
///
/// The corrections that were made with it are undone, except where a person has changed the label since.
#[utoipa::path(
    delete,
    path = "/api/v1/themes/{id}/label",
    operation_id = "unlabelTheme",
    tag = "themes",
    params(("id" = i64, Path, description = "The theme's id.", minimum = 0)),
    responses(
        (status = 204, description = "The theme is no label any more."),
        Guarded, Changing, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn unlabel(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
) -> ServiceResult<StatusCode> {
    theme_labels::undo(&state, id.cast_unsigned(), &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
