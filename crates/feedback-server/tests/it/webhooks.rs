//! Incoming webhooks.

use axum::http::header;
use feedback_server::WebhookSecrets;
use feedback_store::Filter;
use serde_json::{Value, json};

use crate::help::{Answer, Options, Server, keys, now_s, request};

const PATH: &str = "/api/v1/webhooks/feedback";
const SECRET: &str = "a shared secret of enough length";

pub(crate) fn secrets(secret: &str) -> WebhookSecrets {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs_err::write(&path, secret).unwrap();
    WebhookSecrets::from_file(&path).unwrap()
}

fn server() -> Server {
    Server::with(options())
}

fn options() -> Options {
    Options {
        config: |config| config.webhook_secrets = Some(secrets(SECRET)),
        ..Options::default()
    }
}

/// A signed delivery.
struct Delivery<'a> {
    id: &'a str,
    timestamp: i64,
    body: String,
    secret: &'a str,
}

impl<'a> Delivery<'a> {
    fn new(id: &'a str, body: &Value) -> Self {
        Self {
            id,
            timestamp: now_s(),
            body: body.to_string(),
            secret: SECRET,
        }
    }

    async fn send(&self, server: &Server) -> Answer {
        let signature = secrets(self.secret).sign(self.id, self.timestamp, self.body.as_bytes());
        self.send_signed(server, &signature).await
    }

    async fn send_signed(&self, server: &Server, signature: &str) -> Answer {
        let request = request("POST", PATH)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", self.id)
            .header("webhook-timestamp", self.timestamp.to_string())
            .header("webhook-signature", signature);
        server.send(request.body(self.body.clone().into()).unwrap()).await
    }
}

fn stored(server: &Server) -> u64 {
    server.state.store().blocking().count(&Filter::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_feedback_is_classified_and_stored() {
    let server = server();
    let body = json!({ "texts": ["it crashes", "I love it"], "source": "zendesk", "created_at": "2025-03-01T10:00:00Z" });
    let answer = Delivery::new("msg_1", &body).send(&server).await.ok();
    assert_eq!(answer.header("idempotent-replayed"), "");
    let answer = answer.json();
    assert_eq!(answer["predictions"].as_array().unwrap().len(), 2);
    let id = answer["predictions"][1]["id"].as_i64().unwrap();
    let item = server.get(&format!("/api/v1/history/{id}")).await.ok().json();
    assert_eq!(
        (&item["text"], &item["source"], &item["at"], &item["model"]),
        (
            &json!("I love it"),
            &json!("zendesk"),
            &json!("2025-03-01T10:00:00Z"),
            &answer["model"]
        )
    );
    assert_eq!(
        item["predicted_label"],
        answer["predictions"][1]["predicted_label"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_signatures_are_refused_and_change_nothing() {
    let server = server();
    let body = json!({ "text": "hello" });
    let good = || Delivery::new("msg_1", &body);
    let wrong = Delivery {
        secret: "another secret of enough length",
        ..good()
    };
    wrong.send(&server).await.problem(401, "invalid_signature");
    for timestamp in [now_s() - 301 - 5, now_s() + 301 + 5, 0, i64::MIN] {
        let old = Delivery { timestamp, ..good() };
        old.send(&server).await.problem(401, "invalid_signature");
    }
    let signature = secrets(SECRET).sign("msg_1", now_s(), body.to_string().as_bytes());
    let other_body = Delivery {
        body: json!({ "text": "hallo" }).to_string(),
        ..good()
    };
    let other_id = Delivery {
        id: "msg_2",
        ..good()
    };
    for delivery in [&other_body, &other_id] {
        delivery
            .send_signed(&server, &signature)
            .await
            .problem(401, "invalid_signature");
    }
    for id in ["", "a.b", "a b", &"x".repeat(201)] {
        let delivery = Delivery { id, ..good() };
        delivery.send(&server).await.problem(401, "invalid_signature");
    }
    let unsigned = server.post(PATH, body.clone()).await;
    unsigned.problem(401, "invalid_signature");
    assert_eq!(unsigned.header("www-authenticate"), "Webhook");
    assert_eq!(stored(&server), 0);
    good().send(&server).await.ok();
    let late = Delivery {
        timestamp: now_s() - 290,
        ..Delivery::new("msg_late", &body)
    };
    late.send(&server).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_delivery_gets_the_same_response() {
    let mut server = server();
    let body = json!({ "text": "it crashes, again and again" });
    let first = Delivery::new("msg_1", &body).send(&server).await.ok();
    let replay = Delivery::new("msg_1", &body).send(&server).await.ok();
    assert_eq!(replay.body, first.body);
    assert_eq!(replay.header("idempotent-replayed"), "true");
    assert_eq!(replay.header("content-type"), "application/json");

    server = server.restarted(options());
    let later = Delivery {
        timestamp: now_s() + 60, // a sender signs again when it retries
        ..Delivery::new("msg_1", &body)
    };
    assert_eq!(later.send(&server).await.ok().body, first.body);
    assert_eq!(stored(&server), 1);

    let other = Delivery::new("msg_1", &json!({ "text": "something else" }));
    other.send(&server).await.problem(409, "conflict");
    Delivery::new("msg_2", &body).send(&server).await.ok();
    assert_eq!(stored(&server), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn simultaneous_deliveries_are_stored_once() {
    let server = server();
    let body = json!({ "texts": ["one", "two"] });
    let delivery = Delivery::new("msg_1", &body);
    let answers = futures_util::future::join_all((0..8).map(|_| delivery.send(&server))).await;
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &answers[0].body));
    }
    assert_eq!(stored(&server), 2);
}

/// A failed delivery is not recorded, so the sender can send it again.
#[tokio::test(flavor = "multi_thread")]
async fn invalid_bodies_get_error_codes_and_may_be_corrected() {
    let server = server();
    let send = async |body: Value| Delivery::new("msg_1", &body).send(&server).await;
    send(json!({})).await.problem(400, "invalid_request");
    send(json!({ "text": "a", "texts": ["b"] }))
        .await
        .problem(400, "invalid_request");
    send(json!({ "text": "a", "ticket": 7 }))
        .await
        .problem(400, "invalid_json");
    send(json!({ "text": "a", "created_at": "yesterday" }))
        .await
        .problem(400, "invalid_request");
    send(json!({ "text": "a", "source": "" }))
        .await
        .problem(400, "invalid_request");
    send(json!({ "text": " " })).await.problem(422, "empty_text");
    let large = json!({ "text": "x".repeat(3 << 20) });
    send(large).await.problem(413, "too_large");
    server
        .post_raw(PATH, "text/plain", "hello")
        .await
        .problem(415, "unsupported_media_type");
    send(json!({ "text": "a" })).await.ok();
    assert_eq!(stored(&server), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_not_found_without_a_secret() {
    let server = Server::new();
    let delivery = Delivery::new("msg_1", &json!({ "text": "hello" }));
    delivery.send(&server).await.problem(404, "not_found");
    assert_eq!(stored(&server), 0);
}

/// The signature identifies the sender, so a webhook needs no key. All other requests need one.
#[tokio::test(flavor = "multi_thread")]
async fn a_signature_gives_access_only_to_the_webhook() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with(Options {
        keys: Some(keys(folder.path(), "a-key-of-enough-length")),
        ..options()
    });
    let delivery = Delivery::new("msg_1", &json!({ "text": "hello" }));
    delivery.send(&server).await.ok();
    server
        .post(PATH, json!({}))
        .await
        .problem(401, "invalid_signature");
    server.get("/api/v1/history").await.problem(401, "unauthorized");
}
