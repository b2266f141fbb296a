//! Uploads of the files in `fixtures/tour`, and of tables that need settings.

use feedback_server::ServerConfig;
use serde_json::{Value, json};

use crate::help::{Options, Server};

/// Each file, and the number of rows that people rejected.
const TOUR: [(&str, u64); 19] = [
    ("three_sheets.xlsx", 0),
    ("jira.csv", 0),
    ("google_play.csv", 0),
    ("label_studio.json", 1),
    ("reviews.zip", 0),
    ("zendesk.json", 0),
    ("qualtrics.csv", 0),
    ("prodigy.jsonl", 2),
    ("rasa.yml", 0),
    ("datasets.parquet", 0),
    ("surveymonkey.csv", 0),
    ("typeform.csv", 0),
    ("google_forms.csv", 0),
    ("label_studio_min.json", 0),
    ("label_studio.csv", 0),
    ("argilla.jsonl", 1),
    ("doccano.jsonl", 0),
    ("spacy.jsonl", 0),
    ("fasttext.txt", 0),
];

fn unlimited(config: &mut ServerConfig) {
    config.rate_per_second = 0;
}

fn server() -> Server {
    Server::with(Options {
        config: unlimited,
        ..Options::default()
    })
}

/// Starts a batch with the guessed columns, and returns it after its end with its records.
async fn classified(server: &Server, id: i64) -> (Value, Vec<Value>) {
    server
        .post(&format!("/api/v1/batches/{id}/start"), json!({}))
        .await
        .ok();
    let batch = server.ended(id).await;
    let results = server.get(&format!("/api/v1/batches/{id}/results")).await.ok();
    let lines = results
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    (batch, lines.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_is_uploaded_without_an_option() {
    let server = server();
    for (name, rejected) in TOUR {
        let content = fs_err::read(feedback_testkit::fixture("tour").join(name)).unwrap();
        let uploaded = server.upload(name, &content, None).await.ok().json();
        let id = uploaded["id"].as_i64().unwrap();
        let page = server.page(&format!("/batches/{id}")).await;
        assert!(
            page.text().contains("The app crashes every time I open"),
            "{name}: {}",
            page.text()
        );
        let (batch, results) = classified(&server, id).await;
        assert_eq!(
            (&batch["state"], &batch["classified"], &batch["bad"]),
            (&json!("done"), &json!(8), &json!(rejected)),
            "{name}: {batch}"
        );
        assert_eq!(results.len(), 8, "{name}");
    }
    let history = server
        .get("/api/v1/history?limit=500&q=Best%20note%20app")
        .await
        .ok()
        .json();
    assert_eq!(history["items"].as_array().unwrap().len(), TOUR.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_an_annotation_tool_is_shown_with_its_labels() {
    let server = server();
    let content = fs_err::read(feedback_testkit::fixture("tour").join("label_studio.json")).unwrap();
    let id = server.upload("tasks.json", &content, None).await.ok().json()["id"]
        .as_i64()
        .unwrap();
    let page = server.page(&format!("/batches/{id}")).await;
    for part in [
        "Label Studio (JSON)",
        "annotations[0].result[from_name=kind].value.choices",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}

/// The command line skips these rows, too.
#[tokio::test(flavor = "multi_thread")]
async fn titles_above_and_questions_below_a_header_are_not_classified() {
    let server = server();
    let title = "Reviews of March;\n;\nDatum;Kommentar\n03.03.2025;zu laut\n24.03.2025;sehr gut\n";
    let id = server
        .upload("title.csv", title.as_bytes(), None)
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    let page = server.page(&format!("/batches/{id}")).await;
    assert!(
        page.text().contains("the first 2 lines are titles"),
        "{}",
        page.text()
    );
    let (batch, results) = classified(&server, id).await;
    assert_eq!((&batch["classified"], &batch["bad"]), (&json!(2), &json!(0)));
    assert_eq!(
        (&results[0]["Kommentar"], &results[0]["Datum"]),
        (&json!("zu laut"), &json!("03.03.2025"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_say_how_an_upload_is_read() {
    let server = server();
    let table = b"Export;;\nName;Text;Art\nder;Kunde;\nA;zu gro\xdf, zu laut;x\n";
    let settings = [
        ("skip_rows", "1"),
        ("header_rows", "2"),
        ("delimiter", ";"),
        ("encoding", "windows-1252"),
    ];
    let id = server.upload_with("a.csv", table, &settings).await.ok().json()["id"]
        .as_i64()
        .unwrap();
    let (batch, results) = classified(&server, id).await;
    assert_eq!(batch["classified"], 1, "{batch}");
    assert_eq!(results[0]["Text Kunde"], "zu gro\u{df}, zu laut", "{results:?}");
    for (name, value, part) in [
        (
            "skip_rows",
            "-1",
            "`skip_rows` must be a number of rows from 0 to 1000",
        ),
        (
            "skip_rows",
            "1001",
            "`skip_rows` must be a number of rows from 0 to 1000",
        ),
        ("header_rows", "x", "`header_rows` must be a number"),
        ("delimiter", ";;", "`delimiter`: "),
        ("encoding", "utf-9", "`encoding`: "),
        ("member", "a.csv", "it is not a zip archive"),
        ("sheet", "a", "it is not a spreadsheet"),
        ("colour", "red", "unknown part"),
    ] {
        let refused = server.upload_with("a.csv", table, &[(name, value)]).await;
        assert_eq!(refused.status, 400, "{name}={value}: {}", refused.text());
        assert!(
            refused.text().contains(part),
            "{name}={value}: {}",
            refused.text()
        );
    }
    // The largest number of rows is accepted, and then there is no header.
    let refused = server.upload_with("a.csv", table, &[("skip_rows", "1000")]).await;
    assert!(!refused.text().contains("must be a number"), "{}", refused.text());
}
