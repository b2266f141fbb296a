//! Builds the bodies of alerts. They contain numbers and the name of a category, never feedback text.

use feedback_files::{sha256, to_hex};
use serde_json::{Value, json};

use crate::clock::{DAY_MS, readable, rfc3339};
use feedback_store::Alert;

/// What a receiver gets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// The id, which stays the same if the message is sent again.
    pub(crate) id: String,
    /// The message as JSON.
    pub(crate) json: Value,
    /// The message in the format of Slack's incoming webhooks.
    pub(crate) slack: Value,
}

impl Message {
    pub(super) fn of(alert: &Alert) -> Self {
        Self {
            id: id(alert),
            json: json_body(alert),
            slack: slack_body(alert),
        }
    }
}

/// Returns the id of the alert. It stays the same if the alert is sent again.
fn id(alert: &Alert) -> String {
    let hash = sha256(&alert.label);
    format!("spike_{}_{}", day(alert), to_hex(&hash[..8]))
}

/// Returns the alert as JSON. It stays the same if the alert is sent again.
fn json_body(alert: &Alert) -> Value {
    json!({
        "type": "feedback.spike",
        "timestamp": rfc3339(alert.at),
        "data": {
            "category": alert.label,
            "day": day(alert),
            "count": alert.count,
            "median": alert.median,
            "mad": alert.mad,
            "score": alert.score,
        },
    })
}

/// Returns the alert as a message for people, in the format of Slack's incoming webhooks, which Mattermost and
/// others accept too.
fn slack_body(alert: &Alert) -> Value {
    let text = format!(
        "*{}* spikes: {} texts on {} by {} UTC. The median of the days before (28 at most) is {} texts a day; \
         the count is {:.1} robust standard deviations above it.",
        slack_text(&alert.label),
        alert.count,
        day(alert),
        readable(alert.at).get(11..).unwrap_or_default(),
        alert.median,
        alert.score
    );
    json!({ "text": text })
}

/// Escapes the three characters that Slack uses for links and mentions.
pub(crate) fn slack_text(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn day(alert: &Alert) -> String {
    rfc3339(alert.day * DAY_MS).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert() -> Alert {
        Alert {
            label: "bugs & <crashes>".into(),
            day: 20_000,
            count: 40,
            median: 5.5,
            mad: 1.0,
            score: 14.71,
            at: 20_000 * DAY_MS + 9 * 3_600_000,
        }
    }

    #[test]
    fn the_webhook_body_has_numbers() {
        let expected = json!({
            "type": "feedback.spike",
            "timestamp": "2024-10-04T09:00:00Z",
            "data": { "category": "bugs & <crashes>", "day": "2024-10-04", "count": 40, "median": 5.5, "mad": 1.0, "score": 14.71 },
        });
        assert_eq!(json_body(&alert()), expected);
        let other = Alert {
            label: "bugs".into(),
            ..alert()
        };
        assert_ne!(id(&alert()), id(&other));
        assert!(id(&alert()).starts_with("spike_2024-10-04_"));
    }

    #[test]
    fn the_slack_body_has_sentences() {
        let expected = "*bugs &amp; &lt;crashes&gt;* spikes: 40 texts on 2024-10-04 by 09:00 UTC. The median of the days before \
                        (28 at most) is 5.5 texts a day; the count is 14.7 robust standard deviations above it.";
        assert_eq!(slack_body(&alert()), json!({ "text": expected }));
    }
}
