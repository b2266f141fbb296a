//! The fields of records beside their texts: kept, shown, filtered, counted and exported.

use serde_json::{Value, json};

use crate::help::Server;

/// The texts have the labels that the tiny model gives them; only the fields matter here.
async fn filled() -> Server {
    let server = Server::new();
    let csv = "Id;Datum;Kommentar;Sterne;Tarif\n\
               007;03.05.2025;slow;1;pro\n\
               008;25.05.2025;\"nice, really\";5;free\n\
               009;;broken since the update;2;pro\n\
               010;26.05.2025;fine;4;\n";
    upload(&server, "a.csv", csv, "Kommentar").await;
    let rows = "{\"text\":\"one\",\"plan\":\"pro\",\"id\":123456789012345678901,\"score\":1.50}\n\
                {\"text\":\"two\",\"model\":\"X200\",\"tags\":[\"a\"]}\n";
    upload(&server, "b.jsonl", rows, "text").await;
    server
}

async fn upload(server: &Server, name: &str, content: &str, text_field: &str) -> i64 {
    let staged = server
        .upload(name, content.as_bytes(), Some(text_field))
        .await
        .ok();
    let id = staged.json()["id"].as_i64().unwrap();
    assert_eq!(server.ended(id).await["state"], "done");
    id
}

async fn texts(server: &Server, query: &str) -> Vec<String> {
    let page = server.get(&format!("/api/v1/history?{query}")).await.ok().json();
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_kept_as_it_came_in() {
    let server = filled().await;
    let answer = server.get("/api/v1/history").await.ok();
    assert!(
        answer
            .text()
            .contains("\"id\":123456789012345678901,\"score\":1.50"),
        "digits are kept: {}",
        answer.text()
    );
    let first = &answer.json()["items"][5];
    assert_eq!(
        first["fields"],
        json!({"Id": "007", "Datum": "03.05.2025", "Sterne": "1", "Tarif": "pro"})
    );
    assert_eq!(
        (&first["at"], &first["undated"]),
        (&json!("2025-05-03T00:00:00Z"), &json!(false))
    );
    let undated = &answer.json()["items"][3];
    assert_eq!(
        (&undated["text"], &undated["undated"]),
        (&json!("broken since the update"), &json!(true))
    );
    let page = server.page("/history").await.ok();
    assert!(
        page.text().contains("<dt>Sterne</dt><dd>1</dd>"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("no date"));
    let dashboard = server.page("/dashboard").await.ok();
    assert!(dashboard.text().contains("because no date can be read: 3 texts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_field_filters() {
    let server = filled().await;
    for (query, expected) in [
        ("field[Tarif]=pro", &["broken since the update", "slow"][..]),
        ("field%5BTarif%5D=pro&field[Sterne]=1", &["slow"]),
        ("field[Tarif]=%E2%88%85&field[Sterne]=4", &["fine"]),
        (
            "field[Tarif]=",
            &[
                "two",
                "one",
                "fine",
                "broken since the update",
                "nice, really",
                "slow",
            ],
        ),
        ("field[id]=123456789012345678901", &["one"]),
        ("field[tags]=%5B%22a%22%5D", &["two"]),
        ("field[absent]=1", &[]),
        ("from=2025-01-01&to=2030-01-01", &["fine", "nice, really", "slow"]),
    ] {
        assert_eq!(texts(&server, query).await, expected, "{query}");
    }
    for wrong in [
        "feild[Tarif]=pro",
        "field[Tarif=pro",
        "lable=bug",
        "field[Tarif]=pro&field[Tarif]=free",
        "label=bug&label=praise",
    ] {
        let path = format!("/api/v1/history?{wrong}");
        server.get(&path).await.problem(400, "invalid_request");
        let path = format!("/api/v1/reports?{wrong}");
        assert_ne!(server.post(&path, json!({})).await.status, 202, "{wrong}");
        assert_eq!(server.page(&format!("/history/export?{wrong}")).await.status, 400);
        assert_eq!(
            server.page(&format!("/explore?by=Tarif&{wrong}")).await.status,
            400
        );
    }
    server
        .get("/api/v1/breakdown?by=absent")
        .await
        .problem(400, "invalid_request");
    let many: String = (0..11).map(|n| format!("field[f{n}]=1&")).collect();
    server
        .get(&format!("/api/v1/history?{many}"))
        .await
        .problem(400, "invalid_request");
    let page = server.page("/history?field[Tarif]=pro").await.ok();
    assert!(page.text().contains("2 texts"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_exported_with_the_fields_of_all_records() {
    let server = filled().await;
    let csv = server.get("/history/export?format=csv").await.ok();
    let lines: Vec<&str> = csv.text().lines().collect();
    assert_eq!(
        lines[0],
        "id,at,undated,source,text,predicted_label,corrected_label,confidence,unfamiliarity,model,field[model],tags,plan,id.2,score,\
         Id,Datum,Sterne,Tarif"
            .replace("id.2", "field[id]")
    );
    assert_eq!(lines.len(), 7);
    assert!(lines[1].ends_with(",X200,\"[\"\"a\"\"]\",,,,,,,"), "{}", lines[1]);
    assert!(
        lines[2].ends_with(",,,pro,123456789012345678901,1.50,,,,"),
        "{}",
        lines[2]
    );
    assert!(lines[6].ends_with(",,,,,,007,03.05.2025,1,pro"), "{}", lines[6]);
    let only = server
        .get("/history/export?format=csv&field[Tarif]=pro")
        .await
        .ok();
    assert_eq!(only.text().lines().count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_a_batch_has_the_fields_of_all_records() {
    let server = Server::new();
    let rows = "{\"text\":\"one\",\"plan\":\"pro\"}\n{\"text\":\"two\",\"stars\":3}\n";
    let id = upload(&server, "b.jsonl", rows, "text").await;
    let csv = server
        .get(&format!("/api/v1/batches/{id}/results?format=csv"))
        .await
        .ok();
    let lines: Vec<&str> = csv.text().lines().collect();
    assert!(
        lines[0].starts_with("text,plan,stars,predicted_label"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("one,pro,,") && lines[2].starts_with("two,,3,"),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_counted_by_any_field() {
    let server = Server::new();
    let mut csv = "text,plan,stars,id\n".to_owned();
    for row in 0..40 {
        csv += &format!("text {row},{},{},{row}\n", ["free", "pro"][row % 2], row % 4 + 1);
    }
    upload(&server, "a.csv", &csv, "text").await;
    let fields = server.get("/api/v1/fields").await.ok().json();
    assert_eq!(
        fields,
        json!([{"name": "plan", "values": ["free", "pro"]}, {"name": "stars", "values": ["1", "2", "3", "4"]}])
    );
    let found = server.get("/api/v1/breakdown?by=plan").await.ok().json();
    let groups = found["groups"].as_array().unwrap();
    let sums: Vec<(&Value, &Value)> = groups
        .iter()
        .map(|group| (&group["value"], &group["texts"]))
        .collect();
    assert_eq!(sums, [(&json!("free"), &json!(20)), (&json!("pro"), &json!(20))]);
    for group in groups {
        let labels = group["labels"].as_array().unwrap();
        let n: u64 = labels.iter().map(|label| label["texts"].as_u64().unwrap()).sum();
        assert_eq!(n, 20);
        for label in labels {
            let figure = |name: &str| label[name].as_f64().unwrap();
            assert!(figure("low") <= figure("share") && figure("share") <= figure("high"));
            let path = format!(
                "/api/v1/history?label={}&field[plan]={}&limit=500",
                label["label"].as_str().unwrap(),
                group["value"].as_str().unwrap()
            );
            let behind = server.get(&path).await.ok().json();
            assert_eq!(behind["items"].as_array().unwrap().len() as u64, label["texts"]);
        }
    }
    server
        .get("/api/v1/breakdown")
        .await
        .problem(400, "invalid_request");
    let label = groups[0]["labels"][0]["label"].as_str().unwrap();
    for (path, part) in [
        ("/explore".to_owned(), "Share of each category"),
        ("/explore?by=plan".to_owned(), "Share of each category by plan"),
        (format!("/explore?by=plan&label={label}"), "of 20)"),
        ("/explore?by=plan&q=absent".to_owned(), "No texts."),
    ] {
        let page = server.page(&path).await.ok();
        assert!(page.text().contains(part), "{path}: {}", page.text());
        assert!(!page.text().contains("<b>"));
    }
    let absent = server.page("/explore?by=%3Cb%3E").await.ok();
    assert!(
        absent
            .text()
            .contains("No text has a value in the field `&lt;b&gt;`."),
        "{}",
        absent.text()
    );
    assert!(absent.text().contains("&lt;b&gt;") && !absent.text().contains("<b>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_gives_fields_too() {
    let server = Server::new();
    let request = json!({"text": "slow", "fields": {"plan": "pro", "stars": 2}});
    server.post("/api/v1/classify", request).await.ok();
    let found = server.get("/api/v1/history?field[stars]=2").await.ok().json();
    assert_eq!(found["items"][0]["fields"], json!({"plan": "pro", "stars": 2}));
    let large = json!({"text": "slow", "fields": {"note": "x".repeat(17 << 10)}});
    server
        .post("/api/v1/classify", large)
        .await
        .problem(413, "too_large");
    let wrong = json!({"text": "slow", "fields": ["pro"]});
    server
        .post("/api/v1/classify", wrong)
        .await
        .problem(400, "invalid_json");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_text_takes_its_fields_along() {
    let server = filled().await;
    let id = server.get("/api/v1/history?field[Sterne]=1").await.ok().json()["items"][0]["id"].clone();
    server.delete(&format!("/api/v1/history/{id}")).await.ok();
    assert!(texts(&server, "field[Sterne]=1").await.is_empty());
    let bytes = fs_err::read(server.state_dir().join("feedback.sqlite")).unwrap();
    let is_left = bytes.windows(10).any(|window| window == b"03.05.2025");
    assert!(!is_left, "the date of the erased record is still in the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_of_charts_lead_to_their_texts_whatever_the_filter() {
    let server = Server::new();
    let rows: String = (0..60)
        .map(|row| {
            let (day, plan) = (1 + row % 28, ["pro", "free"][row % 2]);
            format!(
                "{{\"text\":\"text {row}\",\"plan\":\"{plan}\",\"date\":\"2025-0{}-{day:02}\"}}\n",
                2 + row % 2
            )
        })
        .collect();
    server.upload("a.jsonl", rows.as_bytes(), Some("text")).await.ok();
    server.ended(1).await;
    let first = server.get("/api/v1/history/1").await.ok().json();
    let dashboard = format!(
        "/dashboard?label={}&corrected=false",
        first["predicted_label"].as_str().unwrap()
    );
    for filter in [
        "/explore?",
        "/explore?from=2025-02-12&to=2025-03-20",
        "/explore?from=2025-02-12T10:00:00Z&field[plan]=pro",
        &dashboard,
        "/dashboard?source=batch&q=text",
    ] {
        let page = server.page(filter).await.ok();
        let parts = page.text().split("<a href=\"/history?").skip(1);
        let mut n = 0;
        for part in parts.filter(|part| part.contains("<title>")) {
            let (address, rest) = part.split_once('"').unwrap();
            let title = rest
                .split("<title>")
                .nth(1)
                .unwrap()
                .split("</title>")
                .next()
                .unwrap();
            let count: usize = title
                .rsplit(": ")
                .next()
                .unwrap()
                .split(' ')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            let address = address.replace("&amp;", "&");
            let found = server
                .get(&format!("/api/v1/history?limit=200&{address}"))
                .await
                .ok()
                .json();
            assert_eq!(
                found["items"].as_array().unwrap().len(),
                count,
                "{filter}: {title}, {address}"
            );
            n += count;
        }
        assert!(n > 0, "{filter}");
    }
}
