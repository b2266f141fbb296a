//! The JSON types of saved views.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::services::views::View;

/// A saved view: a page with its filters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = View)]
pub(crate) struct ViewDto {
    name: String,
    /// The address of the page, such as `/explore?label=bug&by=plan`. The same filters select the same texts in the API.
    address: String,
    /// Who saved it.
    actor: String,
}

impl From<View> for ViewDto {
    fn from(view: View) -> Self {
        Self {
            address: view.address(),
            name: view.name,
            actor: view.actor,
        }
    }
}

/// The body of `POST /api/v1/views`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewRequest {
    /// 1 to 80 characters on one line. A view of this name, ignoring case, is replaced.
    pub(crate) name: String,
    /// The address of `/explore`, `/history`, `/dashboard`, `/themes` or `/review`, with filters.
    pub(crate) address: String,
}
