//! The inbox page: texts that need an answer, and what people do about them.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::layout::{Frame, Tab, ago, empty_state, percent, redirect, texts, when};
use super::similar;
use crate::auth::Role;
use crate::clock::{DAY_MS, now_ms, parse, readable};
use crate::dto::InboxQuery;
use crate::http::body::Form;
use crate::http::extract::{Actor, ApiQuery};
use crate::http::url::{encoded, local, with_query};
use crate::problem::{PageResult, Problem, ServiceResult};
use crate::services::inbox::{self, Entry, Inbox, MAX_NAME, MAX_NOTE, priority_name, urgency};
use crate::state::{Inner, Shared};
use feedback_store::{CaseChange, CaseState, Filter};
use feedback_triage::Urgency;

/// Number of entries on a page.
const PAGE: usize = 8;

/// Returns the address of the inbox with this filter.
fn address(query: &InboxQuery, skip: u64) -> String {
    let skip = if skip == 0 {
        String::new()
    } else {
        skip.to_string()
    };
    let pairs = [
        ("state", &query.state),
        ("team", &query.team),
        ("owner", &query.owner),
        ("when", &query.when),
        ("skip", &skip),
    ];
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    with_query("/inbox", &pairs.join("&"))
}

pub(crate) async fn page(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(query): ApiQuery<InboxQuery>,
) -> PageResult {
    let found = inbox::list(&state, &query.wanted()?, query.skip, PAGE).await?;
    let may_change = frame.visitor.who.may(Role::Label, "history");
    let is_filtered = address(&query, 0) != "/inbox";
    let content = html! {
        h1 { "Inbox" }
        p { "Texts that need an answer, the most urgent first. " a href="/rules" { "Rules" } " choose the team, the priority and the due time." }
        @if found.total == 0 && !is_filtered { (empty(&state, &found).await?) } @else {
            (filters(&query, &found))
            p role="status" {
                (found.total) @if found.total == 1 { " entry" } @else { " entries" }
                @if query.state.is_empty() { " that are not done" }
            }
            @for entry in &found.entries { (card(&frame, &query, &found, entry, may_change)) }
            (pager(&query, found.total))
        }
    };
    Ok(frame.page(Some(Tab::Inbox), "Inbox", &content))
}

async fn empty(state: &Inner, found: &Inbox) -> ServiceResult<Markup> {
    let was_used = !found.teams.is_empty() || !found.owners.is_empty();
    let earlier = inbox::earlier(state).await?;
    let has_texts = state.store.run(|store| store.count(&Filter::default())).await? > 0;
    let enters = "A new text enters the inbox if it is urgent (danger, personal data in other hands, money, an outage, a deadline, a lawyer, a \
                  customer about to leave, a reminder), if one of your rules takes it, or if it is in a language that the model does not know.";
    if !has_texts {
        return Ok(empty_state(enters));
    }
    Ok(html! {
        section.card {
            h2 { @if earlier > 0 { "No entries yet" } @else if was_used { "All done" } @else { "Nothing needs an answer" } }
            @if earlier > 0 {
                p {
                    strong { (texts(earlier)) " were stored before the inbox was first used, and have not been looked at." }
                    " " a href="/rules" { "Try the rules on them" } ": it says how many would enter, before any does."
                }
            }
            p { (enters) }
            div.row {
                a.button.main href="/rules" { "Write rules" }
                a.button href="/batches" { "Upload a file" }
                a.button href="/inbox?state=done" { "Done entries" }
            }
        }
    })
}

fn filters(query: &InboxQuery, found: &Inbox) -> Markup {
    let names = |id: &str, label: &str, chosen: &str, none: &str, names: &[String]| {
        html! {
            div {
                label for=(id) { (label) }
                select id=(id) name=(id) {
                    option value="" { "all" }
                    option value="-" selected[chosen == "-"] { (none) }
                    @for name in names { option value=(name) selected[chosen == name] { (name) } }
                }
            }
        }
    };
    let choices = |id: &str, label: &str, chosen: &str, choices: &[(&str, &str)]| {
        html! {
            div {
                label for=(id) { (label) }
                select id=(id) name=(id) {
                    @for (value, name) in choices { option value=(value) selected[chosen == *value] { (name) } }
                }
            }
        }
    };
    html! {
        form.card method="get" action="/inbox" {
            div.fields {
                (choices("state", "State", &query.state, &[("", "not done"), ("open", "open"), ("waiting", "waiting"), ("done", "done"), ("all", "all")]))
                (choices("when", "Answer", &query.when, &[("", "any time"), ("today", "needed today"), ("overdue", "overdue")]))
                (names("team", "Team", &query.team, "no team", &found.teams))
                (names("owner", "Owner", &query.owner, "nobody", &found.owners))
                div { button.main { "Show" } }
            }
        }
    }
}

fn pager(query: &InboxQuery, total: u64) -> Markup {
    let page = PAGE as u64;
    html! {
        @if query.skip > 0 || total > query.skip + page {
            nav.row aria-label="Pages of the inbox" {
                @if query.skip > 0 { a.button href=(address(query, query.skip.saturating_sub(page))) { "Previous" } }
                @if total > query.skip + page { a.button href=(address(query, query.skip + page)) { "Next" } }
            }
        }
    }
}

fn card(frame: &Frame, query: &InboxQuery, found: &Inbox, entry: &Entry, may_change: bool) -> Markup {
    let (case, item) = (&entry.case, &entry.item);
    let content = &case.content;
    let level = urgency(content.urgency);
    html! {
        section.card.tight id={ "entry-" (case.id) } {
            h2 {
                @match level {
                    Urgency::Now => span.tag { "▲ now" },
                    Urgency::Soon => span.tag { "soon" },
                    Urgency::None => span.tag { "not urgent" },
                }
                " " span.small.soft { "Entry " (case.id) }
                @if case.state != CaseState::Open { " " span.tag { (case.state.name()) } }
            }
            blockquote.quote.entry { (item.prediction.text) }
            @if !content.language.is_empty() {
                p { strong { "Another language (" (content.language) ")." } " The model does not know it, so its category means little: read the text." }
            }
            @if !content.reasons.is_empty() {
                p {
                    "Why: "
                    @for (place, reason) in content.reasons.iter().enumerate() {
                        @if place > 0 { "; " }
                        @if reason.kind == "model" { "the model says “" (reason.words.replacen(", ", "” (", 1)) ")" } @else { (reason.kind) ", “" (reason.words) "”" }
                    }
                }
            }
            p.soft {
                @for label in item.effective_labels() { span.tag { (label) } " " }
                @if item.corrected.is_some() { "(checked)" } @else { "(" (percent(item.prediction.confidence)) ")" }
                " from " (item.prediction.source) " · "
                @if item.prediction.undated { "no date" } @else { "written " (when(item.prediction.at)) ", " (ago(now_ms() - item.prediction.at)) }
                " · " span.small { (similar::link(item.id)) }
            }
            (facts(entry))
            @for note in &case.notes { p { (when(note.at)) " " strong { (note.by) } ": " (note.text) } }
            @if may_change { (changes(frame, query, found, entry)) }
        }
    }
}

fn facts(entry: &Entry) -> Markup {
    let case = &entry.case;
    let content = &case.content;
    html! {
        dl.pairs {
            @if !content.team.is_empty() { dt { "Team" } dd { (content.team) } }
            @if !case.owner.is_empty() { dt { "Owner" } dd { (case.owner) } }
            @if content.priority != 1 { dt { "Priority" } dd { (priority_name(content.priority)) } }
            @if let Some(due) = content.due_at {
                dt { "Due" }
                dd { (when(due)) @if due < now_ms() && case.state != CaseState::Done { " " span.tag { "overdue" } } }
            }
            @if !content.rule.is_empty() { dt { "Rule" } dd { (content.rule) } }
            @if !content.tags.is_empty() { dt { "Tags" } dd { @for tag in &content.tags { span.tag { (tag) } " " } } }
        }
    }
}

fn changes(frame: &Frame, query: &InboxQuery, found: &Inbox, entry: &Entry) -> Markup {
    let case = &entry.case;
    let id = |name: &str| format!("{name}-{}", case.id);
    let due = case
        .content
        .due_at
        .map(|at| readable(at)[..10].to_owned())
        .unwrap_or_default();
    let button = |what: &str, name: &str| html! { button name="do" value=(what) aria-describedby=(format!("entry-{}", case.id)) { (name) } };
    html! {
        form method="post" action={ "/inbox/" (case.id) } {
            (frame.token())
            input type="hidden" name="back" value=(address(query, query.skip));
            div.row {
                @if case.owner != frame.visitor.who.actor() { (button("take", "Take it")) }
                @match case.state {
                    CaseState::Open => { (button("waiting", "Waiting")) (button("done", "Done")) },
                    CaseState::Waiting => { (button("open", "Reopen")) (button("done", "Done")) },
                    CaseState::Done => (button("open", "Reopen")),
                }
            }
        }
        details {
            summary { "Owner, team, due date, note" }
            form method="post" action={ "/inbox/" (case.id) } {
                (frame.token())
                input type="hidden" name="back" value=(address(query, query.skip));
                // What this page shows: what somebody else changes in the meantime is kept.
                input type="hidden" name="owner_was" value=(case.owner);
                input type="hidden" name="team_was" value=(case.content.team);
                input type="hidden" name="due_was" value=(due);
                div.fields {
                    div {
                        label for=(id("owner")) { "Owner" }
                        input id=(id("owner")) name="owner" value=(case.owner) maxlength=(MAX_NAME) list=(id("owners"));
                        datalist id=(id("owners")) { @for owner in &found.owners { option value=(owner) {} } }
                    }
                    div {
                        label for=(id("team")) { "Team" }
                        input id=(id("team")) name="team" value=(case.content.team) maxlength=(MAX_NAME) list=(id("teams"));
                        datalist id=(id("teams")) { @for team in &found.teams { option value=(team) {} } }
                    }
                    div { label for=(id("due")) { "Due by the end of" } input id=(id("due")) type="date" name="due" value=(due); }
                }
                label for=(id("note")) { "Note" }
                textarea id=(id("note")) name="note" rows="2" maxlength=(MAX_NOTE) {}
                button.main name="do" value="save" { "Save" }
            }
        }
    }
}

pub(crate) async fn change(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<i64>,
    form: Form,
) -> PageResult {
    let note = form.given("note").map(str::to_owned);
    inbox::change(&state, id, wish(&form, &actor)?, note, &actor).await?;
    Ok(redirect(&local(form.get("back"))))
}

/// Only what differs from what the page showed is changed.
fn wish(form: &Form, actor: &str) -> ServiceResult<CaseChange> {
    let nothing = CaseChange::default();
    Ok(match form.get("do") {
        "take" => CaseChange {
            owner: Some(actor.to_owned()),
            ..nothing
        },
        "save" => CaseChange {
            owner: changed(form.get("owner"), form.get("owner_was")),
            team: changed(form.get("team"), form.get("team_was")),
            due_at: due(form.get("due"), form.get("due_was"))?,
            ..nothing
        },
        name => match CaseState::from_name(name) {
            Some(state) => CaseChange {
                state: Some(state),
                ..nothing
            },
            None => return Err(Problem::invalid(format!("`{name}` cannot be done to an entry"))),
        },
    })
}

fn changed(new: &str, old: &str) -> Option<String> {
    Some(new.trim().to_owned()).filter(|new| new != old)
}

/// The end of a day, in UTC; the same day leaves the due time as it is.
fn due(date: &str, old: &str) -> ServiceResult<Option<Option<i64>>> {
    if date == old {
        return Ok(None);
    }
    if date.is_empty() {
        return Ok(Some(None));
    }
    let day = parse(date).ok_or_else(|| Problem::invalid("`due` must be a date such as 2026-03-01"))?;
    Ok(Some(Some(day + DAY_MS - 1)))
}
