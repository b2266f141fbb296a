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
    let preview = server
        .get(&format!("/api/v1/batches/{id}/preview"))
        .await
        .ok()
        .json();
    assert_eq!(preview["recognised"], "Label Studio (JSON)");
    assert_eq!(
        (
            &preview["text_field"],
            &preview["label_field"],
            &preview["date_field"]
        ),
        (
            &json!("data.text"),
            &json!("annotations[0].result[from_name=kind].value.choices"),
            &json!("created_at")
        )
    );
    assert_eq!(preview["first_rows"].as_array().unwrap().len(), 5);
    for part in [
        "Label Studio (JSON)",
        "annotations[0].result[from_name=kind].value.choices",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}

/// Files of these tools are converted before they are stored, and their rows do not tell the tool.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_tool_and_labels_as_inspect_does() {
    let server = server();
    let table = "label,text\nbug,It crashes on start\npraise,Love it very much\nbug,It is slow\n";
    let fixture = |name: &str| fs_err::read(feedback_testkit::fixture("tour").join(name)).unwrap();
    for (name, content, recognised, source, label) in [
        (
            "fasttext.txt",
            fixture("fasttext.txt"),
            json!("fastText"),
            "fasttext",
            "label",
        ),
        (
            "rasa.yml",
            fixture("rasa.yml"),
            json!("Rasa (YAML, JSON)"),
            "rasa",
            "intent",
        ),
        ("plain.csv", table.into(), Value::Null, "batch", "label"),
    ] {
        let uploaded = server.upload(name, &content, None).await.ok().json();
        let id = uploaded["id"].as_i64().unwrap();
        let path = format!("/api/v1/batches/{id}/preview");
        let preview = server.get(&path).await.ok().json();
        assert_eq!(
            (
                &preview["recognised"],
                &preview["text_field"],
                &preview["label_field"]
            ),
            (&recognised, &json!("text"), &json!(label)),
            "{name}: {preview}"
        );
        assert_eq!(preview["source"], source, "{name}");
        let (_, results) = classified(&server, id).await;
        assert!(!results.is_empty(), "{name}");
        let stored = server.get("/api/v1/history?limit=1").await.ok().json();
        assert_eq!(stored["items"][0]["source"], source, "{name}");
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

/// Lines and reasons are those of the upload, also after it was converted.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_set_aside_have_their_lines_in_a_compressed_file() {
    let server = server();
    let table = b"id,text\n1,slow\n\n2\n3,\"fine,\nbut slow\"\n4,\n5,good\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, table).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut found = Vec::new();
    for (name, content) in [("a.csv", table.as_slice()), ("a.csv.gz", &gzip)] {
        let id = server.upload(name, content, None).await.ok().json()["id"]
            .as_i64()
            .unwrap();
        let (batch, _) = classified(&server, id).await;
        let bad = server
            .get(&format!("/api/v1/batches/{id}/bad-rows"))
            .await
            .ok()
            .json();
        let bad: Vec<(Value, Value)> = bad
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["line"].clone(), row["reason"].clone()))
            .collect();
        found.push((batch["classified"].clone(), batch["bad"].clone(), bad));
    }
    assert_eq!(found[0], found[1]);
    let lines: Vec<&Value> = found[0].2.iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [&json!(3), &json!(4), &json!(7)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_usable_row_says_why() {
    let server = server();
    for (content, part) in [
        ("", "the file has no rows"),
        ("{\"text\": \"a\"},\n", "a JSON object with a comma after it"),
    ] {
        let refused = server.upload("a.jsonl", content.as_bytes(), None).await;
        assert_eq!(refused.status, 400, "{content}: {}", refused.text());
        assert!(refused.text().contains(part), "{content}: {}", refused.text());
    }
    let uploaded = server
        .upload("a.csv", b"text,n\n,1\n ,2\n", None)
        .await
        .ok()
        .json();
    let (batch, _) = classified(&server, uploaded["id"].as_i64().unwrap()).await;
    let message = batch["message"].as_str().unwrap();
    assert!(message.starts_with("no row could be used; line 2: "), "{batch}");
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_without_a_date_are_counted() {
    let server = server();
    let table = "date,text\n2025-03-24,slow\nsoon,late\n,never\n2025-03-25,fine\n2025-03-26,good\n";
    let uploaded = server.upload("a.csv", table.as_bytes(), None).await.ok().json();
    let (batch, _) = classified(&server, uploaded["id"].as_i64().unwrap()).await;
    let message = batch["message"].as_str().unwrap();
    assert!(
        message.starts_with("2 texts have no date that can be read"),
        "{batch}"
    );
}
