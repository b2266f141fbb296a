//! The inbox: texts enter it by urgency and rules, people work on them, and rules are tried before they are switched on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header;
use feedback_bert::DeviceChoice;
use feedback_inference::{Answer as ModelAnswer, Classifier, Encoding, Score};
use feedback_server::{Model, ModelLoader, Prediction};
use serde_json::{Value, json};

use crate::help::{Options, Server, keys, request};

const GAS: &str = "There is a smell of gas in the hall of your shop";
const RULES: &str = r#"
languages = ["en"]

[[rule]]
name = "Refunds of pro"
when.words = ["refund*"]
when.field.plan = "pro"
then = { team = "billing", priority = "high", due_hours = 24, tags = ["refund"] }

[[rule]]
name = "Negative"
when.sentiment = ["negative"]
then = { team = "support", tags = ["angry"] }
"#;

/// A classifier that finds every text with “broken” urgent, and negative.
struct Answering(Classifier);

impl Model for Answering {
    fn labels(&self) -> &[String] {
        self.0.labels()
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        self.0.encode(texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        let broken = &self.0.encode(&["broken".to_owned()])?[0].input_ids;
        let broken = &broken[1..broken.len() - 1];
        let mut predictions = Model::predict(&self.0, encodings)?;
        for (prediction, encoding) in predictions.iter_mut().zip(encodings) {
            let is_broken = encoding.input_ids.windows(broken.len()).any(|ids| ids == broken);
            let answer = |question: &str, label: &str, score: f64| ModelAnswer {
                question: question.into(),
                labels: vec![Score {
                    label: label.into(),
                    score,
                }],
            };
            prediction.answers = match is_broken {
                true => vec![
                    answer("sentiment", "negative", 0.9),
                    answer("urgency", "soon", 0.8),
                ],
                false => vec![answer("sentiment", "neutral", 0.9), answer("urgency", "now", 0.4)],
            };
        }
        Ok(predictions)
    }
}

fn options() -> Options {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let loader: ModelLoader =
        Arc::new(move |path| Ok(Arc::new(Answering(Classifier::load(path, &device)?)) as _));
    Options {
        loader,
        ..Options::default()
    }
}

async fn classify(server: &Server, texts: &[&str], fields: Value) -> Vec<i64> {
    let body = json!({ "texts": texts, "fields": fields });
    let answer = server.post("/api/v1/classify", body).await.ok().json();
    let predictions = answer["predictions"].as_array().unwrap();
    predictions
        .iter()
        .map(|one| one["id"].as_i64().unwrap())
        .collect()
}

/// Waits until the inbox has so many entries.
async fn entries(server: &Server, n: u64) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = server.get("/api/v1/inbox?state=all").await.ok().json();
        if found["total"] == n {
            return found["items"].as_array().unwrap().clone();
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{found:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn urgent_texts_enter_whatever_their_category() {
    let server = Server::with(options());
    let texts = [
        GAS,
        "I like the colours of it very much",
        "The export is broken",
        "Das Passwort wird nicht angenommen, bitte löschen Sie mein Konto",
    ];
    let ids = classify(&server, &texts, json!({})).await;
    let found = entries(&server, 3).await;
    let gas = &found[0];
    assert_eq!(
        (&gas["prediction_id"], &gas["urgency"]),
        (&json!(ids[0]), &json!("now"))
    );
    assert_eq!(
        gas["reasons"],
        json!([{"kind": "safety", "words": "smell of gas"}])
    );
    assert_eq!(
        (&gas["state"], &gas["owner"], &gas["rule"], &gas["other_language"]),
        (&json!("open"), &json!(""), &Value::Null, &Value::Null)
    );
    assert_eq!(found[1]["text"], texts[2]);
    assert_eq!(
        found[1]["reasons"],
        json!([{"kind": "model", "words": "soon, 80 %"}])
    );
    assert_eq!(
        (&found[2]["text"], &found[2]["other_language"]),
        (&json!(texts[3]), &json!("de"))
    );

    // Home and the page show them.
    let home = server.page("/").await;
    assert!(
        home.text().contains(
            "Who needs an answer today?</a> <strong>1</strong> text, <a href=\"/inbox\">3 in the inbox</a>"
        ),
        "{}",
        home.text()
    );
    let page = server.page("/inbox").await;
    for part in [
        "▲ now",
        "safety, “smell of gas”",
        "the model says soon, 80 %",
        "Another language (de).",
        "3 entries that are not done",
    ] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    let today = server.page("/inbox?state=open&when=today").await;
    assert!(today.text().contains(GAS) && !today.text().contains(texts[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_work_on_entries_and_the_audit_log_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with(Options {
        keys: Some(keys(
            folder.path(),
            "a-key-for-rita-1 role=read name=rita\na-key-for-lars-1 role=label name=lars\na-key-for-olga-1 name=olga\n",
        )),
        ..options()
    });
    let send = |key: &'static str, method: &'static str, path: String, body: Value| {
        let request = request(method, &path)
            .header(header::AUTHORIZATION, format!("bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json");
        server.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let (rita, lars, olga) = ("a-key-for-rita-1", "a-key-for-lars-1", "a-key-for-olga-1");
    send(lars, "POST", "/api/v1/classify".into(), json!({ "text": GAS }))
        .await
        .ok();
    let began = Instant::now();
    let id = loop {
        let found = send(rita, "GET", "/api/v1/inbox".into(), json!({}))
            .await
            .ok()
            .json();
        if let Some(id) = found["items"][0]["id"].as_i64() {
            break id;
        }
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let path = format!("/api/v1/inbox/{id}");
    let change = json!({
        "state": "waiting", "owner": " Lars ", "team": "safety", "priority": "high",
        "due_at": "2020-01-02T03:04:05Z", "tags": ["gas"], "note": "rang the SECRET number",
    });
    send(rita, "PATCH", path.clone(), change.clone())
        .await
        .problem(403, "forbidden");
    let changed = send(lars, "PATCH", path.clone(), change).await.ok().json();
    assert_eq!(
        changed,
        send(rita, "GET", path.clone(), json!({})).await.ok().json()
    );
    for (key, value) in [
        ("state", "waiting"),
        ("owner", "Lars"),
        ("team", "safety"),
        ("priority", "high"),
        ("due_at", "2020-01-02T03:04:05Z"),
    ] {
        assert_eq!(changed[key], value, "{key}");
    }
    assert_eq!(
        (&changed["tags"], &changed["notes"][0]["by"]),
        (&json!(["gas"]), &json!("lars"))
    );
    assert_eq!(changed["notes"][0]["text"], "rang the SECRET number");
    for (query, n) in [
        ("when=overdue", 1),
        ("team=safety&owner=Lars", 1),
        ("owner=-", 0),
        ("team=-", 0),
        ("state=open", 0),
        ("state=waiting", 1),
        ("skip=1", 0),
    ] {
        let found = send(rita, "GET", format!("/api/v1/inbox?{query}"), json!({}))
            .await
            .ok()
            .json();
        assert_eq!(found["items"].as_array().unwrap().len(), n, "{query}");
        assert_eq!(
            (&found["teams"], &found["owners"]),
            (&json!(["safety"]), &json!(["Lars"]))
        );
    }
    let done = send(
        olga,
        "PATCH",
        path.clone(),
        json!({ "state": "done", "due_at": null }),
    )
    .await
    .ok()
    .json();
    assert_eq!((&done["state"], &done["due_at"]), (&json!("done"), &Value::Null));
    let audit = send(olga, "GET", "/api/v1/audit".into(), json!({}))
        .await
        .ok()
        .json();
    assert_eq!(
        (
            &audit[0]["actor"],
            &audit[0]["action"],
            &audit[0]["subject"],
            &audit[0]["detail"]
        ),
        (
            &json!("olga"),
            &json!("inbox.change"),
            &json!(id.to_string()),
            &json!("state done, no due time")
        )
    );
    assert_eq!(
        (&audit[1]["actor"], &audit[1]["detail"]),
        (
            &json!("lars"),
            &json!(
                "state waiting, owner `Lars`, team `safety`, priority high, due 2020-01-02 03:04, tags, a note"
            )
        )
    );
    assert!(!audit.to_string().contains("SECRET"));

    for (change, status) in [
        (json!({}), 400),
        (json!({ "state": "gone" }), 400),
        (json!({ "priority": "top" }), 400),
        (json!({ "due_at": "soon" }), 400),
        (json!({ "owner": "x".repeat(81) }), 400),
        (json!({ "tags": vec!["x"; 21] }), 400),
        (json!({ "note": "x".repeat(2001) }), 400),
        (json!({ "colour": "red" }), 400),
    ] {
        assert_eq!(
            send(lars, "PATCH", path.clone(), change.clone()).await.status,
            status,
            "{change}"
        );
    }
    send(
        lars,
        "PATCH",
        "/api/v1/inbox/999".into(),
        json!({ "state": "done" }),
    )
    .await
    .problem(404, "not_found");
    send(rita, "GET", "/api/v1/inbox?state=gone".into(), json!({}))
        .await
        .problem(400, "invalid_request");
    send(lars, "PUT", "/api/v1/rules".into(), json!({ "toml": "" }))
        .await
        .problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_tried_on_history_and_then_apply_to_requests_and_files() {
    let server = Server::with(options());
    let pro = classify(
        &server,
        &["Where can I read about refunds?", "It is broken"],
        json!({"plan": "pro"}),
    )
    .await;
    classify(
        &server,
        &["Where can I read about a refund?"],
        json!({"plan": "free"}),
    )
    .await;
    let before = entries(&server, 1).await;
    assert_eq!(before[0]["prediction_id"], pro[1]);

    let tried = server
        .post("/api/v1/rules/try", json!({ "toml": RULES }))
        .await
        .ok()
        .json();
    assert_eq!(
        (&tried["texts"], &tried["entries"], &tried["soon"], &tried["now"]),
        (&json!(3), &json!(2), &json!(1), &json!(0)),
        "{tried:#}"
    );
    let rule = &tried["rules"][0];
    assert_eq!(
        (&rule["matches"], &rule["checked"], &rule["misroute_rate"]),
        (&json!(1), &json!(0), &Value::Null)
    );
    assert_eq!(
        rule["examples"],
        json!([{"id": pro[0], "text": "Where can I read about refunds?"}])
    );
    let still = server.get("/api/v1/rules").await.ok().json();
    assert_eq!(still["saved_at"], Value::Null, "trying changes nothing");
    for (body, code) in [
        (
            json!({ "toml": "[[rule]]\nname = 'a'\nwhen.words = []" }),
            "line 3, column 14: `words`",
        ),
        (json!({ "texts": 0 }), "`texts` must be 1 to 10000"),
        (json!({ "texts": 10_001 }), "`texts` must be 1 to 10000"),
    ] {
        let answer = server.post("/api/v1/rules/try", body).await;
        answer.problem(400, "invalid_request");
        assert!(
            answer.json()["detail"].as_str().unwrap().starts_with(code),
            "{answer:?}"
        );
    }
    server
        .put("/api/v1/rules", json!({ "toml": "[[rule]]" }))
        .await
        .problem(400, "invalid_request");

    let saved = server
        .put("/api/v1/rules", json!({ "toml": RULES, "apply_to": 10 }))
        .await
        .ok()
        .json();
    assert_eq!(
        (&saved["toml"], &saved["saved_by"]),
        (&json!(RULES), &json!("local"))
    );
    let found = entries(&server, 2).await;
    let refund = found
        .iter()
        .find(|entry| entry["prediction_id"] == pro[0])
        .unwrap();
    assert_eq!(
        (
            &refund["rule"],
            &refund["team"],
            &refund["priority"],
            &refund["tags"]
        ),
        (
            &json!("Refunds of pro"),
            &json!("billing"),
            &json!("high"),
            &json!(["refund"])
        )
    );
    assert!(!refund["due_at"].is_null());

    // Rows of files, and other routes, are looked at as well.
    let table = "text,plan\nmy refund,pro\nmy refund,free\nit is broken,pro\n";
    let staged = server.upload("a.csv", table.as_bytes(), Some("text")).await.ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    let found = entries(&server, 4).await;
    assert_eq!(found.iter().filter(|entry| entry["team"] == "support").count(), 1);
    let audit = server.get("/api/v1/audit").await.ok().json();
    let save = audit
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["action"] == "rules.save")
        .unwrap();
    assert_eq!(save["detail"], "2 rules, applied to the newest 10 texts");

    // After a restart nothing is looked at twice, and the rules are in force.
    let server = server.restarted(options());
    classify(&server, &["one more refund"], json!({"plan": "pro"})).await;
    entries(&server, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn corrected_labels_give_the_misroute_rate() {
    let server = Server::with(options());
    let texts = ["one of these", "two of these", "three of these"];
    let ids = classify(&server, &texts, json!({})).await;
    let history = server.get("/api/v1/history").await.ok().json();
    let label = history["items"][0]["predicted_label"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = history["items"][0]["scores"][1]["label"]
        .as_str()
        .unwrap()
        .to_owned();
    let same: Vec<i64> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["predicted_label"] == label)
        .map(|item| item["id"].as_i64().unwrap())
        .collect();
    assert!(!same.is_empty() && same.iter().all(|id| ids.contains(id)));
    let correction = json!({ "prediction_id": same[0], "label": other });
    server.post("/api/v1/corrections", correction).await.ok();
    let toml = format!(
        "[[rule]]\nname = 'as found'\nwhen.category = ['{label}']\n[[rule]]\nname = 'right'\nwhen.category = ['{other}']\n"
    );
    let tried = server
        .post("/api/v1/rules/try", json!({ "toml": toml }))
        .await
        .ok()
        .json();
    let [found, right] = [&tried["rules"][0], &tried["rules"][1]];
    assert_eq!(
        (
            &found["matches"],
            &found["checked"],
            &found["misrouted"],
            &found["misroute_rate"]
        ),
        (&json!(same.len()), &json!(1), &json!(1), &json!(1.0))
    );
    assert!(found["low"].as_f64().unwrap() > 0.2);
    assert_eq!(right["missed"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_work_without_scripts() {
    let server = Server::with(options());
    let empty = server.page("/inbox").await.ok();
    assert!(empty.text().contains("Nothing needs an answer"));
    classify(&server, &[GAS, "It is broken <b>"], json!({})).await;
    let found = entries(&server, 2).await;
    let id = &found[0]["id"];
    let action = format!("/inbox/{id}");
    let after = |answer: crate::help::Answer| {
        assert_eq!(answer.status, 303, "{answer:?}");
        server.get("/api/v1/inbox?state=all")
    };
    let back = ("back", "/inbox?state=open");
    let answer = server.submit("/inbox", &action, &[("do", "take"), back]).await;
    assert_eq!(answer.header("location"), "/inbox?state=open");
    assert_eq!(after(answer).await.json()["items"][0]["owner"], "local");
    let fields = [
        ("do", "save"),
        ("owner", "Ann"),
        ("team", "safety"),
        ("due", "2020-05-06"),
        ("note", "rang <i>"),
        back,
    ];
    let saved = after(server.submit("/inbox", &action, &fields).await)
        .await
        .json();
    let first = &saved["items"][0];
    assert_eq!(
        (
            &first["owner"],
            &first["team"],
            &first["due_at"],
            &first["notes"][0]["text"]
        ),
        (
            &json!("Ann"),
            &json!("safety"),
            &json!("2020-05-06T23:59:59.999Z"),
            &json!("rang <i>")
        )
    );
    let page = server.page("/inbox?when=overdue").await.ok();
    assert!(
        page.text().contains("overdue</span>")
            && page.text().contains("rang &lt;i&gt;")
            && !page.text().contains("It is broken")
    );
    let again = [
        ("do", "save"),
        ("owner", "Ann"),
        ("team", "safety"),
        ("due", "2020-05-06"),
        ("note", ""),
        back,
    ];
    let same = after(server.submit("/inbox", &action, &again).await).await.json();
    assert_eq!(
        (&same["items"][0]["due_at"], &same["items"][0]["notes"]),
        (&first["due_at"], &first["notes"])
    );
    let done = after(server.submit("/inbox", &action, &[("do", "done"), back]).await)
        .await
        .json();
    assert_eq!(done["items"][0]["state"], "done");
    assert_eq!(
        server
            .submit("/inbox", &action, &[("do", "burn"), back])
            .await
            .status,
        400
    );
    assert_eq!(
        server
            .submit("/inbox", "/inbox/999", &[("do", "done"), back])
            .await
            .status,
        404
    );

    // A rule is added by the form, tried, and switched on.
    let fields = [
        ("do", "add"),
        ("toml", "languages = [\"en\"]\n"),
        ("name", "Broken things"),
        ("words", "broken, does not work"),
        ("team", "repair"),
        ("priority", "high"),
        ("due_hours", "4"),
        ("tags", "a, b"),
        ("field", ""),
        ("texts", "100"),
    ];
    let tried = server.submit("/rules", "/rules/try", &fields).await.ok();
    for part in [
        "Broken things</h3>",
        "1 texts (50.0 %)",
        "It is broken &lt;b&gt;",
        "Switch on",
        "when]",
    ] {
        assert!(tried.text().contains(part), "{part}\n{}", tried.text());
    }
    let (_, rest) = tried.text().split_once("hidden aria-label=\"Rules\">").unwrap();
    let draft = rest.split_once("</textarea>").unwrap().0.replace("&quot;", "\"");
    let saved = server
        .submit("/rules", "/rules", &[("toml", &draft), ("apply_to", "0")])
        .await;
    assert_eq!(saved.status, 303, "{saved:?}");
    assert!(server.page("/rules").await.text().contains("saved by local"));
    let wrong = server
        .submit(
            "/rules",
            "/rules/try",
            &[("do", "try"), ("toml", "[[rule]]\nname = 3\n")],
        )
        .await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text().contains("line 2, column 8") && wrong.text().contains("name = 3"),
        "{}",
        wrong.text()
    );
    classify(&server, &["It does not work"], json!({})).await;
    let found = entries(&server, 3).await;
    let new = found
        .iter()
        .find(|entry| entry["rule"] == "Broken things")
        .unwrap();
    assert_eq!(
        (&new["team"], &new["tags"]),
        (&json!("repair"), &json!(["a", "b"]))
    );
}
