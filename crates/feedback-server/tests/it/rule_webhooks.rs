//! Webhooks that rules of the inbox tell about texts.

use std::time::Duration;

use feedback_server::AlertConfig;
use serde_json::{Value, json};

use crate::alerts::{Receiver, SECRET};
use crate::help::{Options, Server};
use crate::inbox::{GAS, classify, entries, options as inbox_options};
use crate::webhooks::secrets;

const RULES: &str = "[[rule]]\nname = \"Gas\"\nwhen.words = [\"gas\"]\nthen = { team = \"safety\", webhook = \"support\" }\n\
                     [[rule]]\nname = \"Hall\"\nwhen.words = [\"hall\"]\nthen = { tags = [\"hall\"], webhook = \"support\" }\n";

fn options(receiver: &Receiver) -> Options {
    let mut alerts = AlertConfig::default();
    let url = format!("{}/hook", receiver.address).parse().unwrap();
    alerts.rule_webhooks = [("support".to_owned(), url)].into();
    alerts.backoff = Duration::from_millis(20);
    Options {
        config: |config| config.webhook_secrets = Some(secrets(SECRET)),
        alerts,
        ..inbox_options()
    }
}

async fn switch_on(server: &Server, apply_to: usize) {
    let body = json!({"toml": RULES, "apply_to": apply_to});
    server.put("/api/v1/rules", body).await.ok();
}

async fn told(receiver: &Receiver, n: usize) -> Vec<Value> {
    let got = receiver.wait_for(n).await;
    got.iter()
        .map(|one| serde_json::from_str(&one.body).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_told_once_about_each_entry() {
    let receiver = Receiver::new(&[500, 204], Duration::ZERO).await;
    let server = Server::with(options(&receiver));
    let before = classify(&server, &["A smell of gas in the hall, still"], json!({})).await;
    entries(&server, 1).await;
    switch_on(&server, 10).await;
    let ids = classify(
        &server,
        &[GAS, "I like the colours of it very much"],
        json!({"plan": "pro"}),
    )
    .await;
    let all = told(&receiver, 2).await;
    let got = receiver.got();
    assert_eq!(
        got[0].body, got[1].body,
        "the message is sent again after a failure"
    );
    assert_eq!(got[0].headers["webhook-id"], got[1].headers["webhook-id"]);
    assert!(
        got[0].headers["webhook-signature"]
            .to_str()
            .unwrap()
            .starts_with("v1,")
    );
    assert_eq!(got[0].path, "/hook");
    let data = &all[1]["data"];
    assert_eq!(all[1]["type"], "feedback.entry");
    for (name, expected) in [
        ("prediction_id", json!(ids[0])),
        ("text", json!(GAS)),
        ("fields", json!({"plan": "pro"})),
        ("urgency", json!("now")),
        ("rule", json!("Gas")),
        ("team", json!("safety")),
        ("priority", json!("normal")),
        ("tags", json!(["hall"])),
    ] {
        assert_eq!(data[name], expected, "{name}: {data:#}");
    }
    assert_ne!(
        data["prediction_id"],
        json!(before[0]),
        "it had an entry before the rule"
    );

    // Rules that are applied again tell nobody again, and nothing waits any more.
    switch_on(&server, 10).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(receiver.got().len(), 2, "{:?}", receiver.got());
    let page = server.page("/rules").await.ok();
    assert!(
        page.text().contains("Notify webhook") && page.text().contains(">support</option>"),
        "{}",
        page.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_survives_a_restart_but_not_an_erasure() {
    let receiver = Receiver::new(&[503], Duration::ZERO).await;
    let server = Server::with(options(&receiver));
    switch_on(&server, 0).await;
    classify(&server, &[GAS], json!({})).await;
    receiver.wait_for(1).await;
    let other = Receiver::new(&[204], Duration::ZERO).await;
    let server = server.restarted(options(&other));
    let all = told(&other, 1).await;
    assert_eq!(all[0]["data"]["text"], GAS);

    let stubborn = Receiver::new(&[503], Duration::ZERO).await;
    let server = server.restarted(options(&stubborn));
    classify(&server, &["Gas! Gas in the cellar"], json!({})).await;
    stubborn.wait_for(1).await;
    server
        .post("/api/v1/erasures", json!({"text": "Gas! Gas in the cellar"}))
        .await
        .ok();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let n = stubborn.got().len();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(stubborn.got().len(), n, "nothing is sent after the erasure");
    let kept = server.state.store().blocking().document("rule-webhooks").unwrap();
    assert_eq!(kept.as_deref(), Some("[]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_without_an_address_is_refused() {
    let server = Server::new();
    for path in ["/api/v1/rules", "/api/v1/rules/try"] {
        let body = json!({ "toml": RULES });
        let refused = match path {
            "/api/v1/rules" => server.put(path, body).await,
            _ => server.post(path, body).await,
        };
        refused.problem(400, "invalid_request");
        assert!(
            refused
                .text()
                .contains("the rule `Gas` names the webhook `support`"),
            "{}",
            refused.text()
        );
        assert!(
            refused.text().contains("those with one: none"),
            "{}",
            refused.text()
        );
    }
}
