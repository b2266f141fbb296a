//! Texts drawn at random: people label them, and the model's shares are corrected.

use serde_json::{Value, json};

use crate::help::{Server, retrained};

/// A server with texts of two plans and two years, each text once.
async fn filled(n: usize) -> Server {
    let server = Server::new();
    let row = |row: usize| {
        let plan = if row.is_multiple_of(4) { "pro" } else { "free" };
        format!(
            "{{\"text\":\"text number {row} of many\",\"plan\":\"{plan}\",\"date\":\"202{}-03-01\"}}\n",
            row % 2 + 4
        )
    };
    let rows: String = (0..n).map(row).collect();
    let staged = server
        .upload("a.jsonl", rows.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    assert_eq!(
        server.ended(staged["id"].as_i64().unwrap()).await["state"],
        "done"
    );
    server
}

async fn asked(server: &Server, query: &str) -> Vec<Value> {
    let review = server.get(&format!("/api/v1/review?{query}")).await.ok().json();
    review["items"].as_array().unwrap().clone()
}

fn id(item: &Value) -> i64 {
    item["prediction"]["id"].as_i64().unwrap()
}

async fn correct(server: &Server, id: i64, label: &str) {
    let body = json!({"prediction_id": id, "label": label});
    assert_eq!(server.post("/api/v1/corrections", body).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_random_texts_correct_the_shares() {
    let server = filled(120).await;
    let page = server.page("/explore").await.ok();
    assert!(
        page.text().contains("0 of the 50 random texts are labelled"),
        "{}",
        page.text()
    );
    let order = asked(&server, "why=random&limit=60").await;
    assert!(order.iter().all(|item| item["why"] == "random"));
    let ids: Vec<i64> = order.iter().map(id).collect();
    assert!(!ids.is_sorted() && ids.iter().any(|id| *id > 60), "{ids:?}");
    let again: Vec<i64> = asked(&server, "why=random&limit=5")
        .await
        .iter()
        .map(id)
        .collect();
    assert_eq!(again, ids[..5], "the order is always the same");
    // The second text is labelled before the first one: it counts only once there is no gap.
    correct(&server, ids[1], "bug").await;
    assert_eq!(server.get("/api/v1/shares").await.ok().json()["audits"], 0);
    for (place, &id) in ids.iter().enumerate().take(50) {
        correct(&server, id, if place % 5 == 0 { "praise" } else { "bug" }).await;
    }
    let shares = server.get("/api/v1/shares").await.ok().json();
    assert_eq!((&shares["texts"], &shares["audits"]), (&json!(120), &json!(50)));
    assert_eq!(shares["method"], "prediction_powered");
    let bug = shares["labels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["label"] == "bug")
        .unwrap();
    let (share, low, high) = (
        bug["share"].as_f64().unwrap(),
        bug["low"].as_f64().unwrap(),
        bug["high"].as_f64().unwrap(),
    );
    assert!(low < 0.8 && 0.8 < high && (share - 0.8).abs() < 0.1, "{bug}");
    let sum: f64 = shares["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["share"].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-9);
    for path in ["/dashboard", "/explore"] {
        let page = server.page(path).await.ok();
        assert!(
            page.text().contains("corrected with 50 audited texts"),
            "{path}: {}",
            page.text()
        );
    }
    let home = server.page("/").await.ok();
    assert!(home.text().contains("50 random texts of yours"));
    // Texts that come later have places among the earlier ones, and leave their sample as it is.
    let more: Vec<String> = (0..12)
        .map(|number| format!("a later text, number {number}"))
        .collect();
    server.post("/api/v1/classify", json!({"texts": more})).await.ok();
    let shares = server.get("/api/v1/shares").await.ok().json();
    assert_eq!(
        (&shares["texts"], &shares["newer"], &shares["audits"]),
        (&json!(120), &json!(12), &json!(50))
    );
    let page = server.page("/explore").await.ok();
    assert!(
        page.text().contains("12 texts came since and are not included")
            && page.text().contains("Corrected share")
    );
    let review = server.page("/review").await.ok();
    assert!(
        review.text().contains("of 50</strong> random texts"),
        "{}",
        review.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_has_its_own_sample() {
    let server = filled(120).await;
    let all: Vec<i64> = asked(&server, "why=random&limit=120")
        .await
        .iter()
        .map(id)
        .collect();
    let pro: Vec<i64> = asked(&server, "why=random&limit=120&field[plan]=pro&from=2025-01-01")
        .await
        .iter()
        .map(id)
        .collect();
    assert_eq!(pro.len(), 0, "every fourth text is of 2024");
    let pro: Vec<i64> = asked(&server, "why=random&limit=120&field[plan]=pro")
        .await
        .iter()
        .map(id)
        .collect();
    assert_eq!(pro.len(), 30);
    let order: Vec<i64> = all.iter().copied().filter(|id| pro.contains(id)).collect();
    assert_eq!(pro, order, "texts keep their places");
    for &id in &all[..20] {
        correct(&server, id, "bug").await;
    }
    let of_pro = server.get("/api/v1/shares?field[plan]=pro").await.ok().json();
    let expected = all[..20].iter().filter(|id| pro.contains(id)).count();
    assert_eq!(
        (&of_pro["texts"], &of_pro["audits"]),
        (&json!(30), &json!(expected))
    );
    for biased in ["label=bug", "corrected=true"] {
        server
            .get(&format!("/api/v1/shares?{biased}"))
            .await
            .problem(400, "invalid_request");
        server
            .get(&format!("/api/v1/review?why=random&{biased}"))
            .await
            .problem(400, "invalid_request");
        assert!(
            asked(&server, biased)
                .await
                .iter()
                .all(|item| item["why"] != "random")
        );
        server.page(&format!("/review?{biased}")).await.ok();
        server.page(&format!("/dashboard?{biased}")).await.ok();
    }
    server
        .get("/api/v1/review?why=boredom")
        .await
        .problem(400, "invalid_request");
    let none = server.get("/api/v1/shares?q=absent").await.ok().json();
    assert_eq!((&none["texts"], &none["labels"]), (&json!(0), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_mixes_reasons_and_asks_for_each_text_once() {
    let server = filled(40).await;
    let items = asked(&server, "limit=40").await;
    let mut ids: Vec<i64> = items.iter().map(id).collect();
    assert_eq!(items.len(), 40);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    let why: Vec<&str> = items
        .iter()
        .take(3)
        .map(|item| item["why"].as_str().unwrap())
        .collect();
    assert_eq!(
        why,
        ["unsure", "random", "unsure"],
        "this model knows no unfamiliar texts"
    );
    let unsure = asked(&server, "why=unsure&limit=40").await;
    let margin = |item: &Value| {
        let scores = item["prediction"]["scores"].as_array().unwrap();
        scores[0]["score"].as_f64().unwrap() - scores[1]["score"].as_f64().unwrap()
    };
    assert!(unsure.is_sorted_by(|a, b| margin(a) <= margin(b)));
    let free = asked(&server, "why=unsure&field[plan]=free").await;
    assert_eq!(free.len(), 30);
    assert!(
        free.iter()
            .all(|item| item["prediction"]["fields"]["plan"] == "free")
    );
    let page = server.page("/review?why=random&field[plan]=free").await.ok();
    assert!(page.text().contains("drawn at random") && page.text().contains("Review all texts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_of_ones_own_is_added_given_and_removed() {
    let server = filled(3).await;
    server
        .submit(
            "/review",
            "/labels",
            &[("label", " pricing "), ("back", "/review?why=random")],
        )
        .await;
    let page = server.page("/review").await.ok();
    assert!(page.text().contains("value=\"pricing\""), "{}", page.text());
    let labels = server.get("/api/v1/labels").await.ok().json();
    assert_eq!(
        labels.as_array().unwrap().last().unwrap(),
        &json!({"label": "pricing", "origin": "person"})
    );
    correct(&server, 1, "pricing").await;
    let shares = server.get("/api/v1/breakdown?by=plan").await.ok();
    assert!(shares.text().contains("pricing"));
    for taken in ["pricing", "Pricing", "bug"] {
        server
            .post("/api/v1/labels", json!({"label": taken}))
            .await
            .problem(409, "conflict");
    }
    for wrong in ["", "  ", "a; b", "∅", "two\nlines"] {
        server
            .post("/api/v1/labels", json!({"label": wrong}))
            .await
            .problem(400, "invalid_request");
    }
    server
        .delete("/api/v1/labels?label=pricing")
        .await
        .problem(409, "conflict");
    server
        .delete("/api/v1/labels?label=bug")
        .await
        .problem(404, "not_found");
    correct(&server, 1, "bug").await;
    server
        .submit(
            "/review",
            "/labels",
            &[("remove", "pricing"), ("back", "/review")],
        )
        .await;
    let audit = server.get("/api/v1/audit").await.ok();
    assert!(audit.text().contains("label.add") && audit.text().contains("label.remove"));
    assert!(!server.get("/api/v1/labels").await.ok().text().contains("pricing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_not_judged_by_texts_that_it_was_trained_on() {
    let server = filled(120).await;
    let order = asked(&server, "why=random&limit=120").await;
    for item in &order[..60] {
        correct(&server, id(item), "bug").await;
    }
    assert_eq!(server.get("/api/v1/shares").await.ok().json()["audits"], 60);
    let learnt: Vec<String> = order[..60]
        .iter()
        .map(|item| item["prediction"]["text"].as_str().unwrap().to_owned())
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let models = server.state.models();
    let new = models.add(&retrained(folder.path(), &learnt)).await.unwrap();
    server
        .post(
            &format!("/api/v1/models/{new}/promote?accept_worse=true"),
            json!({}),
        )
        .await
        .ok();
    let shares = server.get("/api/v1/shares").await.ok().json();
    assert_eq!(
        shares["audits"], 60,
        "the texts have the labels of the model before"
    );
    server.post("/api/v1/models/reclassification", json!({})).await;
    while server.get("/api/v1/models/reclassification").await.ok().json()["state"] == "running" {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let shares = server.get("/api/v1/shares").await.ok().json();
    assert_eq!((&shares["texts"], &shares["audits"]), (&json!(120), &json!(0)));
    // A copy of a text that the model was trained on says nothing either.
    let copy = json!({"text": learnt[0]}).to_string() + "\n";
    let staged = server
        .upload("copy.jsonl", copy.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    server.ended(staged["id"].as_i64().unwrap()).await;
    assert_eq!(server.get("/api/v1/shares").await.ok().json()["audits"], 0);
    server.delete("/api/v1/history/121").await;
    // The next random texts are those that were next before.
    let next: Vec<i64> = asked(&server, "why=random&limit=120")
        .await
        .iter()
        .map(id)
        .collect();
    let before: Vec<i64> = order[60..].iter().map(id).collect();
    assert_eq!(next, before);
    for &id in &next[..50] {
        correct(&server, id, "praise").await;
    }
    let shares = server.get("/api/v1/shares").await.ok().json();
    assert_eq!((&shares["texts"], &shares["audits"]), (&json!(120), &json!(50)));
    let explained = shares["explanation"].as_str().unwrap();
    assert!(explained.contains("trained on 60 other texts"), "{explained}");
    let share = |label: &str| {
        let all = shares["labels"].as_array().unwrap();
        let found = all.iter().find(|one| one["label"] == label);
        found.map_or(0.0, |one| one["share"].as_f64().unwrap())
    };
    assert!(
        (share("bug") - 0.5).abs() < 0.05 && (share("praise") - 0.5).abs() < 0.05,
        "{shares}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_texts_of_a_filter_are_labelled_and_undone_as_one() {
    let server = filled(120).await;
    correct(&server, 4, "praise").await; // of the plan `free`
    let pro = "/api/v1/labels/bulk?field[plan]=pro";
    server
        .post("/api/v1/labels/bulk", json!({"label": "bug"}))
        .await
        .problem(400, "invalid_request");
    server
        .post(pro, json!({"label": "unknown"}))
        .await
        .problem(400, "invalid_request");
    correct(&server, 1, "praise").await; // of the plan `pro`
    let made = server.post(pro, json!({"label": "question"})).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["texts"], 29, "a person labelled one of the 30 before");
    let given = async |label: &str| {
        let found = server
            .get(&format!("/api/v1/history?corrected=true&limit=200&label={label}"))
            .await;
        found.ok().json()["items"].as_array().unwrap().len()
    };
    assert_eq!((given("question").await, given("praise").await), (29, 2));
    for more in ["&corrected=true", "", "&q=zzzz"] {
        let none = server
            .post(&format!("{pro}{more}"), json!({"label": "bug"}))
            .await;
        none.problem(409, "conflict"); // labels of people stay
    }

    // The page offers both, and undoes.
    let id = made.json()["id"].as_u64().unwrap();
    let page = server.page("/history?field[plan]=pro").await.ok();
    assert!(!page.text().contains("Label all of these texts")); // all have a label from a person
    let page = server.page("/history?q=text").await.ok();
    for says in [
        "Label all of these texts",
        "29 texts were given the label",
        "Undo",
    ] {
        assert!(page.text().contains(says), "{says}");
    }
    correct(&server, 5, "bug").await; // changed since
    let undo = format!("/labels/bulk/{id}/undo");
    server.submit("/history", &undo, &[("back", "/history")]).await;
    assert_eq!((given("question").await, given("bug").await), (0, 1));
    // What was undone does not come back when a later correction is undone, and its id is not given again.
    let undo = [("undo", "1"), ("back", "/history")];
    server.submit("/history", "/history/5/label", &undo).await;
    assert_eq!((given("question").await, given("bug").await), (0, 0));
    let submitted = [("filter", "q=text"), ("label", "bug"), ("back", "/history")];
    server.submit("/history", "/labels/bulk", &submitted).await;
    let again = server.delete(&format!("/api/v1/labels/bulk/{id}")).await;
    again.problem(404, "not_found");
    let all = server.get("/api/v1/labels/bulk").await.ok().json();
    assert_eq!((&all[0]["label"], &all[0]["texts"]), (&json!("bug"), &json!(118)));
    let newest = all[0]["id"].as_u64().unwrap();
    assert!(newest > id);
    let undone = server.delete(&format!("/api/v1/labels/bulk/{newest}")).await;
    assert_eq!(undone.status, 204);
    assert_eq!(given("bug").await, 0);
}
