//! What the columns of an uploaded file are for: guessed, chosen, remembered, and what will be set aside.

use serde_json::{Value, json};

use crate::access::with_key;
use crate::help::{Options, Server, keys, multipart, request};
use crate::trainings;

/// Twelve rows with a channel, a plan and labels; one text is empty, one date cannot be read.
fn table() -> String {
    let mut rows = "Nr;Datum;Kommentar;Kanal;Tarif;Kategorie\n".to_owned();
    for row in 1..=12 {
        let text = match row {
            5 => String::new(),
            _ => format!("it is too slow, no {row}"),
        };
        let date = if row == 7 {
            "soon".to_owned()
        } else {
            format!("{row:02}.05.2025")
        };
        let (channel, plan) = (["mail", "app"][row % 2], ["free", "pro"][row / 2 % 2]);
        let label = match row {
            1..=4 => "BUG",
            6 => "pricing",
            _ => "",
        };
        rows += &format!("{row};{date};{text};{channel};{plan};{label}\n");
    }
    rows
}

async fn staged(server: &Server, name: &str, content: &str) -> i64 {
    let staged = server.upload(name, content.as_bytes(), None).await.ok().json();
    assert_eq!(staged["state"], "staged");
    staged["id"].as_i64().unwrap()
}

async fn preview(server: &Server, id: i64) -> Value {
    server
        .get(&format!("/api/v1/batches/{id}/preview"))
        .await
        .ok()
        .json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_says_what_columns_are_for_and_what_will_be_set_aside() {
    let server = Server::new();
    let id = staged(&server, "a.csv", &table()).await;
    let found = preview(&server, id).await;
    for (name, expected) in [
        ("text_field", json!("Kommentar")),
        ("date_field", json!("Datum")),
        ("source_field", json!("Kanal")),
        ("label_field", json!("Kategorie")),
        ("segment_fields", json!(["Tarif"])),
        ("remembered_from", Value::Null),
        ("set_aside", json!(1)),
        ("undated", json!(1)),
    ] {
        assert_eq!(found[name], expected, "{name}: {found:#}");
    }
    assert_eq!(found["first_set_aside"][0]["line"], 6);

    let page = server.page(&format!("/batches/{id}")).await.ok();
    for part in [
        "Kommentar<br><span class=\"tag\">text</span>",
        "Tarif<br><span class=\"tag\">segment</span>",
        "Will be set aside: 1 row of 12.",
        "line 6: ",
        "1 text has no date in <code>Datum</code>",
        "<code>Kategorie</code> seems to have labels",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    // Another text column: another row is set aside, and the page says so before anything starts.
    let other = server
        .page(&format!("/batches/{id}?text_field=Kategorie&date_field="))
        .await
        .ok();
    assert!(
        other.text().contains("Will be set aside: 7 rows of 12."),
        "{}",
        other.text()
    );
    assert!(!other.text().contains("no date in"), "{}", other.text());
    let path = format!("/batches/{id}");
    let fields = [("text_field", "Kategorie"), ("date_field", "")];
    let again = server.submit(&path, &format!("{path}/check"), &fields).await;
    assert_eq!(
        (again.status.as_u16(), again.header("location")),
        (303, format!("{path}?text_field=Kategorie&date_field=").as_str()),
        "without the token of the form"
    );
    // Choices that do not fit are named, and nothing else changes.
    for (query, part) in [
        ("text_field=absent", "`text_field` is not a column of the file."),
        (
            "text_field=Kommentar&label_field=Kommentar",
            "are the same column.",
        ),
    ] {
        let page = server.page(&format!("{path}?{query}")).await.ok();
        assert!(page.text().contains(part), "{query}: {}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessed_roles_are_used_and_labels_only_if_they_are_chosen() {
    let server = Server::new();
    let id = staged(&server, "a.csv", &table()).await;
    server
        .post(&format!("/api/v1/batches/{id}/start"), json!({}))
        .await
        .ok();
    let done = server.ended(id).await;
    assert_eq!((&done["classified"], &done["bad"]), (&json!(11), &json!(1)));
    let by = |what: &str| format!("/api/v1/breakdown?by={what}");
    let sources = server.get(&by("source")).await.ok().json();
    assert_eq!(sources["groups"][0]["value"], "app", "{sources:#}");
    assert_eq!(sources["groups"].as_array().unwrap().len(), 2);
    let none = server.get("/api/v1/corrections").await.ok().json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_people_become_corrections_and_new_labels_are_added() {
    let server = Server::new();
    let id = staged(&server, "a.csv", &table()).await;
    let body = json!({"label_field": "Kategorie", "source_field": ""});
    server
        .post(&format!("/api/v1/batches/{id}/start"), body)
        .await
        .ok();
    server.ended(id).await;
    let corrections = server.get("/api/v1/corrections").await.ok().json();
    let items = corrections["items"].as_array().unwrap();
    let labels: Vec<&Value> = items.iter().map(|item| &item["label"]).collect();
    assert_eq!(
        labels,
        ["bug", "bug", "bug", "bug", "pricing"],
        "as the model spells it; new ones as the file does"
    );
    let known = server.get("/api/v1/labels").await.ok().json();
    assert!(known.to_string().contains("pricing"), "{known}");
    let audit = server.get("/api/v1/audit").await.ok().json();
    let actions: Vec<&str> = audit["items"]
        .as_array()
        .unwrap_or_else(|| audit.as_array().unwrap())
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert!(
        actions.contains(&"batch.labels") && actions.contains(&"label.add"),
        "{actions:?}"
    );

    // The next file with the same columns is read in the same way.
    let id = staged(&server, "b.csv", &table().replace("pricing", "\"bug; praise\"")).await;
    let found = preview(&server, id).await;
    assert_eq!(
        (&found["remembered_from"], &found["source_field"]),
        (&json!("a.csv"), &Value::Null)
    );
    let page = server.page(&format!("/batches/{id}")).await.ok();
    assert!(
        page.text().contains("The columns are used as for"),
        "{}",
        page.text()
    );
    server
        .post(&format!("/api/v1/batches/{id}/start"), json!({}))
        .await
        .ok();
    // Four more labels; the cell that cannot be a label is named, and its text is classified all the same.
    let done = server.ended(id).await;
    assert_eq!(done["classified"], 11);
    let message = done["message"].as_str().unwrap();
    assert!(
        message.contains("1 rows have unusable labels, such as `bug; praise` in line 7"),
        "{message}"
    );
    let corrections = server.get("/api/v1/corrections").await.ok().json();
    assert_eq!(corrections["items"].as_array().unwrap().len(), 9);

    // A file that nobody chose columns for is no example for the next one.
    let other = table().replace("Tarif", "Plan");
    for _ in 0..2 {
        let id = staged(&server, "c.csv", &other).await;
        let found = preview(&server, id).await;
        assert_eq!(found["remembered_from"], Value::Null);
        server
            .post(&format!("/api/v1/batches/{id}/start"), json!({}))
            .await
            .ok();
        server.ended(id).await;
    }
    let again = server
        .post(
            &format!("/api/v1/batches/{id}/start"),
            json!({"label_field": "Tarif"}),
        )
        .await;
    again.problem(409, "conflict");
    let known = server.get("/api/v1/labels").await.ok().json();
    assert!(
        !known.to_string().contains("\"pro\""),
        "no label of a file that has ended: {known}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn new_labels_are_added_all_or_none() {
    let server = Server::new();
    let rows: String = (0..120).map(|row| format!("text {row},topic {row}\n")).collect();
    let id = staged(&server, "a.csv", &format!("text,topic\n{rows}")).await;
    let path = format!("/api/v1/batches/{id}/start");
    let refused = server.post(&path, json!({"label_field": "topic"})).await;
    refused.problem(400, "invalid_request");
    assert!(
        refused
            .text()
            .contains("the file has 120 new labels; 100 more can be added"),
        "{}",
        refused.text()
    );
    let known = server.get("/api/v1/labels").await.ok().json();
    assert!(!known.to_string().contains("topic"), "{known}");
    // Names that differ only in case are one label.
    let rows = "text,topic\na b,Pricing\nc d,pricing\ne f,Pricing\n";
    let id = staged(&server, "b.csv", rows).await;
    let body = json!({"text_field": "text", "label_field": "topic"});
    server
        .post(&format!("/api/v1/batches/{id}/start"), body)
        .await
        .ok();
    server.ended(id).await;
    let found = server
        .get("/api/v1/breakdown?by=source&corrected=true")
        .await
        .ok()
        .json();
    let labels = found["groups"][0]["labels"].as_array().unwrap();
    assert_eq!((labels.len(), &labels[0]["texts"]), (1, &json!(3)), "{found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_without_labels_is_refused_as_one() {
    let server = Server::new();
    let rows: String = (0..300).map(|row| format!("text {row},name {row}\n")).collect();
    let id = staged(&server, "a.csv", &format!("text,name\n{rows}")).await;
    let path = format!("/api/v1/batches/{id}/start");
    for (field, part) in [
        ("name", "more than 200 different values"),
        ("text", "the same column"),
        ("absent", "not a column"),
    ] {
        let refused = server.post(&path, json!({ "label_field": field })).await;
        refused.problem(400, "invalid_request");
        assert!(refused.text().contains(part), "{}", refused.text());
    }
    let known = server.get("/api/v1/labels").await.ok().json();
    assert!(
        !known.to_string().contains("name 1"),
        "nothing was added: {known}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_lines_are_texts() {
    let server = Server::new();
    let lines = "it crashes\tbug\r\n\r\n  it is too slow\tbug  \n";
    let answer = server
        .submit("/batches", "/batches/paste", &[("text", lines)])
        .await;
    assert_eq!(answer.status, 303);
    let id: i64 = answer
        .header("location")
        .rsplit('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let done = server.ended(id).await;
    assert_eq!((&done["classified"], &done["bad"]), (&json!(2), &json!(0)));
    let history = server.get("/api/v1/history").await.ok().json();
    assert_eq!(history["items"][0]["text"], "it is too slow\tbug");
    assert_eq!(history["items"][0]["undated"], true);
    let empty = server
        .submit("/batches", "/batches/paste", &[("text", " \n ")])
        .await;
    assert_eq!(empty.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_file_is_uploaded_for_a_training() {
    let server = trainings::server(&[]);
    let page = server.page("/train").await.ok();
    let token = page.token().to_owned();
    assert!(page.text().contains("Upload a labelled file"), "{}", page.text());
    let fields = [("csrf", token.as_str()), ("for_training", "1")];
    let (kind, body) = multipart("a.csv", table().as_bytes(), &fields);
    let request = request("POST", "/batches")
        .header("content-type", kind)
        .header("cookie", page.cookie("feedback_visitor").unwrap())
        .header("accept", "text/html")
        .body(body.into())
        .unwrap();
    let sent = server.send(request).await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let to = sent.header("location").to_owned();
    assert!(to.ends_with("?for_training=1"), "{to}");
    let choose = server.page(&to).await.ok();
    assert!(
        choose.text().contains("<option value=\"Kategorie\" selected>"),
        "{}",
        choose.text()
    );
    let start = format!("{}/start", to.split('?').next().unwrap());
    let without = [
        ("text_field", "Kommentar"),
        ("label_field", ""),
        ("for_training", "1"),
    ];
    assert_eq!(server.submit(&to, &start, &without).await.status, 400);
    let with = [
        ("text_field", "Kommentar"),
        ("label_field", "Kategorie"),
        ("for_training", "1"),
    ];
    let started = server.submit(&to, &start, &with).await;
    assert_eq!(
        (started.status.as_u16(), started.header("location")),
        (303, "/train?file=1")
    );
    server.ended(1).await;
    let train = server.page("/train?file=1").await.ok();
    assert!(
        train.text().contains("was read: 11 texts, 1 rows set aside"),
        "{}",
        train.text()
    );
    assert!(
        train.text().contains("texts that people labelled here (5)"),
        "{}",
        train.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_files_alone_gives_no_labels() {
    let folder = tempfile::tempdir().unwrap();
    let name = "0123456789abcdef0123456789abcdef";
    let server = Server::with(Options {
        keys: Some(keys(
            folder.path(),
            &format!("{name} name=files role=label scopes=batches\n"),
        )),
        ..Options::default()
    });
    let (kind, body) = multipart("a.csv", table().as_bytes(), &[]);
    let upload = request("POST", "/api/v1/batches")
        .header("authorization", format!("bearer {name}"))
        .header("content-type", kind);
    let staged = server.send(upload.body(body.into()).unwrap()).await.ok().json();
    let path = format!("/api/v1/batches/{}/start", staged["id"]);
    let body = json!({"label_field": "Kategorie"}).to_string();
    let refused = with_key(&server, name, "POST", &path, &body).await;
    refused.problem(403, "forbidden");
    with_key(&server, name, "POST", &path, "{}").await.ok();
}
