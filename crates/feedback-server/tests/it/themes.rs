//! Themes: found in the background, named, changed by people, and kept.

use std::sync::Arc;
use std::time::{Duration, Instant};

use feedback_bert::DeviceChoice;
use feedback_inference::{Classifier, Encoding};
use feedback_server::{Model, ModelLoader, Prediction};
use serde_json::{Value, json};

use crate::help::{Options, Server, token_counts};

/// A classifier whose vectors count the tokens of a text.
struct Counting(Classifier);

impl Model for Counting {
    fn labels(&self) -> &[String] {
        self.0.labels()
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        self.0.encode(texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        Model::predict(&self.0, encodings)
    }

    fn vectors_of(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Option<Vec<f32>>> {
        Ok(Some(token_counts(encodings)))
    }
}

fn options() -> Options {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let loader: ModelLoader =
        Arc::new(move |path| Ok(Arc::new(Counting(Classifier::load(path, &device)?)) as _));
    Options {
        loader,
        ..Options::default()
    }
}

const TOPICS: [&str; 3] = [
    "the parcel was delivered late again",
    "it crashes when I open the export",
    "thank you for the dark mode",
];
const SECRET: &str = "the parcel was delivered late again Zq";

/// Twenty texts of each topic in eight weeks; the first topic comes up in the last one.
fn table() -> String {
    let mut rows = "text,date,plan\n".to_owned();
    for row in 0..60 {
        let (topic, week) = (row % 3, row / 3 % 8);
        let date = if topic == 0 { 43 + row / 3 % 7 } else { week * 7 };
        let (month, day) = (1 + date / 28, 1 + date % 28);
        let ends = (
            ["now", "today", "please", "really", "sadly"][row / 3 % 5],
            ["on", "at", "by", "of"][row / 15],
        );
        let text = match row {
            30 => SECRET.to_owned(),
            _ => format!("{} {} {}", TOPICS[topic], ends.0, ends.1),
        };
        rows += &format!(
            "{text},2025-{month:02}-{day:02},{}\n",
            ["free", "pro"][usize::from(topic == 0)]
        );
    }
    rows
}

async fn with_texts() -> Server {
    with_table(&table()).await
}

async fn with_table(table: &str) -> Server {
    let server = Server::with(options());
    let staged = server.upload("a.csv", table.as_bytes(), Some("text")).await.ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    found(&server, |themes| !themes["found_at"].is_null()).await;
    server
}

/// Waits until the themes are as they should be.
async fn found(server: &Server, is_right: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let themes = server.get("/api/v1/themes?by=plan").await.ok().json();
        if themes["finding"] == false && is_right(&themes) {
            return themes;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{themes:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn again(server: &Server) -> Value {
    let before = server.get("/api/v1/themes").await.json()["found_at"].clone();
    let answer = server.post("/api/v1/themes/refit", json!({})).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    found(server, |themes| themes["found_at"] != before).await
}

fn themes(found: &Value) -> &Vec<Value> {
    assert_eq!(found["groups"][0]["label"], Value::Null);
    found["groups"][0]["themes"].as_array().unwrap()
}

fn about<'a>(found: &'a Value, word: &str) -> &'a Value {
    let is_about = |theme: &&Value| theme["quotes"][0]["text"].as_str().unwrap().contains(word);
    themes(found)
        .iter()
        .find(is_about)
        .unwrap_or_else(|| panic!("{found:#}"))
}

async fn patch(server: &Server, theme: &Value, change: Value) -> crate::help::Answer {
    let path = format!("/api/v1/themes/{}", theme["id"]);
    server.patch(&path, change).await
}

#[tokio::test(flavor = "multi_thread")]
async fn themes_have_names_quotes_shares_and_trends() {
    let server = with_texts().await;
    let found = found(&server, |_| true).await;
    assert_eq!(themes(&found).len(), 3, "{found:#}");
    let parcel = about(&found, "parcel");
    assert!(parcel["name"].as_str().unwrap().contains("parcel"), "{parcel:#}");
    assert_eq!(
        (&parcel["texts"], &parcel["trend"]["direction"]),
        (&json!(20), &json!("up"))
    );
    assert!((parcel["share"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9);
    assert!(parcel["low"].as_f64().unwrap() < 0.3 && parcel["high"].as_f64().unwrap() > 0.4);
    assert_eq!(
        (&parcel["first"], &parcel["last"]),
        (&json!("2025-02-16T00:00:00Z"), &json!("2025-02-22T00:00:00Z"))
    );
    assert_eq!(
        parcel["values"],
        json!([{"value": "pro", "texts": 20, "share": 1.0, "low": parcel["values"][0]["low"], "high": 1.0}])
    );
    let quotes = parcel["quotes"].as_array().unwrap();
    assert_eq!(quotes.len(), 3);

    let history = server
        .get(&format!("/api/v1/history?theme={}&limit=100", parcel["id"]))
        .await
        .ok()
        .json();
    let texts: Vec<&str> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts.len(), 20);
    assert!(texts.iter().all(|text| text.contains("parcel")));
    server
        .get("/api/v1/history?theme=999")
        .await
        .problem(404, "not_found");
    server
        .get("/api/v1/history?theme=x")
        .await
        .problem(400, "invalid_request");

    // New texts join the nearest theme, or wait.
    let texts = [format!("{} today", TOPICS[1]), "bonjour".to_owned()];
    server
        .post("/api/v1/classify", json!({ "texts": texts }))
        .await
        .ok();
    let added = self::found(&server, |themes| themes["added"] == 2).await;
    assert_eq!(about(&added, "crashes")["texts"], 21);
    assert_eq!(added["groups"][0]["unassigned"], 1);
    let id = |found: &Value| about(found, "crashes")["id"].clone();
    assert_eq!(id(&added), id(&found));

    // After a restart they are as they were.
    let server = server.restarted(options());
    let after = self::found(&server, |_| true).await;
    assert_eq!(after["groups"], added["groups"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_theme_stays_split() {
    // Half of the texts about parcels are about drivers, the other half about boxes.
    let table = table();
    let mut n = 0;
    let lines = table.lines().map(|line| match line.strip_prefix(TOPICS[0]) {
        Some(rest) => {
            n += 1;
            let what = [" by a rude driver", " in a torn box"][n % 2];
            format!("{}{what}{rest}", TOPICS[0])
        }
        None => line.to_owned(),
    });
    let table: Vec<String> = lines.collect();
    let server = with_table(&table.join("\n")).await;
    let before = found(&server, |_| true).await;
    let parcel = about(&before, "parcel");
    let last = before["found_at"].clone();
    assert_eq!(patch(&server, parcel, json!({ "split": true })).await.status, 204);
    let split = found(&server, |themes| themes["found_at"] != last).await;
    let about_parcels = |found: &Value| -> Vec<(u64, u64)> {
        let is_parcel = |theme: &&Value| theme["quotes"][0]["text"].as_str().unwrap().contains("parcel");
        let pair = |theme: &Value| (theme["id"].as_u64().unwrap(), theme["texts"].as_u64().unwrap());
        let mut pairs: Vec<(u64, u64)> = themes(found).iter().filter(is_parcel).map(pair).collect();
        pairs.sort_unstable();
        pairs
    };
    let parts = about_parcels(&split);
    assert!(parts.len() > 1, "{split:#}");
    assert_eq!(parts.iter().map(|(_, texts)| texts).sum::<u64>(), 20);
    assert_eq!(
        parts[0].0,
        parcel["id"].as_u64().unwrap(),
        "the largest keeps the id"
    );
    assert!(
        parts.iter().all(|(_, texts)| (5..=parts[0].1).contains(texts)),
        "{parts:?}"
    );
    assert_eq!(themes(&split).len(), 2 + parts.len());
    // The other themes are as they were.
    for word in ["crashes", "thank"] {
        assert_eq!(about(&split, word)["id"], about(&before, word)["id"]);
    }
    for _ in 0..2 {
        assert_eq!(about_parcels(&again(&server).await), parts);
    }
    let server = server.restarted(options());
    assert_eq!(about_parcels(&again(&server).await), parts);

    // What has no parts is said to have none.
    let whole = about(&split, "thank");
    let last = found(&server, |_| true).await["found_at"].clone();
    assert_eq!(patch(&server, whole, json!({ "split": true })).await.status, 204);
    let after = found(&server, |themes| themes["found_at"] != last).await;
    let same = about(&after, "thank");
    assert_eq!(
        (&same["id"], &same["indivisible"], &same["texts"]),
        (&whole["id"], &json!(true), &json!(20))
    );
    let page = server.get("/themes").await.ok().text().to_owned();
    assert!(page.contains("No parts of it can be told apart.") && page.contains("value=\"split\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_did_to_a_theme_stays() {
    let server = with_texts().await;
    let before = found(&server, |_| true).await;
    let [parcel, crash, thanks] = ["parcel", "crashes", "thank"].map(|word| about(&before, word));
    for (theme, change) in [
        (crash, json!({ "name": "  Crashes ", "pinned": true })),
        (thanks, json!({ "hidden": true })),
        (parcel, json!({ "merged_into": crash["id"] })),
    ] {
        assert_eq!(patch(&server, theme, change).await.status, 204);
    }
    let after = again(&server).await;
    assert_eq!(themes(&after).len(), 2, "{after:#}");
    let whole = &themes(&after)[0];
    assert_eq!(
        (
            &whole["id"],
            &whole["name"],
            &whole["pinned"],
            &whole["texts"],
            &whole["merged"]
        ),
        (
            &crash["id"],
            &json!("Crashes"),
            &json!(true),
            &json!(40),
            &json!([parcel["id"]])
        )
    );
    assert_eq!(
        (&themes(&after)[1]["id"], &themes(&after)[1]["hidden"]),
        (&thanks["id"], &json!(true))
    );
    let all = server
        .get(&format!("/api/v1/history?theme={}&limit=100", crash["id"]))
        .await
        .ok()
        .json();
    assert_eq!(all["items"].as_array().unwrap().len(), 40);
    let audit = server.get("/api/v1/audit").await.ok().json();
    let actions: Vec<&str> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions[..5],
        [
            "themes.find",
            "theme.merge",
            "theme.hide",
            "theme.pin",
            "theme.rename"
        ]
    );
    assert!(!audit.to_string().contains("Crashes"));

    for (change, status) in [
        (json!({}), 400),
        (json!({ "name": "x".repeat(81) }), 400),
        (json!({ "merged_into": crash["id"] }), 400),
        (json!({ "merged_into": parcel["id"] }), 400),
        (json!({ "merged_into": 999 }), 400),
        (json!({ "colour": "red" }), 400),
    ] {
        assert_eq!(
            patch(&server, crash, change.clone()).await.status,
            status,
            "{change}"
        );
    }
    let missing = server
        .patch("/api/v1/themes/999", json!({ "pinned": true }))
        .await;
    missing.problem(404, "not_found");
    assert_eq!(
        patch(&server, parcel, json!({ "merged_into": null }))
            .await
            .status,
        204
    );
    assert_eq!(patch(&server, crash, json!({ "name": "" })).await.status, 204);
    let apart = found(&server, |_| true).await;
    assert_eq!(themes(&apart).len(), 3);
    assert_eq!(about(&apart, "crashes")["name"], crash["name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_text_is_in_no_theme() {
    let server = with_texts().await;
    let before = found(&server, |_| true).await;
    let n = about(&before, "parcel")["texts"].as_u64().unwrap();
    server
        .post("/api/v1/erasures", json!({ "text": SECRET }))
        .await
        .ok();
    // At once, also before the themes are found again.
    let now = server.get("/api/v1/themes").await.ok().json();
    let parcel = about(&now, "parcel");
    assert_eq!(parcel["texts"], n - 1);
    assert!(!now.to_string().contains("Zq"));
    let after = found(&server, |themes| {
        self::themes(themes).iter().all(|theme| theme["name"] != "")
    })
    .await;
    assert_eq!(about(&after, "parcel")["id"], about(&before, "parcel")["id"]);
    let database = fs_err::read(server.state_dir().join("feedback.sqlite")).unwrap();
    assert!(!database.windows(8).any(|part| part == b"again Zq"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_where_to_begin_and_works_without_scripts() {
    let server = Server::with(options());
    let empty = server.page("/themes").await.ok();
    assert!(
        empty.text().contains("No themes yet") && empty.text().contains("href=\"/batches\""),
        "{}",
        empty.text()
    );
    drop(server);
    let server = with_texts().await;
    let before = found(&server, |_| true).await;
    let id = about(&before, "parcel")["id"].to_string();
    let page = server.page("/themes?by=plan").await.ok();
    let text = page.text();
    assert!(
        text.contains("▲ up") && text.contains("By plan") && text.contains(&format!("/history?theme={id}")),
        "{text}"
    );
    let label = text.matches("<option value").count();
    assert!(label > 3, "{text}");
    let action = format!("/themes/{id}");
    for fields in [
        vec![("do", "rename"), ("name", "Late <parcels>"), ("back", "/themes")],
        vec![("do", "hide"), ("back", "/themes")],
    ] {
        let done = server.submit("/themes", &action, &fields).await;
        assert_eq!(
            (done.status.as_u16(), done.header("location")),
            (303, "/themes"),
            "{done:?}"
        );
    }
    let page = server.page("/themes").await.ok();
    assert!(
        page.text().contains("Late &lt;parcels&gt;") && page.text().contains("1 hidden"),
        "{}",
        page.text()
    );
    let done = server.submit("/themes", &action, &[("do", "dance")]).await;
    assert_eq!(done.status, 400);
    let history = server.page(&format!("/history?theme={id}")).await.ok();
    assert!(history.text().contains("20 texts"), "{}", history.text());
    let done = server.submit("/themes", "/themes/refit", &[]).await;
    assert_eq!(done.status, 303);
}

/// The new texts join the themes first; nothing else has to happen for the themes to be found again.
#[tokio::test(flavor = "multi_thread")]
async fn many_new_texts_at_once_lead_to_new_themes() {
    let server = with_texts().await;
    let before = found(&server, |_| true).await;
    let more = table().replace("dark mode", "night view");
    let staged = server.upload("b.csv", more.as_bytes(), Some("text")).await.ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    found(&server, |themes| {
        themes["found_at"] != before["found_at"] && themes["texts"] == 120
    })
    .await;
    let unknown = server.get("/api/v1/themes?by=Plan").await;
    unknown.problem(400, "invalid_request");
}

/// The labels of the corrections in effect, by the id of the prediction.
async fn corrected(server: &Server) -> Vec<(i64, Value)> {
    let page = server.get("/api/v1/corrections?limit=500").await.ok().json();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| (item["prediction_id"].as_i64().unwrap(), item["label"].clone()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_theme_becomes_a_label_and_this_is_undone_as_one() {
    let server = with_texts().await;
    let before = found(&server, |_| true).await;
    let parcel = about(&before, "parcel");
    let path = format!("/api/v1/themes/{}/label", parcel["id"]);
    let quotes: Vec<i64> = parcel["quotes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|quote| quote["id"].as_i64().unwrap())
        .collect();

    // A text that a person has labelled keeps its label, and the label is no choice yet.
    let own = json!({ "prediction_id": quotes[0], "label": "praise" });
    assert_eq!(server.post("/api/v1/corrections", own).await.status, 201);
    let other = json!({ "prediction_id": 2, "label": "delivery" });
    server
        .post("/api/v1/corrections", other.clone())
        .await
        .problem(400, "invalid_request");

    let made = server.post(&path, json!({ "label": " delivery " })).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!(
        (
            &made["label"],
            &made["examples"],
            &made["kept"],
            &made["left_out"]
        ),
        (&json!("delivery"), &json!(19), &json!(1), &json!(0))
    );
    let standing = corrected(&server).await;
    let labelled: Vec<i64> = standing
        .iter()
        .filter(|(_, label)| *label == "delivery")
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(labelled.len(), 19);
    assert_eq!(labelled[..2], quotes[1..], "typical texts come first");
    let newest: Vec<i64> = labelled[2..].to_vec();
    assert!(newest.is_sorted_by(|a, b| a > b), "then the newest: {newest:?}");

    // It shows, and can be chosen for other texts; after a restart too.
    let server = server.restarted(options());
    let now = found(&server, |_| true).await;
    assert_eq!(about(&now, "parcel")["label"], "delivery");
    for page in ["/history", "/review"] {
        let page = server.get(page).await.ok();
        assert!(page.text().contains("value=\"delivery\""), "{}", page.text());
    }
    assert_eq!(server.post("/api/v1/corrections", other).await.status, 201);
    let again = server.post(&path, json!({ "label": "parcels" })).await;
    again.problem(409, "conflict");

    // A text whose label was changed since keeps that one.
    let changed = json!({ "prediction_id": labelled[0], "label": "bug" });
    assert_eq!(server.post("/api/v1/corrections", changed).await.status, 201);
    assert_eq!(server.delete(&path).await.status, 204);
    let mut rest = corrected(&server).await;
    rest.sort_by_key(|(id, _)| *id);
    let mut expected = vec![
        (quotes[0], json!("praise")),
        (labelled[0], json!("bug")),
        (2, json!("delivery")),
    ];
    expected.sort_by_key(|(id, _)| *id);
    assert_eq!(rest, expected);
    server.delete(&path).await.problem(404, "not_found");

    let audit = server.get("/api/v1/audit").await.ok().json();
    let of = |action: &str| {
        audit
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["action"] == action)
            .cloned()
    };
    assert_eq!(of("theme.label").unwrap()["detail"], "delivery: 19 texts");
    assert_eq!(of("theme.unlabel").unwrap()["detail"], "delivery: 18 texts");
    for (label, status) in [("", 400), ("  ", 400), ("a; b", 400), ("∅", 400), ("a\nb", 400)] {
        assert_eq!(
            server.post(&path, json!({ "label": label })).await.status,
            status,
            "{label:?}"
        );
    }
    server
        .post("/api/v1/themes/999/label", json!({ "label": "x" }))
        .await
        .problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_takes_the_texts_of_a_theme() {
    let server = with_texts().await;
    let themes = found(&server, |_| true).await;
    let crash = about(&themes, "crashes")["id"].as_u64().unwrap();
    let toml = format!("[[rule]]\nname = \"Crashes\"\nwhen.theme = [{crash}]\nthen.team = \"mobile\"\n");
    let tried = server
        .post("/api/v1/rules/try", json!({ "toml": toml }))
        .await
        .ok()
        .json();
    assert_eq!(
        (&tried["texts"], &tried["rules"][0]["matches"]),
        (&json!(60), &json!(20)),
        "{tried:#}"
    );
    server.put("/api/v1/rules", json!({ "toml": toml })).await.ok();
    // The theme of a new text is known a moment later.
    let text = format!("{} please", TOPICS[1]);
    server
        .post("/api/v1/classify", json!({ "text": text }))
        .await
        .ok();
    let began = Instant::now();
    loop {
        let found = server.get("/api/v1/inbox?team=mobile").await.ok().json();
        if found["total"] == 1 {
            assert_eq!(found["items"][0]["rule"], "Crashes");
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{found:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_the_themes_is_told() {
    let server = with_texts().await;
    let first = found(&server, |_| true).await;
    assert_eq!(first["groups"][0]["changes"], json!([]));
    let mut more = String::from("text\n");
    for row in 0..24 {
        more += &format!("the garden hose leaks water at tap {row}\n");
    }
    let staged = server.upload("b.csv", more.as_bytes(), Some("text")).await.ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    server.compared(84).await;
    let next = again(&server).await;
    let hose = about(&next, "hose");
    let changes = next["groups"][0]["changes"].as_array().unwrap();
    let born = changes.iter().find(|change| change["id"] == hose["id"]).unwrap();
    assert_eq!((&born["what"], &born["other"]), (&json!("born"), &Value::Null));
    assert_eq!(born["texts"], hose["texts"]);
    let page = server.page("/themes").await.ok().text().to_owned();
    assert!(
        page.contains("” is new (") && page.contains("when they were found again"),
        "{page}"
    );
}
