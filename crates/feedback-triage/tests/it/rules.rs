//! Rules: read, written, refused with line and column, and applied.

use feedback_triage::{Error, Message, Priority, RuleSet, Urgency};
use proptest::prelude::*;

const RULES: &str = r#"
languages = ["en"]
# Comments are allowed.
[[rule]]
name = "Money of paying customers"
when.words = ["refund*", "charged .. twice"]
when.field.plan = ["pro", "team"]
when.field.country = "DE"
then = { team = "billing", priority = "high", due_hours = 24, tags = ["money", "paying"], webhook = "desk" }

[[rule]]
name = "Bugs"
[rule.when]
category = ["bug"]
min_confidence = 0.5
[rule.then]
team = "support"
due_hours = 72
tags = ["bug", "money"]
webhook = "desk"

[[rule]]
name = "Off"
enabled = false
when.category = ["bug"]
then.tags = ["off"]

[[rule]]
name = "Angry or at once"
when.sentiment = ["Negative"]
when.urgency = ["now", "soon"]
when.theme = [3, 5]
when.max_confidence = 0.9
"#;

fn message<'a>(text: &'a str, labels: &'a [String], fields: &'a [(String, String)]) -> Message<'a> {
    Message {
        text,
        labels,
        confidence: 0.8,
        sentiment: Some("negative"),
        urgency: Urgency::Soon,
        language: "en",
        themes: &[],
        fields,
    }
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_first_rule_decides_and_tags_add_up() {
    let rules = RuleSet::parse(RULES).unwrap();
    assert!(rules.needs_themes());
    let labels = ["bug".to_owned()];
    let of_pro = fields(&[("plan", "PRO"), ("country", "de")]);
    let decision = rules.decide(&message("Charged my card twice!", &labels, &of_pro));
    assert_eq!(decision.rules, [0, 1]);
    assert_eq!(
        (decision.team.as_deref(), decision.priority, decision.due_hours),
        (Some("billing"), Some(Priority::High), Some(24))
    );
    assert_eq!(decision.tags, ["money", "paying", "bug"]);
    assert_eq!(decision.webhooks, ["desk"], "once, although two rules name it");
    assert_eq!(rules.webhooks(), [("desk", "Money of paying customers")]);

    let decision = rules.decide(&message(
        "Charged my card twice!",
        &labels,
        &fields(&[("plan", "pro")]),
    ));
    assert_eq!(
        (decision.rules, decision.team.as_deref(), decision.due_hours),
        (vec![1], Some("support"), Some(72))
    );
    let unsure = Message {
        confidence: 0.4,
        ..message("a", &labels, &[])
    };
    assert!(rules.decide(&unsure).rules.is_empty());
    let of_theme = Message {
        themes: &[5],
        ..message("a", &[], &[])
    };
    assert_eq!(rules.decide(&of_theme).rules, [3]);
    assert!(rules.decide(&message("a", &[], &[])).rules.is_empty());
    let german = RuleSet::parse("[[rule]]\nname = 'a'\nwhen.language = ['DE']").unwrap();
    assert_eq!(german.languages().len() + rules.languages().len(), 1);
    assert!(german.decide(&message("a", &[], &[])).rules.is_empty());
    let in_german = Message {
        language: "de",
        ..message("a", &[], &[])
    };
    assert_eq!(german.decide(&in_german).rules, [0]);
    let neutral = Message {
        sentiment: None,
        ..of_theme
    };
    assert!(rules.decide(&neutral).rules.is_empty());
    assert!(
        rules.rules()[2].matches(&message("a", &labels, &[])),
        "`matches` ignores the switch"
    );
}

#[test]
fn what_is_written_is_read_again() {
    let rules = RuleSet::parse(RULES).unwrap();
    let written = rules.to_toml();
    assert_eq!(RuleSet::parse(&written).unwrap(), rules, "{written}");
    assert_eq!(RuleSet::parse("").unwrap().to_toml(), "");
    let appended = format!(
        "{}\n{}",
        RULES,
        rules.rules()[0].to_toml().replace("Money of paying", "Other")
    );
    assert_eq!(RuleSet::parse(&appended).unwrap().rules().len(), 5);
}

#[test]
fn mistakes_are_named_with_line_and_column() {
    let rule = |rest: &str| format!("[[rule]]\nname = \"a\"\n{rest}");
    let ok = "when.category = [\"bug\"]\n";
    let many = |n: usize| format!("when.category = [{}]", "\"a\", ".repeat(n));
    for (text, expected) in [
        (
            "rule = 3".to_owned(),
            "line 1, column 8: invalid type: integer `3`, expected a sequence",
        ),
        (
            "[[rules]]".to_owned(),
            "line 1, column 3: unknown field `rules`, expected `languages` or `rule`",
        ),
        ("[[rule]]\nname = 'a".to_owned(), "line 2, column 10: "),
        (rule(""), "line 1, column 1: missing field `when`"),
        (
            rule("when = {}"),
            "line 3, column 8: `when`: found no condition, expected at least one condition",
        ),
        (
            rule("when.words = []"),
            "line 3, column 14: `words`: found 0 entries, expected 1 to 200 entries",
        ),
        (
            rule(&many(201)),
            "line 3, column 17: `category`: found 201 entries",
        ),
        (
            rule("when.words = [\"ok\", \"a ..\"]"),
            "line 3, column 21: `words`: found `a ..`, expected a word before and after `..`",
        ),
        (
            rule("when.urgency = [\"high\"]"),
            "line 3, column 17: `urgency`: found `high`, expected `none`, `soon` or `now`",
        ),
        (
            rule("when.min_confidence = 80.0"),
            "line 3, column 23: `min_confidence`: found 80, expected a number from 0 to 1",
        ),
        (
            rule("when.min_confidence = 0.9\nwhen.max_confidence = 0.2"),
            "line 4, column 23: `max_confidence`: found 0.2, expected a number not below `min_confidence`, 0.9",
        ),
        (
            rule(&format!("{ok}then.priority = \"top\"")),
            "line 4, column 17: `priority`: found `top`",
        ),
        (
            rule(&format!("{ok}then.due_hours = 0")),
            "line 4, column 18: `due_hours`: found 0, expected 1 to 8760",
        ),
        (
            rule(&format!("{ok}then.hook = \"x\"")),
            "line 4, column 6: unknown field `hook`",
        ),
        (
            rule(&format!("{ok}then.team = \"{}\"", "x".repeat(81))),
            "line 4, column 13: `team`: found 81 characters",
        ),
        (
            format!("{}{}", rule(ok), rule(ok)),
            "line 5, column 8: `name`: found `a` a second time",
        ),
        (
            rule("when.field.plan = []"),
            "line 3, column 12: `field`: found 0 values",
        ),
    ] {
        let error = RuleSet::parse(&text).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text}\n{error}");
    }
    let many: String = (0..201)
        .map(|n| format!("[[rule]]\nname = \"{n}\"\n{ok}"))
        .collect();
    assert!(matches!(
        RuleSet::parse(&many),
        Err(Error::Value {
            key: "rule",
            line: 601,
            ..
        })
    ));
    let phrases = "\"a\", ".repeat(200);
    let many: String = (0..11)
        .map(|n| format!("[[rule]]\nname = \"{n}\"\nwhen.words = [{phrases}]\n"))
        .collect();
    assert!(matches!(
        RuleSet::parse(&many),
        Err(Error::Value {
            key: "words",
            line: 33,
            ..
        })
    ));
    let large = " ".repeat((256 << 10) + 1);
    assert!(matches!(RuleSet::parse(&large), Err(Error::TooLarge { .. })));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(rules in "\\PC{0,200}", text in "\\PC{0,200}") {
        let _ = RuleSet::parse(&rules);
        let known = RuleSet::parse(RULES).unwrap();
        let _ = known.decide(&message(&text, &[], &[]));
        let _ = feedback_triage::signals(&text);
    }

    #[test]
    fn names_survive_a_round_trip(name in "[^\\p{Cc}]{1,40}", word in "\\w{1,10}") {
        let text = format!(
            "[[rule]]\nname = {}\nwhen.words = [{}]\n",
            toml_string(&name), toml_string(&word)
        );
        if let Ok(rules) = RuleSet::parse(&text) {
            prop_assert_eq!(RuleSet::parse(&rules.to_toml()).unwrap(), rules);
        }
    }
}

fn toml_string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
