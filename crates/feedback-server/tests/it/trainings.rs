//! Trainings over the API and the pages, with a training process that only waits.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use feedback_corrections::{CorrectionCounts, Job, JobPooling, TrainingFolder};
use feedback_server::Trainer;
use serde_json::{Value, json};

use crate::help::{Answer, Options, Server, keys, recalibrated};

/// A trainer whose process waits until its standard input is closed and then exits as a training that can be resumed.
struct Waiting {
    data: Vec<PathBuf>,
}

impl Trainer for Waiting {
    fn data(&self) -> Vec<PathBuf> {
        self.data.clone()
    }

    fn bases(&self) -> Vec<String> {
        vec!["scratch:tiny".into(), "/bases/small".into()]
    }

    fn command(&self, _folder: &Path) -> std::io::Result<Command> {
        let mut command = Command::new("sh");
        command.args(["-c", "cat; exit 143"]);
        Ok(command)
    }
}

pub(crate) fn server(data: &[&str]) -> Server {
    Server::with(Options {
        trainer: Some(Arc::new(Waiting {
            data: data.iter().map(PathBuf::from).collect(),
        })),
        ..Options::default()
    })
}

fn folder(server: &Server, id: &str) -> TrainingFolder {
    TrainingFolder::new(server.state_dir().join("trainings").join(id))
}

async fn start(server: &Server, request: Value) -> Answer {
    server.post("/api/v1/trainings", request).await
}

/// Starts a training and returns its id.
async fn started(server: &Server, request: Value) -> String {
    let answer = start(server, request).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn stop(server: &Server, id: &str) {
    let stopped = server.submit("/train", &format!("/train/{id}/stop"), &[]).await;
    assert_eq!(stopped.status, 303, "{stopped:?}");
    let began = Instant::now();
    loop {
        let training = server.get(&format!("/api/v1/trainings/{id}")).await.ok().json();
        if training["state"] == "stopped" {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{training}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_training_runs_at_a_time() {
    let server = server(&["/data/feedback.csv"]);
    let classified = server
        .post("/api/v1/classify", json!({ "text": "what a joy" }))
        .await
        .ok()
        .json();
    let correction = json!({ "prediction_id": classified["predictions"][0]["id"], "label": "praise" });
    server.post("/api/v1/corrections", correction).await.ok();

    let answer = start(&server, json!({})).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let training = answer.json();
    let id = training["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/trainings/{id}"));
    assert_eq!(
        (&training["state"], &training["model"], &training["ask_people"]),
        (&json!("running"), &Value::Null, &json!(false))
    );
    let found = server.get(answer.header("location")).await.ok().json();
    assert_eq!(found["id"], id);

    let busy = start(&server, json!({})).await;
    busy.problem(409, "conflict");
    assert_eq!(busy.json()["detail"], "another training is running");
    let all = server.get("/api/v1/trainings").await.ok().json();
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");

    let job = folder(&server, id).read_job().unwrap();
    let corrections = job.read_corrections().unwrap();
    assert_eq!(
        (corrections[0].text.as_str(), corrections[0].labels[0].as_str()),
        ("what a joy", "praise")
    );
    assert_eq!(corrections[0].by.as_deref(), Some("the web app"));
    let audit = server.get("/api/v1/audit").await.ok().json();
    assert_eq!(
        (&audit[0]["action"], &audit[0]["subject"]),
        (&json!("training.start"), &json!(id))
    );
    stop(&server, id).await;
    let again = started(&server, json!({})).await;
    assert_ne!(again, id);
    stop(&server, &again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_api_create_the_same_job() {
    let server = server(&["/data/a.csv", "/data/b.csv"]);
    let request = json!({
        "data": "b.csv", "base": "scratch:tiny", "pooling": "mean", "num_train_epochs": 3, "learning_rate": 0.001,
        "per_device_train_batch_size": 8, "ask_people": true, "seed": 7,
    });
    let by_api = started(&server, request).await;
    stop(&server, &by_api).await;
    let fields = [
        ("data", "1"),
        ("base", "scratch:tiny"),
        ("pooling", "mean"),
        ("num_train_epochs", "3"),
        ("learning_rate", "0.001"),
        ("per_device_train_batch_size", "8"),
        ("ask_people", "yes"),
        ("seed", "7"),
    ];
    let submitted = server.submit("/train", "/train", &fields).await;
    assert_eq!(submitted.status, 303, "{submitted:?}");
    let by_page = submitted
        .header("location")
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    stop(&server, &by_page).await;

    let job = |id: &str| -> Job {
        let mut job = folder(&server, id).read_job().unwrap();
        job.created_at = 0;
        job.corrections = PathBuf::new();
        job
    };
    assert_eq!(job(&by_api), job(&by_page));
    assert_eq!(
        (job(&by_api).data, job(&by_api).pooling),
        (PathBuf::from("/data/b.csv"), JobPooling::Mean)
    );

    // Missing fields get defaults, such as the serving model as the base.
    let plain = started(&server, json!({ "data": "a.csv" })).await;
    stop(&server, &plain).await;
    let plain = job(&plain);
    assert_eq!(plain.base, plain.serving.display().to_string());
    assert_eq!(
        (plain.seed, plain.num_train_epochs, plain.ask_people),
        (42, None, false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_trainings_are_refused_with_the_reason() {
    let server = server(&["/data/a.csv", "/data/b.csv"]);
    for (request, reason) in [
        (json!({}), "`data` must be one of: a.csv, b.csv"),
        (
            json!({ "data": "/data/a.csv" }),
            "`data` must be one of: a.csv, b.csv",
        ),
        (
            json!({ "data": "a.csv", "base": "/etc" }),
            "`base` must be one of: serving, scratch:tiny, /bases/small",
        ),
        (
            json!({ "data": "a.csv", "num_train_epochs": 0 }),
            "`num_train_epochs` must be from 1 to 1000",
        ),
        (
            json!({ "data": "a.csv", "learning_rate": 2 }),
            "`learning_rate` must be greater than 0 and at most 1",
        ),
        (
            json!({ "data": "a.csv", "per_device_train_batch_size": 513 }),
            "`per_device_train_batch_size` must be from 1 to 512",
        ),
    ] {
        let answer = start(&server, request).await;
        answer.problem(400, "invalid_request");
        assert_eq!(answer.json()["detail"], reason);
    }
    start(&server, json!({ "data": "a.csv", "pooling": "max" }))
        .await
        .problem(400, "invalid_json");
    start(&server, json!({ "data": "a.csv", "epochs": 3 }))
        .await
        .problem(400, "invalid_json");
    let page = server
        .submit(
            "/train",
            "/train",
            &[("data", "0"), ("base", "serving"), ("learning_rate", "nan")],
        )
        .await;
    assert_eq!(page.status, 400, "{page:?}");
    assert_eq!(server.get("/api/v1/trainings").await.ok().json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_trainer_refuses_trainings() {
    let server = Server::new();
    let refused = start(&server, json!({})).await;
    refused.problem(409, "conflict");
    assert_eq!(
        refused.json()["detail"],
        "this server only serves: it was started without a trainer"
    );
    for path in ["/api/v1/trainings", "/api/v1/trainings/1"] {
        let missing = server.get(path).await;
        missing.problem(404, "not_found");
        assert_eq!(
            missing.json()["detail"],
            "training is not available: this server was started without a trainer"
        );
    }
    let nothing = self::server(&[]);
    let refused = start(&nothing, json!({})).await;
    refused.problem(409, "conflict");
    assert_eq!(
        refused.json()["detail"],
        "this server offers no labelled file to train on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_needs_a_key_if_there_is_one() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::with(Options {
        keys: Some(keys(place.path(), "a-key-of-this-test")),
        trainer: Some(Arc::new(Waiting {
            data: vec!["/data/feedback.csv".into()],
        })),
        ..Options::default()
    });
    start(&server, json!({})).await.problem(401, "unauthorized");
    assert_eq!(
        fs_err::read_dir(server.state_dir().join("trainings"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_not_a_number_is_not_found() {
    let server = Server::new();
    let answer = server.get("/api/v1/history/first").await;
    answer.problem(404, "not_found");
    assert_eq!(answer.json()["detail"], "the id in the address must be a number");
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_over_the_api() {
    let server = server(&["/data/feedback.csv"]);
    let id = started(&server, json!({ "ask_people": true })).await;
    let path = format!("/api/v1/trainings/{id}");
    let none = server.get(&format!("{path}/questions")).await.ok().json();
    assert_eq!(
        none,
        json!({ "labels": [], "rows": [] }),
        "the training has not begun"
    );

    let training = folder(&server, &id);
    let corrections = training.run().join("corrections");
    fs_err::create_dir_all(&corrections).unwrap();
    training.write_labels(&["bug".into(), "praise".into()]).unwrap();
    let queue = r#"{"id":"train:12","text":"it crashes","label":"praise","predicted_label":"bug","confidence":0.9,"loss":2.3,"scores":[],"global_step":5}"#;
    fs_err::write(corrections.join("queue.jsonl"), format!("{queue}\n")).unwrap();
    let row = json!({
        "row": "train:12", "text": "it crashes", "label": "praise", "predicted_label": "bug", "confidence": 0.9,
    });
    let open = server.get(&format!("{path}/questions")).await.ok().json();
    assert_eq!(open, json!({ "labels": ["bug", "praise"], "rows": [row] }));

    let answers = format!("{path}/answers");
    for (answer, reason) in [
        (
            json!({ "row": "train:12", "label": "wish" }),
            "`label` is not a label of this training",
        ),
        (
            json!({ "row": "train:12" }),
            "give a `label`, or `\"drop\": true`",
        ),
        (
            json!({ "row": "train:12", "label": "bug", "drop": true }),
            "give `label` or `drop`, not both",
        ),
        (
            json!({ "row": "test:1", "label": "bug" }),
            "`row`: `test:1` is not a row id: expected `train:LINE`, `validation:LINE` or `unlabelled:LINE`",
        ),
    ] {
        let refused = server.post(&answers, answer).await;
        refused.problem(400, "invalid_request");
        assert_eq!(refused.json()["detail"], reason);
    }
    let noted = server
        .post(&answers, json!({ "row": "train:12", "label": "bug" }))
        .await;
    assert_eq!(noted.status, 204, "{noted:?}");
    let sent = fs_err::read_to_string(corrections.join("answers.jsonl")).unwrap();
    assert!(
        sent.starts_with(r#"{"id":"train:12","label":"bug","by":"the web app","time":"#),
        "{sent}"
    );
    let open = server.get(&format!("{path}/questions")).await.ok().json();
    assert_eq!(open["rows"], json!([]));
    stop(&server, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_of_a_training_is_on_its_page() {
    let server = server(&["/data/feedback.csv"]);
    let id = started(&server, json!({})).await;
    // Written by version 0.1.0.
    let figures = |accuracy: f64, in_train: u64| {
        json!({
            "n": 20, "accuracy": accuracy, "accuracy_interval": { "low": 0.25, "high": 0.95, "confidence": 0.95 },
            "macro": { "precision": 0.5, "recall": 0.5, "f1": 0.5 },
            "weighted": { "precision": 0.5, "recall": 0.5, "f1": 0.625 },
            "leakage": { "known": true, "in_train": in_train, "in_validation": 0 },
        })
    };
    let result = json!({
        "test": figures(0.85, 0), "serving": figures(0.45, 3),
        "corrections": { "used": 4, "held_out": 2, "unknown_label": 0 },
    });
    fs_err::write(
        folder(&server, &id).path().join("result.json"),
        result.to_string(),
    )
    .unwrap();
    let page = server.page(&format!("/train/{id}")).await.ok();
    for expected in [
        "On the same 20 test rows",
        "85.0",
        "45.0",
        "25.0",
        "95.0",
        "62.5",
        "The serving model was trained on 3 of these rows",
        "4 corrections were trained on, 2 left out",
    ] {
        assert!(page.text().contains(expected), "{expected}: {}", page.text());
    }
    stop(&server, &id).await;
}

async fn state(server: &Server, id: &str) -> String {
    let training = server.get(&format!("/api/v1/trainings/{id}")).await.ok().json();
    training["state"].as_str().unwrap().to_owned()
}

/// A training that the end of the server interrupts is resumed at the next start, but only once.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_training_is_resumed_once() {
    let data = feedback_testkit::fixture("feedback.jsonl");
    let options = || Options {
        trainer: Some(Arc::new(Waiting {
            data: vec![feedback_testkit::fixture("feedback.jsonl")],
        })),
        ..Options::default()
    };
    let server = Server::with(options());
    let name = data.file_name().unwrap().to_str().unwrap();
    let id = started(&server, json!({ "data": name })).await;
    let server = server.restarted(options());
    let began = Instant::now();
    while state(&server, &id).await != "running" {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the training was not resumed"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let server = server.restarted(options());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(state(&server, &id).await, "stopped");
}

/// A server whose texts have a field `team`: 24 of two teams, and 2 of a third.
async fn with_teams(data: &[&str]) -> Server {
    let server = server(data);
    let teams = (0..24)
        .map(|row| if row % 2 == 0 { "web" } else { "store" })
        .chain(["rare", "rare"]);
    let rows: String = teams
        .enumerate()
        .map(|(row, team)| {
            format!(
                "{}\n",
                json!({"text": format!("text number {row}"), "team": team})
            )
        })
        .chain(["{\"text\": \"no team\", \"team\": \"\"}\n".to_owned()])
        .collect();
    server
        .upload("teams.jsonl", rows.as_bytes(), Some("text"))
        .await
        .ok();
    server.ended(1).await;
    server
}

fn rows(folder: &TrainingFolder) -> Vec<Value> {
    let lines = fs_err::read_to_string(folder.read_job().unwrap().data).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_texts_are_trained_on_by_a_field() {
    let server = with_teams(&[]).await;
    let page = server.page("/train").await.ok();
    assert!(
        page.text().contains("stored texts by their field team"),
        "{}",
        page.text()
    );
    // A person corrects one of the values.
    let correction = json!({"prediction_id": 1, "label": "bug"});
    assert_eq!(server.post("/api/v1/corrections", correction).await.status, 201);
    let refused = start(&server, json!({"label_field": "team"})).await;
    refused.problem(409, "conflict");
    assert!(
        refused.text().contains("`bug` (1), `rare` (2)"),
        "{}",
        refused.text()
    );
    start(&server, json!({"label_field": "team", "people": true}))
        .await
        .problem(400, "invalid_request");
    let absent = start(&server, json!({"label_field": "absent", "leave_out_rare": true})).await;
    absent.problem(409, "conflict");

    let id = started(&server, json!({"label_field": "team", "leave_out_rare": true})).await;
    let (folder, found) = (folder(&server, &id), rows(&folder(&server, &id)));
    assert_eq!(
        found.len(),
        23,
        "without the two rare texts, the corrected one and the one without a team"
    );
    assert_eq!(found[0], json!({"text": "text number 1", "label": "store"}));
    assert_eq!(
        fs_err::read_to_string(folder.corrections()).unwrap(),
        "",
        "the rows have the corrections"
    );
    // An erased text is erased in the rows, too.
    stop(&server, &id).await;
    server.delete("/api/v1/history/2").await;
    assert!(
        !fs_err::read_to_string(folder.path().join("texts.jsonl"))
            .unwrap()
            .contains("text number 1\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_people_labelled_are_enough_for_a_training() {
    let server = with_teams(&[]).await;
    let page = server.page("/train").await.ok();
    assert!(!page.text().contains("people labelled here"), "{}", page.text());
    start(&server, json!({"people": true}))
        .await
        .problem(409, "conflict");
    for id in 1..=20 {
        let label = if id % 2 == 0 { "bug" } else { "praise" };
        let correction = json!({"prediction_id": id, "label": label});
        assert_eq!(server.post("/api/v1/corrections", correction).await.status, 201);
        if id == 12 {
            let few = start(&server, json!({"people": true})).await;
            few.problem(409, "conflict");
            assert!(
                few.text().contains("there are 12: label 8 more"),
                "{}",
                few.text()
            );
        }
    }
    let page = server.page("/train").await.ok();
    assert!(
        page.text().contains("texts that people labelled here (20)"),
        "{}",
        page.text()
    );
    let begun = server
        .submit(
            "/train",
            "/train",
            &[("data", "people"), ("base", "scratch:tiny")],
        )
        .await;
    assert_eq!(begun.status, 303, "{begun:?}");
    let id = server.get("/api/v1/trainings").await.ok().json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(rows(&folder(&server, &id)).len(), 20);
    stop(&server, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_labels_the_page_says_where_they_come_from() {
    let server = server(&[]);
    let page = server.page("/train").await.ok();
    assert!(
        page.text()
            .contains("A model learns your categories from texts that have them"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("href=\"/batches\"") && page.text().contains("href=\"/review\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_surely_better_needs_a_confirmation_that_names_both_figures() {
    let server = server(&["/data/feedback.csv"]);
    let id = started(&server, json!({})).await;
    stop(&server, &id).await;
    let place = tempfile::tempdir().unwrap();
    let new = server
        .state
        .models()
        .add(&recalibrated(place.path()))
        .await
        .unwrap();
    let path = folder(&server, &id).path().to_owned();
    let status = json!({"state": "done", "model": new});
    fs_err::write(path.join("status.json"), status.to_string()).unwrap();
    let averages = json!({"precision": 0.8, "recall": 0.8, "f1": 0.8});
    let figures =
        |accuracy: f64| json!({"n": 339, "accuracy": accuracy, "macro": averages, "weighted": averages});
    let outcome = |new: f64, serving: f64, p: f64| {
        json!({
            "test": figures(new), "serving": figures(serving), "corrections": CorrectionCounts::default(),
            "same_rows": {
                "n": 339, "new": new, "serving": serving, "lacking": [],
                "paired": {"only_a_right": 30, "only_b_right": 17, "p_value": p},
            },
        })
    };
    let write = |outcome: Value| fs_err::write(path.join("result.json"), outcome.to_string()).unwrap();
    let promote = format!("/api/v1/models/{new}/promote");
    let doubt = async |says: &str| {
        let refused = server.post(&promote, json!({})).await;
        refused.problem(409, "conflict");
        assert!(refused.text().contains(says), "{}", refused.text());
    };
    write(outcome(0.277, 0.802, 0.0001));
    doubt("it is worse than the serving model: 27.7 % against 80.2 % right on the same 339 rows, surely (p < 0.001)").await;
    let page = server.page(&format!("/train/{id}")).await.ok();
    for says in ["It is worse than the serving model: 27.7 %", "promote it anyway"] {
        assert!(page.text().contains(says), "{}", page.text());
    }
    write(outcome(0.841, 0.802, 0.21));
    doubt("it is not surely better than the serving model: 84.1 % against 80.2 %").await;
    write(outcome(0.841, 0.802, 0.004));
    let page = server.page(&format!("/train/{id}")).await.ok();
    assert!(
        page.text().contains(
            "It is better than the serving model: 84.1 % against 80.2 % right on the same 339 rows, surely (p = 0.004)."
        ),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("promote it anyway"));
    server.post(&promote, json!({})).await.ok();
    // The model before is worse than the new one, by the same comparison.
    let page = server.page("/models").await.ok();
    assert!(
        page.text()
            .contains("It is worse than the serving model: 80.2 % against 84.1 %"),
        "{}",
        page.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_can_have_several_labels_for_each_text() {
    let server = server(&[]);
    let tags = ["bug; slow", "slow", " bug ;bug", "[\"slow\", \"bug\"]"];
    let rows: String = (0..24)
        .map(|row| {
            format!(
                "{}\n",
                json!({"text": format!("text {row}"), "tags": tags[row % 4]})
            )
        })
        .collect();
    server
        .upload("tags.jsonl", rows.as_bytes(), Some("text"))
        .await
        .ok();
    server.ended(1).await;
    start(
        &server,
        json!({"label_field": "tags", "several_labels": true, "ask_people": true}),
    )
    .await
    .problem(400, "invalid_request");
    let id = started(&server, json!({"label_field": "tags", "several_labels": true})).await;
    let folder = folder(&server, &id);
    assert!(folder.read_job().unwrap().several_labels);
    let labels: Vec<Value> = rows_of(&folder);
    assert_eq!(
        labels[..4],
        [
            json!(["bug", "slow"]),
            json!(["slow"]),
            json!(["bug"]),
            json!(["bug", "slow"])
        ]
    );
    stop(&server, &id).await;
}

fn rows_of(folder: &TrainingFolder) -> Vec<Value> {
    rows(folder).into_iter().map(|row| row["label"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rare_labels_are_counted_by_different_texts_until_none_is_left() {
    let server = server(&[]);
    let mut rows: Vec<Value> = (0..40)
        .map(|row| json!({"text": format!("text {row}"), "tags": (["A", "B"][row % 2])}))
        .collect();
    // C is rare once D is left out; E has one text five times.
    rows.extend((0..4).map(|row| json!({"text": format!("both {row}"), "tags": "C; D"})));
    rows.push(json!({"text": "only c", "tags": "C"}));
    rows.extend((0..5).map(|_| json!({"text": "the same", "tags": "E"})));
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    server
        .upload("tags.jsonl", lines.as_bytes(), Some("text"))
        .await
        .ok();
    server.ended(1).await;
    let wanted = json!({"label_field": "tags", "several_labels": true, "leave_out_rare": true});
    let id = started(&server, wanted).await;
    let folder = folder(&server, &id);
    assert_eq!(rows_of(&folder).len(), 40);
    let log = fs_err::read_to_string(folder.path().join("output.log")).unwrap();
    for says in [
        "40 stored texts",
        "`D`, which only 4",
        "`C`, which only 1",
        "`E`, which only 1",
    ] {
        assert!(log.contains(says), "{says}: {log}");
    }
    stop(&server, &id).await;
    let refused = start(&server, json!({"label_field": "tags"})).await;
    assert!(
        refused.text().contains("`C; D` cannot be a label"),
        "{}",
        refused.text()
    );
    let absent = start(&server, json!({"label_field": "absent"})).await;
    assert!(
        absent
            .text()
            .contains("no stored text has a value in the field `absent`")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_counts_for_equal_texts() {
    let server = with_teams(&[]).await;
    let copies = "{\"text\": \"Text number 1!\", \"team\": \"store\"}\n".repeat(3);
    server
        .upload("copies.jsonl", copies.as_bytes(), Some("text"))
        .await
        .ok();
    server.ended(2).await;
    let correction = json!({"prediction_id": 2, "label": "bug"}); // "text number 1"
    assert_eq!(server.post("/api/v1/corrections", correction).await.status, 201);
    let refused = start(&server, json!({"label_field": "team"})).await;
    assert!(refused.text().contains("`bug` (1)"), "{}", refused.text());
    let id = started(&server, json!({"label_field": "team", "leave_out_rare": true})).await;
    let rows = rows(&folder(&server, &id));
    let is_copy = |row: &&Value| {
        row["text"]
            .as_str()
            .unwrap()
            .to_lowercase()
            .starts_with("text number 1!")
    };
    assert!(
        rows.iter().find(is_copy).is_none(),
        "the copies have the rare label, too"
    );
    stop(&server, &id).await;
}
