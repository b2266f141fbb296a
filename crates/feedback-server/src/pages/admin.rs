//! The pages for those who run the server, with what each is for.

use maud::html;

use super::layout::{Frame, Tab, may_see};
use crate::problem::PageResult;

pub(crate) async fn admin(frame: Frame) -> PageResult {
    let content = html! {
        h1 { "Admin" }
        p { "What somebody who runs the server needs. The other pages are for those who read and label texts." }
        dl.pairs {
            @for (tab, address, name) in Tab::ADMIN {
                @if may_see(&frame.visitor.who, address) {
                    dt { a href=(address) { (name) } }
                    dd { (purpose(tab)) }
                }
            }
            dt { a href="/rules" { "Rules" } }
            dd { "which texts enter the inbox, and for which team" }
            dt { a href="/docs" { "HTTP API" } }
            dd { "every address, with a request and its answer" }
        }
        p.hint { "Keys are lines of the file that " code { "--api-key-file" } " names: a name, a role and, for programs, the parts of the server that the key opens." }
    };
    Ok(frame.page(None, "Admin", &content))
}

/// Says what a page is for.
fn purpose(tab: Tab) -> &'static str {
    match tab {
        Tab::Dashboard => "totals, categories and confidence over time, categories without texts",
        Tab::Models => "versions and their scores; promote, roll back, classify stored texts again",
        Tab::Drift => "whether new texts still resemble those that the model was trained on",
        Tab::About => "what the model is, how it was evaluated, and its limits",
        Tab::Logs => "messages of the server as they come",
        Tab::System => "uptime, memory, disk, queue, requests and the state of the database",
        _ => "",
    }
}
