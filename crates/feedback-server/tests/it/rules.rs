//! The rules of the inbox are tried before they are switched on; its pages work without scripts.

use serde_json::{Value, json};

use crate::help::Server;
use crate::inbox::{GAS, classify, entries, options};

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
    assert!(
        empty.text().contains("No texts yet")
            && empty
                .text()
                .contains("A new text enters the inbox if it is urgent")
    );
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
        .submit(
            "/rules",
            "/rules",
            &[("toml", &draft), ("replaces", ""), ("apply_to", "0")],
        )
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

/// Two people have the same page open.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changed_in_the_meantime_is_kept() {
    let server = Server::with(options());
    classify(&server, &[GAS], json!({})).await;
    let id = entries(&server, 1).await[0]["id"].clone();
    let change = json!({ "owner": "Bob", "team": "legal", "due_at": "2030-12-24T12:00:00Z" });
    server.patch(&format!("/api/v1/inbox/{id}"), change).await.ok();
    // The page of the other person still shows an entry without an owner.
    let stale = [
        ("do", "save"),
        ("owner", ""),
        ("owner_was", ""),
        ("team", ""),
        ("team_was", ""),
        ("due", ""),
        ("due_was", ""),
        ("note", "rang"),
    ];
    let answer = server.submit("/inbox", &format!("/inbox/{id}"), &stale).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let entry = server.get(&format!("/api/v1/inbox/{id}")).await.ok().json();
    assert_eq!(
        (&entry["owner"], &entry["team"], &entry["notes"][0]["text"]),
        (&json!("Bob"), &json!("legal"), &json!("rang"))
    );
    assert!(
        entry["due_at"].as_str().unwrap().starts_with("2030-12-24"),
        "{entry}"
    );

    let first = json!({ "toml": "languages = [\"en\"]\n", "replaces": "" });
    let saved = server.put("/api/v1/rules", first.clone()).await.ok().json();
    server.put("/api/v1/rules", first).await.problem(409, "conflict");
    let next = json!({ "toml": "languages = [\"de\"]\n", "replaces": saved["saved_at"] });
    server.put("/api/v1/rules", next).await.ok();
    let draft = "languages = [\"fr\"]\n";
    let late = [
        ("toml", draft),
        ("replaces", saved["saved_at"].as_str().unwrap()),
        ("apply_to", "0"),
    ];
    assert_eq!(server.submit("/rules", "/rules", &late).await.status, 409);
    let kept = server.get("/api/v1/rules").await.ok().json();
    assert_eq!(kept["toml"], "languages = [\"de\"]\n");
}
