//! The page of the rules: edited as a form or as text, and tried on history before they are switched on.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::layout::{Frame, Tab, percent, redirect, when};
use crate::auth::Role;
use crate::http::body::Form;
use crate::http::extract::Actor;
use crate::phrases::count_of;
use crate::problem::{PageResult, Problem, ServiceResult};
use crate::services::rules::{self, DEFAULT_TEXTS, MAX_TEXTS, RuleTrial, Trial};
use crate::state::Shared;
use crate::triage::KeptRules;
use feedback_triage::{Actions, Conditions, Phrase, Priority, Rule, Urgency};

/// What the editor shows before the first rule is written.
const EXAMPLE: &str = r#"[[rule]]
name = "Refunds of paying customers"
when.words = ["refund*", "charged .. twice", "money back"]
when.field.plan = ["pro", "team"]
then = { team = "billing", priority = "high", due_hours = 24, tags = ["refund"] }"#;

pub(crate) async fn page(State(state): State<Shared>, frame: Frame) -> PageResult {
    let kept = rules::current(&state).await?;
    let draft = Draft {
        toml: kept.toml.clone(),
        replaces: kept.saved_at(),
        webhooks: state.webhooks.names().map(str::to_owned).collect(),
    };
    let waiting = rules::waiting(&state).await?;
    let note = html! {
        @if waiting > 0 {
            p.note.problem { "Waiting for webhooks: " (count_of(waiting as u64, "message", "messages")) ". They are sent again until a day has passed; the log says why they fail." }
        }
    };
    Ok(render(&frame, &kept, &draft, note))
}

/// Rules that are being written.
struct Draft {
    toml: String,
    /// When the rules were saved from which the draft began; empty for the first rules.
    replaces: String,
    /// The names of webhooks.
    webhooks: Vec<String>,
}

fn render(frame: &Frame, kept: &KeptRules, draft: &Draft, result: Markup) -> Response {
    let content = html! {
        h1 { "Rules of the inbox" }
        p {
            "Rules say which texts enter the " a href="/inbox" { "inbox" } ", and which team answers them by when. Urgent texts enter it without a rule. "
            "All rules that match add their tags; team, priority and due time come from the first."
        }
        p.soft {
            @match &kept.saved {
                Some((at, by)) => { "In force since " (when(*at)) ", saved by " (by) "." },
                None => "No rules have been saved yet.",
            }
        }
        (result)
        @if frame.visitor.who.may(Role::Label, "history") { (editor(frame, draft)) } @else { pre { code { (kept.toml) } } }
    };
    frame.page(Some(Tab::Inbox), "Rules of the inbox", &content)
}

fn editor(frame: &Frame, draft: &Draft) -> Markup {
    html! {
        form.card method="post" action="/rules/try" {
            (frame.token())
            input type="hidden" name="replaces" value=(draft.replaces);
            h2 { "Add a rule" }
            (fields(&draft.webhooks.iter().map(String::as_str).collect::<Vec<_>>()))
            div.row { button.main name="do" value="add" { "Add the rule and try" } }
            p.hint { "Rules are tried on stored texts first; then they can be switched on." }
            h2 { "All rules" }
            label for="toml" { "Rules as text (TOML)" }
            textarea id="toml" name="toml" rows="14" spellcheck="false" aria-describedby="toml-hint" { (draft.toml) }
            p.hint id="toml-hint" { "Conditions: category, words, field, sentiment, urgency, language, theme, min_confidence, max_confidence. Actions: team, priority, due_hours, tags, webhook." }
            details { summary { "An example" } pre { code { (EXAMPLE) } } }
            div.fields {
                div {
                    label for="texts" { "Try on the newest texts" }
                    input id="texts" name="texts" type="number" min="1" max=(MAX_TEXTS) value=(DEFAULT_TEXTS);
                }
                div { button name="do" value="try" { "Try the rules" } }
            }
        }
    }
}

/// The fields of a new rule; `webhooks` are the names that it can use.
fn fields(webhooks: &[&str]) -> Markup {
    let text = |id: &str, label: &str, hint: &str| {
        html! { div { label for=(id) { (label) } input id=(id) name=(id) placeholder=(hint); } }
    };
    let choice = |id: &str, label: &str, values: &[&str]| {
        html! {
            div {
                label for=(id) { (label) }
                select id=(id) name=(id) { option value="" { "any" } @for value in values { option value=(value) { (value) } } }
            }
        }
    };
    html! {
        p.hint { "Several values are separated by commas. All conditions must hold; of several values, one." }
        div.fields {
            (text("name", "Name", "Refunds"))
            (text("words", "Words", "refund*, money back"))
            (text("category", "Category", "complaint, bug"))
            (text("field", "Field", "plan"))
            (text("value", "Value of the field", "pro, team"))
            (choice("sentiment", "Sentiment", &["negative", "neutral", "positive"]))
            (choice("urgency", "Urgency", &Urgency::ALL.map(Urgency::name)))
        }
        div.fields {
            (text("team", "Team", "billing"))
            (choice("priority", "Priority", &Priority::ALL.map(Priority::name)))
            div { label for="due_hours" { "Due in hours" } input id="due_hours" name="due_hours" type="number" min="1" max="8760"; }
            (text("tags", "Tags", "refund"))
            @if !webhooks.is_empty() {
                div {
                    label for="webhook" { "Notify webhook" }
                    select id="webhook" name="webhook" { option value="" { "none" } @for name in webhooks { option value=(name) { (name) } } }
                }
            }
        }
    }
}

/// Tries a draft, to which a rule may be added; nothing is changed.
pub(crate) async fn trial(State(state): State<Shared>, frame: Frame, form: Form) -> PageResult {
    let kept = rules::current(&state).await?;
    let draft = form.get("toml").replace("\r\n", "\n");
    let (draft, tried) = match (form.get("do"), with_rule(&draft, &form)) {
        ("add", Ok(longer)) => (longer.clone(), try_draft(&state, &longer, &form).await),
        ("add", Err(problem)) => (draft, Err(problem)),
        _ => {
            let tried = try_draft(&state, &draft, &form).await;
            (draft, tried)
        }
    };
    let draft = Draft {
        toml: draft,
        replaces: form.get("replaces").to_owned(),
        webhooks: state.webhooks.names().map(str::to_owned).collect(),
    };
    Ok(match tried {
        Ok(trial) => render(&frame, &kept, &draft, result(&frame, &draft, &trial)),
        Err(problem) => {
            let note =
                html! { div.note.problem role="alert" { "The rules cannot be used: " (problem.detail) "." } };
            let mut response = render(&frame, &kept, &draft, note);
            *response.status_mut() = StatusCode::BAD_REQUEST;
            response
        }
    })
}

async fn try_draft(state: &Shared, draft: &str, form: &Form) -> ServiceResult<Trial> {
    let texts = match form.get("texts") {
        "" => DEFAULT_TEXTS,
        given => given
            .parse()
            .map_err(|_| Problem::invalid("`texts` must be a whole number"))?,
    };
    rules::trial(state, draft, texts).await
}

/// Returns the draft with the rule of the form at its end.
fn with_rule(draft: &str, form: &Form) -> ServiceResult<String> {
    let list = |name: &str| -> Vec<String> {
        let values = form.get(name).split(',').map(str::trim);
        values
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let phrase = |text: &String| {
        Phrase::parse(text)
            .map_err(|expected| Problem::invalid(format!("`words`: found `{text}`, expected {expected}")))
    };
    let field = form.get("field").trim();
    let due_hours = match form.get("due_hours") {
        "" => None,
        given => Some(
            given
                .parse()
                .map_err(|_| Problem::invalid("`due_hours` must be a whole number"))?,
        ),
    };
    let rule = Rule {
        name: form.get("name").trim().to_owned(),
        is_enabled: true,
        when: Conditions {
            categories: list("category"),
            words: list("words").iter().map(phrase).collect::<ServiceResult<_>>()?,
            sentiments: list("sentiment"),
            urgencies: Urgency::from_name(form.get("urgency")).into_iter().collect(),
            fields: (!field.is_empty())
                .then(|| (field.to_owned(), list("value")))
                .into_iter()
                .collect(),
            ..Conditions::default()
        },
        then: Actions {
            team: list("team").into_iter().next(),
            priority: Priority::from_name(form.get("priority")),
            due_hours,
            tags: list("tags"),
            webhook: list("webhook").into_iter().next(),
        },
    };
    Ok(format!("{}\n\n{}", draft.trim_end(), rule.to_toml()))
}

fn result(frame: &Frame, draft: &Draft, trial: &Trial) -> Markup {
    let of = |n: u64| match trial.texts {
        0 => String::new(),
        texts => format!(" ({})", percent(n as f64 / texts as f64)),
    };
    html! {
        section.card {
            h2 { "What these rules would do" }
            p role="status" {
                "Of the newest " (trial.texts) " texts, " strong { (trial.entries) (of(trial.entries)) } " would enter the inbox: "
                (trial.now) " are urgent now, " (trial.soon) " soon"
                @if trial.in_other_languages > 0 { ", " (trial.in_other_languages) " are in another language" }
                "."
            }
            @for rule in &trial.rules { (tried(rule, &of(rule.matches))) }
            @if frame.visitor.who.may(Role::Admin, "history") {
                form method="post" action="/rules" {
                    (frame.token())
                    input type="hidden" name="replaces" value=(draft.replaces);
                    textarea name="toml" hidden aria-label="Rules" { (draft.toml) }
                    div.fields {
                        div {
                            label for="apply_to" { "Also apply to the newest texts" }
                            input id="apply_to" name="apply_to" type="number" min="0" max=(MAX_TEXTS) value="0";
                        }
                        div { button.main { "Switch on" } }
                    }
                }
            } @else {
                p.soft { "Only a key with the role admin can switch rules on." }
            }
        }
    }
}

fn tried(rule: &RuleTrial, share: &str) -> Markup {
    html! {
        h3 { (rule.name) @if !rule.is_enabled { " " span.tag { "off" } } }
        p {
            (rule.matches) " texts" (share)
            @match rule.misroute_rate() {
                Some((rate, interval)) => {
                    ". Of " (rule.checked) " whose category a person checked, " (rule.misrouted) " went wrong: " (percent(rate))
                    span.soft { " (95 % interval " (percent(interval.low)) " to " (percent(interval.high)) ")" }
                },
                None => "; a person has checked the category of none of them",
            }
            @if rule.missed > 0 { "; " (rule.missed) " more should have matched" }
            "."
        }
        @for example in &rule.examples { blockquote.quote { "“" (example.prediction.text) "”" } }
    }
}

pub(crate) async fn save(State(state): State<Shared>, Actor(actor): Actor, form: Form) -> PageResult {
    let apply_to = match form.get("apply_to") {
        "" => 0,
        given => given
            .parse()
            .map_err(|_| Problem::invalid("`apply_to` must be a whole number"))?,
    };
    let replaces = Some(form.get("replaces").to_owned());
    rules::save(&state, form.get("toml"), apply_to, replaces, &actor).await?;
    Ok(redirect("/rules"))
}
