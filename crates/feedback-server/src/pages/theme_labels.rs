//! The part of the page Themes that makes a theme a label.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::layout::{Frame, redirect};
use crate::http::body::Form;
use crate::http::extract::Actor;
use crate::http::url::local;
use crate::problem::PageResult;
use crate::services::theme_labels::{self, MAX_EXAMPLES};
use crate::services::themes::ShownTheme;
use crate::state::Shared;

/// The form that makes a theme a label with one click, or undoes it.
pub(super) fn label_form(frame: &Frame, address: &str, theme: &ShownTheme) -> Markup {
    html! {
        @let begin = html! { (frame.token()) input type="hidden" name="back" value={ (address) "#theme-" (theme.id) }; };
        @let action = format!("/themes/{}/label", theme.id);
        @if theme.label.is_some() {
            form.row method="post" action=(action) { (begin) button name="undo" value="1" { "Undo the label" } }
        } @else {
            details {
                summary { "Make it a label" }
                form.row method="post" action=(action) {
                    (begin)
                    div {
                        label for={ "label-" (theme.id) } { "Label" }
                        input id={ "label-" (theme.id) } name="label" required maxlength="80" value=(theme.name);
                    }
                    button { "Make it a label" }
                    p.hint { "Up to " (MAX_EXAMPLES) " of its texts become examples for the next training: the typical ones, then the newest." }
                }
            }
        }
    }
}

/// Makes a theme a label, or undoes it if the form asks for it.
pub(crate) async fn label(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<u64>,
    form: Form,
) -> PageResult {
    if form.get("undo").is_empty() {
        theme_labels::label(&state, id, form.get("label"), &actor).await?;
    } else {
        theme_labels::undo(&state, id, &actor).await?;
    }
    Ok(redirect(&local(form.get("back"))))
}
