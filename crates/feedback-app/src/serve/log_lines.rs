//! The lines on standard error: as text for people, or as JSON for programs that collect logs.

use std::fmt;

use clap::ValueEnum;
use feedback_cli::output;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Text for people
    Text,
    /// One JSON object per line: `timestamp`, `level`, `target`, `message` and the fields of the event
    Json,
}

impl LogFormat {
    /// Returns what writes events of at least this level to standard error.
    pub(super) fn layer<S>(self, level: LevelFilter) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(false);
        match self {
            Self::Text => layer.with_filter(level).boxed(),
            Self::Json => layer.event_format(JsonLines).with_filter(level).boxed(),
        }
    }

    /// Says something that is not an event, such as the address.
    pub(super) fn say(self, message: impl fmt::Display) {
        match self {
            Self::Text => output::message(message),
            Self::Json => output::message(line(
                Level::INFO,
                module_path!(),
                &message.to_string(),
                Map::new(),
            )),
        }
    }
}

/// Formats events as JSON.
struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        writeln!(
            writer,
            "{}",
            line(
                *metadata.level(),
                metadata.target(),
                &fields.message,
                fields.others
            )
        )
    }
}

fn line(level: Level, target: &str, message: &str, fields: Map<String, Value>) -> String {
    let mut all = Map::new();
    let mut now = String::new();
    // Writing into a string cannot fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut now));
    all.insert("timestamp".into(), now.into());
    all.insert("level".into(), level.as_str().into());
    all.insert("target".into(), target.into());
    all.insert("message".into(), message.into());
    for (name, value) in fields {
        // A field with one of the names above is kept under another one.
        let name = if all.contains_key(&name) {
            format!("field_{name}")
        } else {
            name
        };
        all.insert(name, value);
    }
    Value::Object(all).to_string()
}

/// The message and the other fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        self.others.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            _ => self.add(field, format!("{value:?}").into()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            _ => self.add(field, value.into()),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinities.
        self.add(field, json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_json_object() {
        let fields = [
            ("n".to_owned(), json!(3)),
            ("level".to_owned(), json!("x\n\"y\"")),
        ]
        .into_iter()
        .collect();
        let line = line(Level::WARN, "a::b", "it\nbroke", fields);
        assert!(!line.contains('\n'), "{line}");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&read["level"], &read["message"], &read["n"], &read["field_level"]),
            (&json!("WARN"), &json!("it\nbroke"), &json!(3), &json!("x\n\"y\""))
        );
        assert!(read["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}
