//! Keeps the newest log lines in memory, for the page Logs.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use tokio::sync::broadcast;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::clock::{locked, now_ms};

/// Number of lines to keep.
const KEPT: usize = 2000;
/// Maximum length of a message, in bytes; longer messages are truncated.
const MAX_MESSAGE: usize = 2000;

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Sequence number of the line, from 1.
    pub id: u64,
    /// Time in milliseconds since 1970.
    pub at: i64,
    /// Log level.
    pub level: Level,
    /// The `tracing` target, usually a module path.
    pub target: String,
    /// The message and its fields.
    pub message: String,
}

impl LogLine {
    /// Returns whether the line is at least as severe as `level` and its message or target contains `text`, ignoring case.
    pub fn matches(&self, level: Level, text: &str) -> bool {
        // In `tracing`, a more severe level compares as smaller.
        self.level <= level
            && (text.is_empty()
                || contains_ignoring_case(&self.message, text)
                || contains_ignoring_case(&self.target, text))
    }
}

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// The newest log lines. The program installs this buffer as a `tracing` layer.
#[derive(Debug, Clone, Default)]
pub struct LogBuffer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    lines: Mutex<(u64, VecDeque<Arc<LogLine>>)>,
    live: broadcast::Sender<Arc<LogLine>>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            lines: Mutex::default(),
            live: broadcast::Sender::new(512),
        }
    }
}

impl LogBuffer {
    /// Returns the newest matching lines, at most `limit`, newest first.
    pub fn newest(&self, level: Level, text: &str, limit: usize) -> Vec<Arc<LogLine>> {
        let lines = locked(&self.inner.lines);
        lines
            .1
            .iter()
            .rev()
            .filter(|line| line.matches(level, text))
            .take(limit)
            .cloned()
            .collect()
    }

    /// Returns a receiver for all lines from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<LogLine>> {
        self.inner.live.subscribe()
    }

    fn push(&self, level: Level, target: &str, message: String) {
        let mut lines = locked(&self.inner.lines);
        lines.0 += 1;
        let line = Arc::new(LogLine {
            id: lines.0,
            at: now_ms(),
            level,
            target: target.to_owned(),
            message,
        });
        if lines.1.len() == KEPT {
            lines.1.pop_front();
        }
        lines.1.push_back(Arc::clone(&line));
        drop(lines);
        // Sending fails if there is no subscriber.
        let _ = self.inner.live.send(line);
    }
}

impl<S: Subscriber> Layer<S> for LogBuffer {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        let metadata = event.metadata();
        self.push(*metadata.level(), metadata.target(), message.0);
    }
}

/// Formats an event: the message first, then the fields as `name=value`.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing into a string cannot fail.
        let _ = if field.name() == "message" {
            let rest = std::mem::take(&mut self.0);
            write!(self.0, "{value:?}{rest}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
        if self.0.len() > MAX_MESSAGE {
            let end = self.0.floor_char_boundary(MAX_MESSAGE);
            self.0.truncate(end);
            self.0.push('…');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn lines_are_kept_filtered_and_sent_to_subscribers() {
        let logs = LogBuffer::default();
        let mut live = logs.subscribe();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(logs.clone()), || {
            tracing::info!(batch = 3, "a batch began");
            tracing::error!("the disk is FULL");
        });
        let all = logs.newest(Level::TRACE, "", 10);
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].message, "a batch began batch=3");
        assert_eq!(logs.newest(Level::WARN, "", 10).len(), 1);
        assert_eq!(logs.newest(Level::TRACE, "full", 10)[0].level, Level::ERROR);
        assert!(logs.newest(Level::TRACE, "absent", 10).is_empty());
        assert_eq!(live.try_recv().unwrap().id, 1);
    }

    #[test]
    fn only_the_newest_lines_are_kept() {
        let logs = LogBuffer::default();
        for index in 0..KEPT + 5 {
            logs.push(Level::INFO, "test", index.to_string());
        }
        let all = logs.newest(Level::INFO, "", usize::MAX);
        assert_eq!(all.len(), KEPT);
        assert_eq!(all[KEPT - 1].message, "5");
    }
}
