//! Batches: classification of files.

use feedback_store::{BatchStore, SqliteStore};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Row, RowAccessor};
use serde_json::{Value, json};

use crate::help::{Options, Server, multipart};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_back_with_all_its_fields_and_the_results() {
    let server = Server::new();
    let mut csv = "id;body;stars\n".to_owned();
    for index in 0..300 {
        csv += &format!(
            "{index};\"text number {index}; with a semicolon\";{}\n",
            index % 5
        );
    }
    csv += "broken row\n300;;1\n301;last;2\n";
    let staged = server
        .upload("reviews.csv", csv.as_bytes(), None)
        .await
        .ok()
        .json();
    assert_eq!(
        (&staged["state"], &staged["total_rows"]),
        (&json!("staged"), &json!(303))
    );
    let id = staged["id"].as_i64().unwrap();
    server
        .get(&format!("/api/v1/batches/{id}/results"))
        .await
        .problem(409, "conflict");
    let start = format!("/api/v1/batches/{id}/start");
    server
        .post(&start, json!({ "text_field": "absent" }))
        .await
        .problem(400, "invalid_request");
    server.post(&start, json!({ "text_field": "body" })).await.ok();
    server
        .post(&start, json!({ "text_field": "body" }))
        .await
        .problem(409, "conflict");
    let batch = server.ended(id).await;
    assert_eq!(
        (
            &batch["state"],
            &batch["classified"],
            &batch["bad"],
            &batch["position"]
        ),
        (&json!("done"), &json!(301), &json!(2), &json!(303))
    );
    let bad = server
        .get(&format!("/api/v1/batches/{id}/bad-rows"))
        .await
        .ok()
        .json();
    assert_eq!((&bad[0]["line"], &bad[1]["line"]), (&json!(302), &json!(303)));

    let jsonl = server.get(&format!("/api/v1/batches/{id}/results")).await.ok();
    assert_eq!(
        jsonl.header("content-disposition"),
        "attachment; filename=\"reviews-classified.jsonl\""
    );
    let rows: Vec<Value> = jsonl
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 301);
    assert_eq!((&rows[7]["id"], &rows[7]["stars"]), (&json!("7"), &json!("2")));
    assert_eq!(rows[300]["body"], "last");
    let alone = json!({ "text": rows[7]["body"], "store": false });
    let alone = server.post("/api/v1/classify", alone).await.ok().json();
    let difference =
        alone["predictions"][0]["confidence"].as_f64().unwrap() - rows[7]["confidence"].as_f64().unwrap();
    assert!(difference.abs() < 1e-5, "{difference}");

    let csv = server
        .get(&format!("/api/v1/batches/{id}/results?format=csv"))
        .await
        .ok();
    let mut lines = csv.text().lines();
    assert_eq!(
        lines.next().unwrap(),
        "id;body;stars;predicted_label;confidence;abstained;corrected_label;truncated"
    );
    assert_eq!(lines.count(), 301);

    let sheet = server
        .get(&format!("/api/v1/batches/{id}/results?format=xlsx"))
        .await
        .ok();
    let mut body = feedback_dataset::read::ReadOptions::default();
    body.text_field = "body".into();
    let sheet = feedback_formats::from_bytes(
        sheet.body.to_vec(),
        "a.xlsx",
        &body,
        &feedback_formats::Limits::default(),
    );
    let sheet: Vec<_> = sheet.unwrap().reader.map(|row| row.unwrap().record).collect();
    assert_eq!(sheet.len(), 301);
    assert_eq!(sheet[7].text(), rows[7]["body"].as_str().unwrap());
    assert_eq!(sheet[7].get("confidence"), rows[7].get("confidence"));

    let parquet = server
        .get(&format!("/api/v1/batches/{id}/results?format=parquet"))
        .await
        .ok();
    let table = SerializedFileReader::new(parquet.body.clone()).unwrap();
    let table: Vec<Row> = table.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let names: Vec<&str> = table[0]
        .get_column_iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        names.join(","),
        "id,body,stars,predicted_label,confidence,abstained,corrected_label,truncated,scores"
    );
    assert_eq!(table.len(), 301);
    for (row, expected) in table.iter().zip(&rows) {
        assert_eq!(row.get_string(1).unwrap(), expected["body"].as_str().unwrap());
        assert_eq!(
            row.get_string(3).unwrap(),
            expected["predicted_label"].as_str().unwrap()
        );
        let difference = row.get_double(4).unwrap() - expected["confidence"].as_f64().unwrap();
        assert!(difference.abs() < 1e-12, "{difference}"); // JSON may round the last bit
        assert!(!row.get_bool(7).unwrap());
        let scores: Value = serde_json::from_str(row.get_string(8).unwrap()).unwrap();
        assert_eq!(
            scores.as_array().unwrap().len(),
            expected["scores"].as_array().unwrap().len()
        );
        assert!(row.get_string(6).is_err(), "the row has no correction");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_and_times_of_records_are_kept() {
    let server = Server::new();
    let rows = "{\"text\": \"a\", \"source\": \"mail\", \"created_at\": \"2025-03-01T10:00:00Z\"}\n{\"text\": \"b\"}\n";
    let id = server
        .upload("a.jsonl", rows.as_bytes(), Some("text"))
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    server.ended(id).await;
    let items = server.get("/api/v1/history").await.ok().json();
    let first = &items["items"][1];
    assert_eq!(
        (&first["source"], &first["at"], &first["batch_row"]),
        (&json!("mail"), &json!("2025-03-01T10:00:00Z"), &json!(0))
    );
    assert_eq!(items["items"][0]["source"], "batch");
}

#[tokio::test(flavor = "multi_thread")]
async fn unusable_files_are_refused() {
    let server = Server::new();
    server
        .upload("a.pdf", b"%PDF-1.7", None)
        .await
        .problem(415, "unsupported_media_type");
    server
        .upload("a.csv", b"", None)
        .await
        .problem(400, "invalid_request");
    server
        .upload("a.csv", b"text\n", None)
        .await
        .problem(400, "invalid_request");
    server
        .upload("a.jsonl", b"[\"a\"]\n", None)
        .await
        .problem(400, "invalid_request");
    server
        .upload("a.csv", b"text\nhello\n", Some("absent"))
        .await
        .problem(400, "invalid_request");
    server
        .post_raw("/api/v1/batches", "text/csv", "text\nhi\n")
        .await
        .problem(415, "unsupported_media_type");
    assert_eq!(server.get("/api/v1/batches").await.json(), json!([]));
    let left: Vec<_> = fs_err::read_dir(server.state_dir().join("uploads"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_cancelled_and_removed() {
    let server = Server::new();
    let rows =
        "some text that takes a while to classify, repeated so that there is work to do\n".repeat(20_000);
    let id = server
        .upload("a.txt", rows.as_bytes(), Some("text"))
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    let path = format!("/api/v1/batches/{id}");
    loop {
        let batch = server.get(&path).await.json();
        if batch["classified"].as_i64().unwrap() > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    server.delete(&path).await.problem(409, "conflict");
    let cancelled = server
        .post(&format!("{path}/cancel"), json!({}))
        .await
        .ok()
        .json();
    assert_eq!(cancelled["state"], "cancelled");
    server
        .post(&format!("{path}/cancel"), json!({}))
        .await
        .problem(409, "conflict");
    let done = server.get(&path).await.json()["classified"].as_i64().unwrap();
    assert!(done > 0 && done < 20_000, "{done}");
    assert_eq!(
        server
            .get(&format!("{path}/results"))
            .await
            .ok()
            .text()
            .lines()
            .count() as i64,
        done
    );
    assert_eq!(server.delete(&path).await.status, 204);
    server.get(&path).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_loses_and_repeats_nothing() {
    let mut server = Server::new();
    let rows: String = (0..3_000).map(|index| format!("text number {index}\n")).collect();
    let id = server
        .upload("a.txt", rows.as_bytes(), Some("text"))
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    for _ in 0..3 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        server = server.restarted(Options::default());
    }
    let batch = server.ended(id).await;
    assert_eq!(
        (&batch["state"], &batch["classified"]),
        (&json!("done"), &json!(3_000))
    );
    let results = server.get(&format!("/api/v1/batches/{id}/results")).await.ok();
    let texts = results.text().lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["text"].as_str().unwrap().to_owned()
    });
    assert!(texts.eq((0..3_000).map(|index| format!("text number {index}"))));
}

/// An export of Google Play in UTF-16, where ratings without a review have no text.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_an_app_store_is_recognised() {
    let server = Server::new();
    let table = "Package Name,Reviewer Language,Review Submit Date and Time,Star Rating,Review Title,Review Text\n\
                 com.example,de,2025-03-01T10:00:00Z,1,Hm,st\u{fc}rzt st\u{e4}ndig ab\n\
                 com.example,en,2025-03-02T10:00:00Z,5,,\n";
    let mut file = vec![0xff, 0xfe];
    file.extend(table.encode_utf16().flat_map(u16::to_le_bytes));
    let staged = server.upload("reviews_202503.csv", &file, None).await.ok().json();
    let id = staged["id"].as_i64().unwrap();
    let page = server.page(&format!("/batches/{id}")).await.ok();
    assert!(page.text().contains("Google Play Console, reviews"));
    assert!(
        page.text().contains("<option value=\"Review Text\" selected>"),
        "{}",
        page.text()
    );
    let path = format!("/batches/{id}");
    let started = server
        .submit(&path, &format!("{path}/start"), &[("text_field", "Review Text")])
        .await;
    assert_eq!(started.status, 303);
    let batch = server.ended(id).await;
    assert_eq!(
        (&batch["state"], &batch["classified"], &batch["bad"]),
        (&json!("done"), &json!(1), &json!(1))
    );
    let item = &server.get("/api/v1/history").await.ok().json()["items"][0];
    assert_eq!(
        (&item["text"], &item["source"], &item["at"]),
        (
            &json!("st\u{fc}rzt st\u{e4}ndig ab"),
            &json!("google-play"),
            &json!("2025-03-01T10:00:00Z")
        )
    );
}

/// Simulates rows that have killed the server again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_kills_the_server_again_and_again_fails_and_names_the_row() {
    let server = Server::new();
    let first = server
        .upload("a.csv", b"text\nfine\n", Some("text"))
        .await
        .ok()
        .json();
    server.ended(first["id"].as_i64().unwrap()).await;
    let server = server.restarted_after(|state| {
        let store = SqliteStore::open(&state.join("feedback.sqlite")).unwrap();
        let known = store.batch(first["id"].as_i64().unwrap()).unwrap().unwrap();
        let id = store.create_batch(known.upload).unwrap();
        for _ in 0..5 {
            store.count_attempt(id).unwrap();
        }
    });
    let batch = server.ended(first["id"].as_i64().unwrap() + 1).await;
    assert_eq!(batch["state"], "failed");
    let message = batch["message"].as_str().unwrap();
    assert!(
        message.contains("5 times within 8 rows of the file, from row 1"),
        "{message}"
    );
    server.get("/readyz").await.ok();
}

/// Simulates a restored backup that contains the database but not the uploaded files.
#[tokio::test(flavor = "multi_thread")]
async fn results_of_a_batch_without_its_file_are_refused() {
    let server = Server::new();
    let batch = server
        .upload("a.csv", b"text\nfine\n", Some("text"))
        .await
        .ok()
        .json();
    server.ended(batch["id"].as_i64().unwrap()).await;
    let staged = server.upload("b.csv", b"text\nfine\n", None).await.ok().json();
    let server = server.restarted_after(|state| fs_err::remove_dir_all(state.join("uploads")).unwrap());
    for one in [&batch, &staged] {
        server.page(&format!("/batches/{}", one["id"])).await.ok();
    }
    let results = server
        .get(&format!("/api/v1/batches/{}/results?format=csv", batch["id"]))
        .await;
    results.problem(409, "conflict");
}

/// Numbers and booleans do not become text, whatever the file was.
#[tokio::test(flavor = "multi_thread")]
async fn results_as_parquet_keep_the_types_of_json() {
    let server = Server::new();
    let lines = "{\"text\":\"slow\",\"stars\":2,\"paid\":true,\"score\":0.5,\"zip\":\"01067\"}\n\
                 {\"text\":\"fine\",\"stars\":5,\"paid\":false,\"score\":1,\"zip\":\"2\"}\n";
    let staged = server.upload("a.jsonl", lines.as_bytes(), None).await.ok().json();
    let id = staged["id"].as_i64().unwrap();
    server
        .post(&format!("/api/v1/batches/{id}/start"), json!({}))
        .await
        .ok();
    server.ended(id).await;
    let results = |format: &str| format!("/api/v1/batches/{id}/results?format={format}");
    let parquet = server.get(&results("parquet")).await.ok();
    let table = SerializedFileReader::new(parquet.body.clone()).unwrap();
    let rows: Vec<Row> = table.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let first = &rows[0];
    assert_eq!(
        (first.get_long(1).unwrap(), first.get_bool(2).unwrap()),
        (2, true)
    );
    assert_eq!(
        (
            rows[1].get_double(3).unwrap(),
            first.get_string(4).unwrap().as_str()
        ),
        (1.0, "01067")
    );
    let array = server.get(&results("json")).await.ok();
    assert_eq!(array.header("content-type"), "application/json");
    assert_eq!(array.json()[1]["score"], 1);
}

/// Also a table that was converted because it was compressed, or because it has a title.
#[tokio::test(flavor = "multi_thread")]
async fn results_as_csv_have_the_delimiter_and_the_mark_of_the_upload() {
    let server = Server::new();
    let plain = "\u{feff}id;text;note\n1;slow;\"a;b\"\n2;fine;c\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, plain.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let titled = plain.replace('\u{feff}', "Reviews of March;;\n;;\n");
    for (name, content, mark) in [
        ("a.csv", plain.as_bytes(), "\u{feff}"),
        ("b.csv.gz", &gzip, "\u{feff}"),
        ("c.csv", titled.as_bytes(), ""),
    ] {
        let staged = server.upload(name, content, None).await.ok().json();
        let id = staged["id"].as_i64().unwrap();
        let start = format!("/api/v1/batches/{id}/start");
        server.post(&start, json!({})).await.ok();
        server.ended(id).await;
        let results = format!("/api/v1/batches/{id}/results?format=csv");
        let found = server.get(&results).await.ok();
        let found = found.text();
        let first = format!("{mark}id;text;note;predicted_label;");
        assert!(found.starts_with(&first), "{name}: {found}");
        assert!(found.contains("\n1;slow;\"a;b\";"), "{name}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spreadsheets_parquet_and_compressed_files_are_read() {
    let server = Server::new();
    let formats = feedback_testkit::fixture("formats");
    for name in [
        "sheets.xlsx",
        "table.xls",
        "table.ods",
        "table.parquet",
        "table.csv.gz",
        "table.jsonl.zip",
    ] {
        let content = fs_err::read(formats.join(name)).unwrap();
        let staged = server.upload(name, &content, None).await.ok().json();
        let id = staged["id"].as_i64().unwrap();
        server
            .post(&format!("/api/v1/batches/{id}/start"), json!({}))
            .await
            .ok();
        let batch = server.ended(id).await;
        assert_eq!(batch["state"], "done", "{name}: {batch}");
        let rows = if name == "sheets.xlsx" { 4 } else { 8 };
        assert_eq!(
            batch["classified"].as_u64().unwrap() + batch["bad"].as_u64().unwrap(),
            rows,
            "{name}: {batch}"
        );
        let notes = batch["notes"].as_array().unwrap();
        // One has several sheets, the others an integer that a spreadsheet rounds.
        let has_notes = ["sheets.xlsx", "table.xls", "table.ods"].contains(&name);
        assert_eq!(!notes.is_empty(), has_notes, "{name}: {notes:?}");
    }
    let content = fs_err::read(formats.join("sheets.xlsx")).unwrap();
    let with_sheet = async |sheet: &str| {
        let (kind, body) = multipart("sheets.xlsx", &content, &[("sheet", sheet)]);
        server.post_raw("/api/v1/batches", &kind, body).await
    };
    let staged = with_sheet("Old").await.ok().json();
    assert_eq!(staged["total_rows"], 199, "{staged}");
    let refused = with_sheet("Older").await;
    refused.problem(400, "invalid_request");
    assert!(refused.text().contains("`Tickets`"), "{}", refused.text());
    let bomb = fs_err::read(formats.join("bomb.gz")).unwrap();
    let refused = server.upload("bomb.csv.gz", &bomb, None).await;
    refused.problem(400, "invalid_request");
    let detail = refused.json()["detail"].to_string();
    assert!(detail.contains("decompression bomb"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_are_read_in_the_order_of_the_whole_column() {
    let server = Server::new();
    let csv = "Datum;text\n03.05.2025;one\n25.05.2025;two\n\"1741168800\";three\nsoon;four\n";
    let staged = server
        .upload("a.csv", csv.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    server.ended(staged["id"].as_i64().unwrap()).await;
    let items = server.get("/api/v1/history").await.ok().json();
    let at = |text: &str| {
        let items = items["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["text"] == text).unwrap();
        item["at"].as_str().unwrap().to_owned()
    };
    assert_eq!(at("one"), "2025-05-03T00:00:00Z");
    assert_eq!(at("two"), "2025-05-25T00:00:00Z");
    assert_eq!(at("three"), "2025-03-05T10:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_column_and_the_order_of_dates_can_be_chosen() {
    let server = Server::new();
    let csv = "When;Until;text\n03/05/2025;2025-06-01;one\n04/05/2025;2025-07-01;two\n";
    let at = async |request: Value| {
        let staged = server.upload("a.csv", csv.as_bytes(), None).await.ok().json();
        let id = staged["id"].as_i64().unwrap();
        server
            .post(&format!("/api/v1/batches/{id}/start"), request)
            .await
            .ok();
        server.ended(id).await;
        let items = server.get("/api/v1/history?limit=2").await.ok().json();
        let item = &items["items"][1];
        assert_eq!(item["text"], "one");
        match item["undated"].as_bool().unwrap() {
            true => "none".to_owned(),
            false => item["at"].as_str().unwrap()[..10].to_owned(),
        }
    };
    assert_eq!(
        at(json!({"date_field": "When"})).await,
        "none",
        "both orders are possible"
    );
    assert_eq!(
        at(json!({"date_field": "When", "date_order": "day-first"})).await,
        "2025-05-03"
    );
    assert_eq!(
        at(json!({"date_field": "When", "date_order": "month-first"})).await,
        "2025-03-05"
    );
    assert_eq!(at(json!({"date_field": "Until"})).await, "2025-06-01");
    assert_eq!(at(json!({"date_field": ""})).await, "none");
    let staged = server.upload("a.csv", csv.as_bytes(), None).await.ok().json();
    let path = format!("/batches/{}", staged["id"]);
    let page = server.page(&path).await.ok();
    assert!(page.text().contains("name=\"date_order\""), "{}", page.text());
    for wrong in [
        json!({"date_field": "absent"}),
        json!({"date_order": "year-first"}),
    ] {
        let start = format!("/api/v1{path}/start");
        server.post(&start, wrong).await.problem(400, "invalid_request");
    }
    let fields = [
        ("text_field", "text"),
        ("date_field", "When"),
        ("date_order", "day-first"),
    ];
    let started = server.submit(&path, &format!("{path}/start"), &fields).await;
    assert_eq!(started.status, 303);
    server.ended(staged["id"].as_i64().unwrap()).await;
    let items = server.get("/api/v1/history?limit=1").await.ok().json();
    assert_eq!(items["items"][0]["at"], "2025-05-04T00:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_uploaded_again_is_recognised_and_removed_with_its_texts() {
    let server = Server::new();
    let csv = b"text\nslow\nnice\n";
    let first = server.upload("a.csv", csv, Some("text")).await.ok().json();
    server.ended(first["id"].as_i64().unwrap()).await;
    let again = server.upload("renamed.csv", csv, None).await.ok().json();
    let again = format!("/batches/{}", again["id"]);
    let page = server.page(&again).await.ok();
    assert!(
        page.text().contains("The same file was uploaded before"),
        "{}",
        page.text()
    );
    let other = server
        .upload("a.csv", b"text\nslow\nfine\n", None)
        .await
        .ok()
        .json();
    let other = server.page(&format!("/batches/{}", other["id"])).await.ok();
    assert!(!other.text().contains("uploaded before"));
    let removed = server
        .submit(
            &again,
            &format!("/batches/{}/delete", first["id"]),
            &[("texts", "1")],
        )
        .await;
    assert_eq!(removed.status, 303);
    assert_eq!(server.get("/api/v1/history").await.json()["items"], json!([]));
    assert_eq!(
        server.page(&format!("/batches/{}", first["id"])).await.status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_a_known_token_abstain_and_are_counted() {
    let server = Server::new();
    let body = json!({ "text": "ༀ ༁", "store": false });
    let one = server.post("/api/v1/classify", body).await.ok().json();
    assert_eq!(one["predictions"][0]["abstained"], true, "{one}");
    assert_eq!(one["predictions"][0]["abstain_reason"], "no_known_token", "{one}");
    let csv = "text\nthe app crashes\nༀ ༁\nༀ\n";
    let staged = server
        .upload("a.csv", csv.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    let batch = server.ended(staged["id"].as_i64().unwrap()).await;
    let message = batch["message"].as_str().unwrap();
    assert!(
        message.starts_with("2 rows have no token that the model knows"),
        "{batch}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_texts_is_not_started_with_its_first_column() {
    let server = Server::new();
    let staged = server
        .upload("a.csv", b"id,score\n1,5\n2,4\n3,5\n", None)
        .await
        .ok()
        .json();
    let start = format!("/api/v1/batches/{}/start", staged["id"]);
    let refused = server.post(&start, json!({})).await;
    refused.problem(400, "invalid_request");
    assert!(
        refused.text().contains("`text_field`: id, score"),
        "{}",
        refused.text()
    );
    server.post(&start, json!({ "text_field": "score" })).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_results_replace_are_named() {
    let server = Server::new();
    let table = b"text,confidence,label\nslow,0.4,bug\nfine,0.9,praise\n";
    let staged = server.upload("a.csv", table, None).await.ok().json();
    let notes = staged["notes"].to_string();
    assert!(
        notes.contains("`confidence`") && !notes.contains("`label`"),
        "{staged}"
    );
}

/// JSON is UTF-8: a row in another encoding is set aside, and nothing says that it was read.
#[tokio::test(flavor = "multi_thread")]
async fn notes_about_the_encoding_are_true() {
    let server = Server::new();
    let rows = b"{\"text\": \"fine\"}\n{\"text\": \"gr\xfc\xdfe\"}\n{\"text\": \"good\"}\n";
    let staged = server.upload("a.jsonl", rows, Some("text")).await.ok().json();
    assert!(!staged["notes"].to_string().contains("windows-1252"), "{staged}");
    let batch = server.ended(staged["id"].as_i64().unwrap()).await;
    assert_eq!((&batch["classified"], &batch["bad"]), (&json!(2), &json!(1)));
}
