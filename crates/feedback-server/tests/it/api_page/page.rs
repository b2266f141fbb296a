//! Sends requests and writes them down with their answers.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use feedback_testkit::workspace;
use serde_json::{Value, json};

use super::model::loader;
use super::processes::{Scripted, Waiting};
use crate::help::{Answer, Options, Server};
use crate::webhooks::secrets;

/// The secret of the webhooks.
pub(super) const SECRET: &str = "a shared secret of enough length";
/// Every time of an answer is printed as this one.
const TIME: &str = "2026-11-30T09:00:00Z";
/// The longest list that is printed as a whole.
const LONG: usize = 3;
/// The longest text that is printed as a whole, in characters.
const LONG_TEXT: usize = 400;

const INTRODUCTION: &str = "# HTTP API

Every operation of the API with a request and its answer. A test sends these requests to a server and compares the answers with this
page: `cargo test -p feedback-server api_page`; with `UPDATE_API_PAGE=1` it writes the page. The model of this server looks for
words, so that its answers are the same everywhere. Times are replaced by one time; of a longer list, the first two entries are
printed. `GET /openapi.json` has all types; `/docs` shows them as a page. [server.md](server.md#http-api) lists the error codes.
";

pub(super) struct Page {
    pub(super) server: Server,
    document: Value,
    /// What is printed instead of an id that depends on the time.
    names: Vec<(String, &'static str)>,
    sections: Vec<(String, String)>,
    covered: BTreeSet<String>,
}

impl Page {
    pub(super) async fn new() -> Self {
        let server = Server::with(Options {
            loader: loader(),
            config: |config| config.webhook_secrets = Some(secrets(SECRET)),
            trainer: Some(Arc::new(Waiting)),
            analyst: Some(Arc::new(Scripted)),
            ..Options::default()
        });
        let document = server.get("/openapi.json").await.ok().json();
        let names = vec![
            (format!("{}/", workspace().display()), ""),
            (server.state_dir().display().to_string(), "data/serve"),
        ];
        Self {
            server,
            document,
            names,
            sections: Vec::new(),
            covered: BTreeSet::new(),
        }
    }

    /// From now on, prints `shown` instead of `actual`; paths may contain either.
    pub(super) fn name(&mut self, actual: &str, shown: &'static str) {
        self.names.push((actual.to_owned(), shown));
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.server.get(path).await;
        let call = format!("curl -sg '{}'", self.address(path));
        self.write("GET", path, &call, &answer);
        answer
    }

    pub(super) async fn post(&mut self, path: &str, body: Value) -> Answer {
        let answer = self.server.post(path, body.clone()).await;
        let call = format!(
            "curl -s -X POST '{}' -H 'content-type: application/json' \\\n  -d '{}'",
            self.address(path),
            self.shown(&body.to_string())
        );
        self.write("POST", path, &call, &answer);
        answer
    }

    pub(super) async fn patch(&mut self, path: &str, body: Value) -> Answer {
        let answer = self.server.patch(path, body.clone()).await;
        self.changed("PATCH", path, &body, answer)
    }

    pub(super) async fn put(&mut self, path: &str, body: Value) -> Answer {
        let answer = self.server.put(path, body.clone()).await;
        self.changed("PUT", path, &body, answer)
    }

    fn changed(&mut self, method: &str, path: &str, body: &Value, answer: Answer) -> Answer {
        let call = format!(
            "curl -s -X {method} '{}' -H 'content-type: application/json' \\\n  -d '{body}'",
            self.address(path)
        );
        self.write(method, path, &call, &answer);
        answer
    }

    pub(super) async fn delete(&mut self, path: &str) -> Answer {
        let answer = self.server.delete(path).await;
        let call = format!("curl -s -X DELETE '{}'", self.address(path));
        self.write("DELETE", path, &call, &answer);
        answer
    }

    fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:8501{}", self.shown(path))
    }

    fn shown(&self, text: &str) -> String {
        let replace = |text: String, (actual, shown): &(String, &str)| text.replace(actual, shown);
        self.names.iter().fold(text.to_owned(), replace)
    }

    /// Writes down a request and its answer.
    pub(super) fn write(&mut self, method: &str, path: &str, call: &str, answer: &Answer) {
        let path = path.split('?').next().unwrap_or_default();
        let (template, operation) = self.operation(method, path);
        let tag = operation["tags"][0].as_str().unwrap().to_owned();
        let is_new = self.covered.insert(format!("{method} {template}"));
        let mut text = String::new();
        if is_new {
            let summary = operation["summary"].as_str().unwrap();
            let _ = write!(text, "\n### {method} {template}\n\n{summary}\n");
            if let Some(more) = operation["description"].as_str() {
                let _ = write!(text, "\n{more}\n");
            }
            text += &parameters(&operation);
        }
        let (kind, body) = self.body(answer);
        let status = answer.status.as_u16();
        let _ = write!(
            text,
            "\n```sh\n{call}\n```\n\n{status}:\n\n```{kind}\n{body}\n```\n"
        );
        match self.sections.iter_mut().find(|(name, _)| *name == tag) {
            Some((_, section)) => *section += &text,
            None => self.sections.push((tag, text)),
        }
    }

    fn operation(&self, method: &str, path: &str) -> (String, Value) {
        let matches = |template: &str| {
            let (given, wanted) = (path.split('/'), template.split('/'));
            given.clone().count() == wanted.clone().count()
                && given
                    .zip(wanted)
                    .all(|(a, b)| a == b || (b.starts_with('{') && !a.is_empty()))
        };
        let paths = self.document["paths"].as_object().unwrap();
        // A path without a placeholder is the better match.
        let mut found: Vec<&String> = paths.keys().filter(|template| matches(template)).collect();
        found.sort_by_key(|template| template.matches('{').count());
        let template = found
            .first()
            .unwrap_or_else(|| panic!("{path} is not in the document"));
        let operation = &paths[*template][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {path} is not in the document");
        ((*template).clone(), operation.clone())
    }

    fn body(&self, answer: &Answer) -> (&'static str, String) {
        let kind = answer.header("content-type");
        if answer.body.is_empty() {
            return ("text", "(no body)".into());
        }
        if kind.contains("json") && !kind.contains("lines") && !kind.contains("ndjson") {
            let json = plain(answer.json());
            return ("json", self.shown(&serde_json::to_string_pretty(&json).unwrap()));
        }
        let text = self.shown(answer.text().trim_end());
        let short: String = text.chars().take(LONG_TEXT).collect();
        let more = if short.len() < text.len() { "…" } else { "" };
        ("text", format!("{short}{more}"))
    }

    /// The operations of the document that no request used.
    pub(super) fn missing(&self) -> Vec<String> {
        let paths = self.document["paths"].as_object().unwrap().iter();
        let all = paths.flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        all.filter(|name| !self.covered.contains(name)).collect()
    }

    pub(super) fn render(&self) -> String {
        let mut text = INTRODUCTION.to_owned();
        for (tag, section) in &self.sections {
            let _ = write!(text, "\n## {}{}\n{section}", tag[..1].to_uppercase(), &tag[1..]);
        }
        text
    }
}

fn parameters(operation: &Value) -> String {
    let Some(parameters) = operation["parameters"].as_array() else {
        return String::new();
    };
    let mut text = "\n| parameter | in | |\n|---|---|---|\n".to_owned();
    for parameter in parameters {
        let plain = |value: &Value| {
            value
                .as_str()
                .unwrap_or_default()
                .replace('\n', " ")
                .replace('|', "\\|")
        };
        let of = |name: &str| plain(&parameter[name]);
        let of_schema = |name: &str| plain(&parameter["schema"][name]);
        let must = if parameter["required"] == true {
            "required; "
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {must}{} |",
            of("name"),
            of("in"),
            match of("description") {
                description if description.is_empty() => of_schema("description"),
                description => description,
            }
        );
    }
    text
}

/// Replaces what differs from run to run, and shortens lists.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) if is_time(&text) => json!(TIME),
        Value::String(text) if is_day_of_now(&text) => json!(&TIME[..10]),
        Value::Array(all) => {
            let n = all.len();
            let kept = if n > LONG { 2 } else { n };
            let mut shown: Vec<Value> = all.into_iter().take(kept).map(plain).collect();
            if kept < n {
                shown.push(json!(format!("… {} more", n - kept)));
            }
            Value::Array(shown)
        }
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        other => other,
    }
}

/// Returns whether a text is a day that is counted from today; the texts of the page are older.
fn is_day_of_now(text: &str) -> bool {
    text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-' && text > "2026"
}

fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20 && bytes[4] == b'-' && bytes[10] == b'T' && bytes.ends_with(b"Z")
}
