//! Buttons by which a person gives a label.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::{Frame, PageResult, part, redirect};
use crate::api::{corrections, encoded};
use crate::http::body::Form;
use crate::state::Shared;

/// One button for each label; the one that stands is pressed. After a click without scripts, the page `back` is shown.
pub(crate) fn label_buttons<'a>(
    frame: &Frame,
    id: i64,
    labels: impl IntoIterator<Item = &'a str>,
    standing: Option<&str>,
    back: &str,
) -> Markup {
    let action = format!("/history/{id}/label");
    html! {
        form.row method="post" action=(action) hx-post=(action) hx-swap="outerHTML" aria-label="Label" {
            (frame.token())
            input type="hidden" name="back" value=(back);
            @for (index, label) in labels.into_iter().enumerate() {
                button name="label" value=(label) data-label=(index + 1) aria-pressed=((standing == Some(label)).to_string()) {
                    (label)
                }
            }
        }
    }
}

/// Corrects a label, or takes a correction back where the form says so.
pub(crate) async fn set_label(
    State(state): State<Shared>,
    Path(id): Path<i64>,
    frame: Frame,
    form: Form,
) -> PageResult {
    let undo = !form.get("undo").is_empty();
    if undo {
        corrections::take_back(&state, id).await?;
    } else {
        corrections::make(&state, id, form.get("label").to_owned(), None).await?;
    }
    if frame.partial {
        return Ok(part(confirmation(&frame, id, &form, undo)));
    }
    Ok(redirect(&local(form.get("back"))))
}

fn confirmation(frame: &Frame, id: i64, form: &Form, undone: bool) -> Markup {
    let action = format!("/history/{id}/label");
    html! {
        form.row method="post" action=(action) hx-post=(action) hx-swap="outerHTML" {
            (frame.token())
            input type="hidden" name="back" value=(form.get("back"));
            @if undone {
                span role="status" { "Taken back." }
            } @else {
                span role="status" { "Label is now " strong { (form.get("label")) } "." }
                button name="undo" value="1" data-undo { "Undo" }
            }
        }
    }
}

/// A path of this server; whatever else a form names becomes the start page.
pub(crate) fn local(path: &str) -> String {
    let is_path = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path { path.to_owned() } else { "/".to_owned() }
}

/// The address of a page with one more field in its query.
pub(crate) fn with_field(path: &str, query: &str, name: &str, value: &str) -> String {
    let value = encoded(value);
    if query.is_empty() {
        format!("{path}?{name}={value}")
    } else {
        format!("{path}?{query}&{name}={value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_lead_to_pages_of_this_server_only() {
        assert_eq!(local("/history?q=a"), "/history?q=a");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\nb",
            "",
        ] {
            assert_eq!(local(elsewhere), "/");
        }
    }

    #[test]
    fn queries_grow() {
        assert_eq!(with_field("/a", "", "b", "c d"), "/a?b=c%20d");
        assert_eq!(with_field("/a", "x=1", "b", "2"), "/a?x=1&b=2");
    }
}
