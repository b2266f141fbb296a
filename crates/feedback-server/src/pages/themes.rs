//! The themes page: what people write about, and what to do about it.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Frame, Tab, part, percent, redirect, texts, when};
use super::similar;
use super::theme_labels::label_form;
use super::views::views;
use crate::auth::Role;
use crate::clock::{DAY_MS, day_name, now_ms};
use crate::http::body::Form;
use crate::http::extract::{Actor, ApiQuery};
use crate::http::url::{encoded, local, with_query};
use crate::problem::{PageResult, Problem, ServiceResult};
use crate::services::explore::choices;
use crate::services::theme_changes;
use crate::services::themes::{self, Direction, Shown, ShownGroup, ShownTheme, ThemeChange, Which};
use crate::state::Shared;
use crate::themes::{Change, Trend, UNFAMILIAR, What};
use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_store::Filter;

/// Fewer texts have no themes.
const MIN_TEXTS: u64 = 30;

/// What is shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ThemesQuery {
    /// The category; empty for all texts.
    #[serde(default)]
    label: String,
    /// The field by whose values each theme is divided.
    #[serde(default)]
    by: String,
}

impl ThemesQuery {
    pub(super) fn address(&self) -> String {
        let pairs = [("label", &self.label), ("by", &self.by)];
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        with_query("/themes", &pairs.join("&"))
    }
}

fn given(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// Number of themes that are shown at once, the largest; the others are folded.
const FIRST: usize = 3;

pub(crate) async fn page(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(query): ApiQuery<ThemesQuery>,
) -> PageResult {
    let shown = themes::list(&state, Which::One(given(&query.label)), given(&query.by)).await?;
    let unfamiliar = Filter {
        unfamiliar_above: Some(UNFAMILIAR_ABOVE),
        ..Filter::default()
    };
    let n = state.store.run(|store| store.count(&Filter::default())).await?;
    let unfamiliar = state.store.run(move |store| store.count(&unfamiliar)).await?;
    let choices = choices(&state).await?;
    let may_change = frame.visitor.who.may(Role::Label, "history");
    let content = html! {
        h1 { "Themes" }
        (views(&state, &frame, &query.address()).await?)
        p { "What people write about: texts that say similar things, found without labels. A theme keeps its number, name and history when more texts come." }
        @if unfamiliar > 0 { (candidates(unfamiliar, &shown, &query)) }
        @if shown.is_finding { (finding()) }
        @match (shown.found_at, shown.groups.first()) {
            (None, _) => @if !shown.is_finding { (empty(&frame, n, may_change)) },
            (Some(at), group) => {
                (chooser(&query, &shown, choices.iter().map(|choice| choice.name.as_str())))
                @match group {
                    Some(group) => (themes_of(&frame, &query, group, may_change)),
                    None => p { "This category has too few texts for themes. " a href="/themes" { "All texts" } },
                }
                (foot(&frame, &shown, at, may_change))
            },
        }
    };
    Ok(frame.page(Some(Tab::Themes), "Themes", &content))
}

/// Leads to the texts that the model does not know, and to their themes.
fn candidates(unfamiliar: u64, shown: &Shown, query: &ThemesQuery) -> Markup {
    let has_themes = shown
        .overview
        .iter()
        .any(|(label, n)| label.as_deref() == Some(UNFAMILIAR) && *n > 0);
    let themes = ThemesQuery {
        label: UNFAMILIAR.to_owned(),
        by: query.by.clone(),
    };
    html! {
        p {
            a href="/history?unfamiliar=true" { (texts(unfamiliar)) @if unfamiliar == 1 { " is" } @else { " are" } }
            " unlike those that the model was trained on: perhaps a label is missing."
            @if has_themes && query.label != UNFAMILIAR { " " a href=(themes.address()) { "What are they about?" } }
        }
    }
}

fn finding() -> Markup {
    html! {
        div id="moving" hx-get="/themes/progress" hx-trigger="every 1s" hx-swap="none" {
            p role="status" { "The themes are being found." }
            progress aria-label="Finding themes" {}
            div.row { a.button href="/themes" { "Refresh" } }
        }
    }
}

/// Tells the page to reload once the themes are found.
pub(crate) async fn progress_part(State(state): State<Shared>) -> PageResult {
    let mut response = part(html! {});
    if !state.themes.is_finding() {
        response
            .headers_mut()
            .insert("hx-refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn empty(frame: &Frame, n: u64, may_change: bool) -> Markup {
    html! {
        section.card {
            h2 { "No themes yet" }
            @if n < MIN_TEXTS {
                p {
                    "With at least " (MIN_TEXTS) " texts, this page shows what they are about: each theme with its name, typical quotes, its size, whether it grows, and "
                    "who writes about it."
                    @if n > 0 { " So far: " (n) "." }
                }
                div.row { a.button.main href="/batches" { "Upload a file" } a.button href="/" { "Classify a text, or try the sample" } }
            } @else {
                p { "There are " (texts(n)) ". Their themes are found once they have been read in the background; this takes a few seconds for each 1,000 texts." }
                div.row {
                    a.button.main href="/themes" { "Refresh" }
                    @if may_change { form method="post" action="/themes/refit" { (frame.token()) button { "Find themes now" } } }
                }
            }
        }
    }
}

fn chooser<'a>(query: &ThemesQuery, shown: &Shown, fields: impl Iterator<Item = &'a str>) -> Markup {
    html! {
        form.card method="get" action="/themes" {
            div.fields {
                div {
                    label for="label" { "Themes of" }
                    select id="label" name="label" {
                        @for (label, n) in &shown.overview {
                            @let value = label.as_deref().unwrap_or_default();
                            option value=(value) selected[value == query.label] { (label.as_deref().unwrap_or("all texts")) " (" (n) ")" }
                        }
                    }
                }
                div {
                    label for="by" { "Shares by" }
                    select id="by" name="by" {
                        option value="" { "nothing" }
                        @for field in fields { option value=(field) selected[field == query.by] { (field) } }
                    }
                }
                div { button.main { "Show" } }
            }
        }
    }
}

fn themes_of(frame: &Frame, query: &ThemesQuery, group: &ShownGroup, may_change: bool) -> Markup {
    let (hidden, visible): (Vec<&ShownTheme>, Vec<&ShownTheme>) =
        group.themes.iter().partition(|theme| theme.is_hidden);
    let cards = |themes: &[&ShownTheme]| {
        html! { div.two { @for theme in themes { (card(frame, query, group, theme, may_change)) } } }
    };
    let (first, more) = visible.split_at(visible.len().min(FIRST));
    html! {
        p role="status" {
            (visible.len()) @if visible.len() == 1 { " theme" } @else { " themes" } " in " (texts(group.n)) "; " (texts(group.waiting)) " belong to none. A trend compares the last days with as many before. A report finds its own themes in longer periods, so its shares are others."
        }
        @if !group.changes.is_empty() {
            details {
                summary { "What became of the themes when they were found again" }
                ul { @for change in &group.changes { li { (became(group, change)) } } }
            }
        }
        (cards(first))
        @if !more.is_empty() {
            details { summary { (more.len()) @if more.len() == 1 { " smaller theme" } @else { " smaller themes" } } (cards(more)) }
        }
        @if !hidden.is_empty() {
            details { summary { (hidden.len()) " hidden" } (cards(&hidden)) }
        }
    }
}

/// Says what became of a theme. One that is gone has no name any more.
fn became(group: &ShownGroup, change: &Change) -> String {
    let of = |id: u64| {
        let shown = group.themes.iter().find(|theme| theme.id == id);
        shown.map_or_else(|| format!("theme {id}"), |theme| format!("“{}”", name(theme)))
    };
    let (theme, texts) = (of(change.id), change.texts);
    let other = change.other.map(of).unwrap_or_default();
    match change.what {
        What::Born => format!("{theme} is new ({texts} texts)."),
        What::Split => format!("{theme} is new ({texts} texts), and was part of {other}."),
        What::Merged => format!("{theme} ({texts} texts) is part of {other} now."),
        What::Died => format!("{theme} ({texts} texts) is gone."),
    }
}

/// Returns the name of a theme for people.
fn name(theme: &ShownTheme) -> String {
    match theme.name.as_str() {
        "" => format!("Theme {}", theme.id),
        name => name.to_owned(),
    }
}

fn card(
    frame: &Frame,
    query: &ThemesQuery,
    group: &ShownGroup,
    theme: &ShownTheme,
    may_change: bool,
) -> Markup {
    html! {
        section.card id={ "theme-" (theme.id) } {
            h2 { (name(theme)) @if theme.is_pinned { " " span.tag { "pinned" } } }
            p {
                strong { (texts(theme.n)) }
                @if let Some((share, interval)) = &theme.share {
                    ", " (percent(*share)) " of "
                    @match &group.label { Some(label) => { span.tag { (label) } }, None if group.is_part => { "the newest " (texts(group.n)) }, None => "all texts" }
                    span.soft { " (95 % interval " (percent(interval.low)) " to " (percent(interval.high)) ")" }
                }
            }
            @if let Some(trend) = &theme.figures.trend { (trend_line(trend)) }
            @if let (Some(first), Some(last)) = (theme.figures.first, theme.figures.last) {
                p.soft { "First seen " (when(first)) ", last " (when(last)) }
            }
            @for quote in &theme.quotes {
                blockquote.quote { "“" (quote.prediction.text) "” " span.small { (similar::link(quote.id)) } }
            }
            @if !theme.values.is_empty() { (values(query, theme)) }
            @if !theme.merged.is_empty() {
                p.soft { "Includes " (theme.merged.iter().map(|(id, name)| if name.is_empty() { format!("theme {id}") } else { name.clone() }).collect::<Vec<_>>().join(", ")) "." }
            }
            div.row { a.button href={ "/history?theme=" (theme.id) } { "All " (texts(theme.n)) } }
            @if let Some(label) = &theme.label {
                p { "Its texts are examples of the label " a href={ "/history?label=" (encoded(label)) } { (label) } "; the next training learns it." }
            }
            @if may_change { (changes(frame, query, group, theme)) (label_form(frame, &query.address(), theme)) }
        }
    }
}

fn trend_line(trend: &Trend) -> Markup {
    let share = |place: usize| match trend.of[place] {
        0 => "none".to_owned(),
        of => percent(trend.texts[place] as f64 / of as f64),
    };
    // The periods end with the newest text, which may be old.
    let is_recent = trend.end == 0 || now_ms() - trend.end < DAY_MS;
    let period = match trend.days {
        _ if !is_recent => format!(
            "from {} to {}",
            day_name((trend.end - trend.days * DAY_MS).div_euclid(DAY_MS) + 1),
            day_name(trend.end.div_euclid(DAY_MS))
        ),
        1 => "in the last day".to_owned(),
        days => format!("in the last {days} days"),
    };
    html! {
        p {
            @match Direction::of(trend) {
                Direction::Up => span.tag { "▲ up" },
                Direction::Down => span.tag { "▼ down" },
                Direction::Steady => span.tag { "no clear change" },
            }
            " " (texts(trend.texts[0])) " " (period) " (" (share(0)) "), " (trend.texts[1]) " in the period before (" (share(1)) ")"
        }
    }
}

fn values(query: &ThemesQuery, theme: &ShownTheme) -> Markup {
    html! {
        h3 { "By " (query.by) }
        dl.pairs {
            @for value in &theme.values {
                dt { @if value.value.is_empty() { "no value" } @else { (value.value) } }
                dd {
                    (texts(value.n))
                    @if let Some((share, interval)) = &value.share { ", " (percent(*share)) span.soft { " (" (percent(interval.low)) " to " (percent(interval.high)) ")" } }
                }
            }
        }
    }
}

fn changes(frame: &Frame, query: &ThemesQuery, group: &ShownGroup, theme: &ShownTheme) -> Markup {
    let action = format!("/themes/{}", theme.id);
    let back = format!("{}#theme-{}", query.address(), theme.id);
    let begin = html! { (frame.token()) input type="hidden" name="back" value=(back); };
    let others = || group.themes.iter().filter(|other| other.id != theme.id);
    html! {
        details {
            summary { "Change" }
            form.row method="post" action=(action) {
                (begin)
                div {
                    label for={ "name-" (theme.id) } { "Name" }
                    input id={ "name-" (theme.id) } name="name" value=(theme.name) maxlength="80";
                }
                button name="do" value="rename" { "Rename" }
                @if let Some(found) = &theme.found_name { p.hint { "Found as “" (found) "”. An empty name restores it." } }
            }
            div.row {
                form method="post" action=(action) {
                    (begin)
                    @if theme.is_pinned { button name="do" value="unpin" { "Unpin" } } @else { button name="do" value="pin" { "Pin" } }
                }
                form method="post" action=(action) {
                    (begin)
                    @if theme.is_hidden { button name="do" value="show" { "Show" } } @else { button name="do" value="hide" { "Hide" } }
                }
                @if !theme.is_indivisible {
                    form method="post" action=(action) { (begin) button name="do" value="split" { "Split" } }
                }
            }
            @if theme.is_indivisible { p.hint { "No parts of it can be told apart." } }
            @if others().next().is_some() {
                form.row method="post" action=(action) {
                    (begin)
                    div {
                        label for={ "into-" (theme.id) } { "Part of" }
                        select id={ "into-" (theme.id) } name="into" {
                            @for other in others() { option value=(other.id) { (name(other)) } }
                        }
                    }
                    button name="do" value="merge" { "Merge" }
                }
            }
            @for (id, part) in &theme.merged {
                form.row method="post" action={ "/themes/" (id) } {
                    (begin)
                    button name="do" value="separate" { "Separate " @if part.is_empty() { "theme " (id) } @else { "“" (part) "”" } }
                }
            }
        }
    }
}

fn foot(frame: &Frame, shown: &Shown, found_at: i64, may_change: bool) -> Markup {
    html! {
        p.soft {
            "Found " (when(found_at)) " in " (texts(shown.texts as u64)) "."
            @if shown.added > 0 { " " (texts(shown.added as u64)) " came since; each joined the nearest theme, or waits." }
            " When a tenth of the texts is new, the themes are found again."
        }
        @if may_change && !shown.is_finding {
            form method="post" action="/themes/refit" { (frame.token()) button { "Find themes again" } }
        }
    }
}

pub(crate) async fn refit(State(state): State<Shared>, Actor(actor): Actor, _form: Form) -> PageResult {
    themes::find_again(&state, &actor).await?;
    Ok(redirect("/themes"))
}

pub(crate) async fn change(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<u64>,
    form: Form,
) -> PageResult {
    theme_changes::change(&state, id, wish(&form)?, &actor).await?;
    Ok(redirect(&local(form.get("back"))))
}

fn wish(form: &Form) -> ServiceResult<ThemeChange> {
    let nothing = ThemeChange::default();
    Ok(match form.get("do") {
        "rename" => ThemeChange {
            name: Some(form.get("name").to_owned()),
            ..nothing
        },
        what @ ("pin" | "unpin") => ThemeChange {
            pinned: Some(what == "pin"),
            ..nothing
        },
        what @ ("hide" | "show") => ThemeChange {
            hidden: Some(what == "hide"),
            ..nothing
        },
        "merge" => {
            let into = form.get("into").parse().ok();
            let into = into.ok_or_else(|| Problem::invalid("`into` must be the number of a theme"))?;
            ThemeChange {
                merged_into: Some(Some(into)),
                ..nothing
            }
        }
        "split" => ThemeChange {
            split: true,
            ..nothing
        },
        "separate" => ThemeChange {
            merged_into: Some(None),
            ..nothing
        },
        other => return Err(Problem::invalid(format!("`{other}` cannot be done to a theme"))),
    })
}
