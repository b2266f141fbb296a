//! A model that gives each text any number of labels: stored, shown, filtered, exported, corrected.

use std::path::{Path, PathBuf};

use feedback_bert::folder::LabelDecisions;
use feedback_bert::{DeviceChoice, ModelFolder};
use feedback_inference::MultiLabelClassifier;
use feedback_testkit::fixture;
use serde_json::{Value, json};

use crate::help::{Options, Server, encoded};

/// A text with two labels, and one without labels.
const TWO: &str = "the app crashes when I open it";
const NONE: &str = "thank you very much";

/// Makes a model that gives [`TWO`] two labels and [`NONE`] none: the tiny model with thresholds between its scores of both texts.
/// Returns the labels of [`TWO`], highest score first.
fn make_model(folder: &Path) -> Vec<String> {
    fs_err::create_dir(folder).unwrap();
    for entry in fs_err::read_dir(fixture("tiny-bert")).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    let config = folder.join("config.json");
    let mut settings: Value = serde_json::from_slice(&fs_err::read(&config).unwrap()).unwrap();
    settings["problem_type"] = "multi_label_classification".into();
    fs_err::write(&config, settings.to_string()).unwrap();

    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let mut model = ModelFolder::load_multi_label(folder, &device).unwrap();
    let classifier = MultiLabelClassifier::new(model.clone(), &device).unwrap();
    let scores = classifier.predict_many(&[TWO, NONE]).unwrap();
    let names = classifier.labels().to_vec();
    let of = |row: usize, name: &str| {
        let scores = &scores[row].scores;
        scores.iter().find(|score| score.label == name).unwrap().score
    };
    let higher = scores[0].scores.iter().map(|score| score.label.clone());
    let given: Vec<String> = higher
        .filter(|name| of(0, name) > of(1, name) + 1e-3)
        .take(2)
        .collect();
    assert_eq!(given.len(), 2, "{scores:?}");
    let threshold = |name: &String| match given.contains(name) {
        true => f64::midpoint(of(0, name), of(1, name)),
        false => 1.0,
    };
    model.manifest.multi_label = Some(LabelDecisions {
        temperatures: vec![1.0; names.len()],
        thresholds: names.iter().map(threshold).collect(),
    });
    model.save(folder).unwrap();
    given
}

fn serve() -> (Server, Vec<String>, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let model: PathBuf = place.path().join("model");
    let labels = make_model(&model);
    let server = Server::with(Options {
        model,
        ..Options::default()
    });
    (server, labels, place)
}

async fn texts(server: &Server, query: &str) -> Vec<String> {
    let found = server.get(&format!("/api/v1/history?{query}")).await.ok().json();
    let items = found["items"].as_array().unwrap().iter();
    items
        .map(|item| item["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_labels_are_answered_stored_and_found() {
    let (server, labels, _place) = serve();
    let answer = server
        .post("/api/v1/classify", json!({ "texts": [TWO, NONE] }))
        .await
        .ok()
        .json();
    let [two, none] = [0, 1].map(|index| &answer["predictions"][index]);
    assert_eq!(two["predicted_labels"], json!(labels));
    assert_eq!(two["predicted_label"], json!(labels[0]));
    assert_eq!(
        (&none["predicted_labels"], &none["predicted_label"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(none["scores"].as_array().unwrap().len(), 8);
    // Without a label, the least certain decision is the highest score, which was refused.
    let highest = none["scores"][0]["score"].as_f64().unwrap();
    assert!((none["confidence"].as_f64().unwrap() - (1.0 - highest)).abs() < 1e-9);
    assert!(two.get("abstained").is_none());

    for label in &labels {
        assert_eq!(texts(&server, &format!("label={label}")).await, [TWO]);
    }
    assert_eq!(texts(&server, &format!("label={}", encoded("∅"))).await, [NONE]);
    assert!(texts(&server, "label=other%20label").await.is_empty());
    let stored = server.get("/api/v1/history/1").await.ok().json();
    assert_eq!(stored["predicted_labels"], json!(labels));
    assert_eq!(stored["corrected_labels"], Value::Null);
    let tei = server
        .post("/predict", json!({ "inputs": TWO }))
        .await
        .ok()
        .json();
    assert_eq!(tei.as_array().unwrap().len(), 8);
    // From the cache.
    let again = server
        .post("/api/v1/classify", json!({ "text": TWO, "store": false }))
        .await;
    assert_eq!(
        again.ok().json()["predictions"][0]["predicted_labels"],
        json!(labels)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_shown_and_counted_one_by_one() {
    let (server, labels, _place) = serve();
    let body = json!({ "texts": [TWO, NONE, TWO], "fields": { "plan": "pro" } });
    server.post("/api/v1/classify", body).await.ok();

    let page = server.submit("/", "/analyze", &[("text", TWO)]).await.ok();
    let heading = page
        .text()
        .split("<h2>")
        .nth(1)
        .unwrap()
        .split("</h2>")
        .next()
        .unwrap()
        .to_owned();
    assert!(
        labels.iter().all(|label| heading.contains(label.as_str())),
        "{heading}"
    );
    let box_of = |label: &str| format!("type=\"checkbox\" name=\"label\" value=\"{label}\"");
    let checked = page
        .text()
        .split("<input ")
        .filter(|input| input.split('>').next().unwrap().contains("checked"));
    assert_eq!(checked.count(), 2);
    assert!(page.text().contains(&box_of("other")));
    assert!(page.text().contains("Why: the words that mattered"));
    let page = server.submit("/", "/analyze", &[("text", NONE)]).await.ok();
    assert!(page.text().contains("<h2>no label</h2>"), "{}", page.text());

    let history = server.page("/history").await.ok();
    assert!(history.text().contains("no label") && history.text().contains("Save labels"));
    let dashboard = server.page("/dashboard").await.ok();
    let text = dashboard.text();
    for label in &labels {
        assert!(
            text.contains(&format!(
                "<th scope=\"row\">{label}</th><td class=\"number\">3</td>"
            )),
            "{text}"
        );
    }
    assert!(
        text.contains("<th scope=\"row\">no label</th><td class=\"number\">2</td>"),
        "{text}"
    );
    assert!(
        text.contains("3 texts have several labels") && text.contains("more than 100 %"),
        "{text}"
    );
    let explore = server.page("/explore").await.ok();
    assert!(
        explore.text().contains("no label") && explore.text().contains("3 of 5"),
        "{}",
        explore.text()
    );
    let none = server
        .page(&format!("/explore?by=plan&label={}", encoded("∅")))
        .await
        .ok();
    assert!(
        none.text().contains("Share of no label by plan") && none.text().contains("1 of 3"),
        "{}",
        none.text()
    );
    let breakdown = server.get("/api/v1/breakdown?by=plan").await.ok().json();
    let pro = breakdown["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["value"] == "pro")
        .unwrap();
    assert_eq!(pro["texts"], 3);
    let counts: Vec<(&str, u64)> = pro["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["label"].as_str().unwrap(), one["texts"].as_u64().unwrap()))
        .collect();
    let mut expected = vec![("", 1), (labels[0].as_str(), 2), (labels[1].as_str(), 2)];
    expected.sort_unstable();
    assert_eq!(counts, expected);
    for path in ["/", "/review", "/report", "/models", "/about", "/batches"] {
        server.page(path).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_and_exports_join_the_labels() {
    let (server, labels, _place) = serve();
    let rows = format!("id,text\n1,{TWO}\n2,{NONE}\n");
    let staged = server
        .upload("rows.csv", rows.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    let id = staged["id"].as_i64().unwrap();
    assert_eq!(server.ended(id).await["classified"], 2);
    let results = |format: &str| format!("/api/v1/batches/{id}/results?format={format}");
    let csv = server.get(&results("csv")).await.ok();
    let lines: Vec<&str> = csv.text().lines().collect();
    assert_eq!(
        lines[0],
        "id,text,predicted_labels,confidence,abstained,corrected_labels,truncated"
    );
    assert!(
        lines[1].starts_with(&format!("1,{TWO},{},", labels.join("; "))),
        "{lines:?}"
    );
    assert!(lines[2].starts_with(&format!("2,{NONE},,0.")), "{lines:?}");
    let jsonl = server.get(&results("jsonl")).await.ok();
    let jsonl: Vec<Value> = jsonl
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(jsonl[0]["predicted_labels"], json!(labels));
    assert_eq!(jsonl[1]["predicted_labels"], json!([]));
    assert!(jsonl[0].get("predicted_label").is_none());
    let page = server.page(&format!("/batches/{id}")).await.ok();
    assert!(page.text().contains("no label") && page.text().contains(&labels[1]));

    let correction = json!({ "prediction_id": 2, "labels": labels });
    server.post("/api/v1/corrections", correction).await.ok();
    let history = server.get("/history/export?format=csv").await.ok();
    let joined = labels_in_order(&labels).join("; ");
    assert!(
        history.text().contains(&format!(",{NONE},,{joined},")),
        "{}",
        history.text()
    );
    assert!(
        server
            .get(&results("csv"))
            .await
            .ok()
            .text()
            .contains(&format!(",{joined},"))
    );
    assert!(server.get(&results("parquet")).await.status.is_success());
}

/// Returns labels in the order of the model's labels, in which corrections are stored.
fn labels_in_order(labels: &[String]) -> Vec<String> {
    let all = [
        "bug",
        "feature_request",
        "praise",
        "complaint",
        "question",
        "usage_tip",
        "documentation",
        "other",
    ];
    let all = all.into_iter().map(str::to_owned);
    all.filter(|label| labels.contains(label)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_labels_can_be_corrected() {
    let (server, labels, _place) = serve();
    server
        .post("/api/v1/classify", json!({ "texts": [TWO, NONE] }))
        .await
        .ok();
    let correct = |body: Value| server.post("/api/v1/corrections", body);
    for wrong in [
        json!({ "prediction_id": 1, "labels": ["bug", "no such label"] }),
        json!({ "prediction_id": 1, "labels": ["bug", "bug"] }),
        json!({ "prediction_id": 1, "labels": ["bug"], "label": "bug" }),
        json!({ "prediction_id": 1 }),
    ] {
        correct(wrong).await.problem(400, "invalid_request");
    }
    let made = correct(json!({ "prediction_id": 1, "labels": ["other", "bug"] }))
        .await
        .ok()
        .json();
    assert_eq!(made["labels"], json!(["bug", "other"]));
    assert_eq!(made["previous_labels"], json!(labels));
    let none = correct(json!({ "prediction_id": 1, "labels": [] }))
        .await
        .ok()
        .json();
    assert_eq!((&none["labels"], &none["label"]), (&json!([]), &Value::Null));
    assert_eq!(texts(&server, "label=bug&corrected=true").await.len(), 0);
    assert_eq!(
        texts(&server, &format!("label={}", encoded("∅"))).await,
        [NONE, TWO]
    );

    // Check boxes on the page, without scripts: the chosen ones replace what was there, and none is a choice too.
    let form = [("label", "praise"), ("label", "question"), ("back", "/history")];
    let sent = server.submit("/history", "/history/2/label", &form).await;
    assert_eq!(sent.status, 303);
    assert_eq!(texts(&server, "label=question").await, [NONE]);
    assert_eq!(texts(&server, "label=praise&corrected=true").await, [NONE]);
    let history = server.page("/history?label=praise").await.ok();
    assert!(
        history.text().contains("corrected; predicted no label"),
        "{}",
        history.text()
    );
    server
        .submit("/history", "/history/2/label", &[("back", "/history")])
        .await;
    assert!(texts(&server, "label=question").await.is_empty());
    server
        .submit("/history", "/history/2/label", &[("undo", "1")])
        .await;
    assert_eq!(texts(&server, "label=question").await, [NONE]);
    let listed = server.get("/api/v1/corrections").await.ok().json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
}

/// A model that gives each text one label takes no other number, also for texts that an earlier model gave several labels.
#[tokio::test(flavor = "multi_thread")]
async fn a_single_label_model_takes_one_label() {
    let (server, labels, _place) = serve();
    server
        .post("/api/v1/classify", json!({ "texts": [TWO, NONE] }))
        .await
        .ok();
    let other = server.state_dir().parent().unwrap().join("single");
    fs_err::create_dir(&other).unwrap();
    for entry in fs_err::read_dir(fixture("tiny-bert")).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), other.join(entry.file_name())).unwrap();
    }
    let id = server.state.models().add(&other).await.unwrap();
    server
        .post(
            &format!("/api/v1/models/{id}/promote?accept_worse=true"),
            json!({}),
        )
        .await
        .ok();
    let several = json!({ "prediction_id": 1, "labels": labels });
    server
        .post("/api/v1/corrections", several)
        .await
        .problem(400, "invalid_request");
    let none = json!({ "prediction_id": 1, "labels": [] });
    server
        .post("/api/v1/corrections", none)
        .await
        .problem(400, "invalid_request");
    let one = json!({ "prediction_id": 1, "labels": ["bug"] });
    assert_eq!(
        server.post("/api/v1/corrections", one).await.ok().json()["label"],
        "bug"
    );
    let history = server.page("/history").await.ok();
    assert!(history.text().contains("no label") && !history.text().contains("Save labels"));
}
