//! Saved views: pages with their filters, by name.

use serde_json::{Value, json};

use crate::help::Server;

async fn filled() -> Server {
    let server = Server::new();
    let rows = "{\"text\":\"so slow\",\"plan\":\"pro\"}\n{\"text\":\"nice\",\"plan\":\"free\"}\n";
    let staged = server.upload("a.jsonl", rows.as_bytes(), Some("text")).await.ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    server
}

async fn names(server: &Server) -> Vec<String> {
    let views = server.get("/api/v1/views").await.ok().json();
    views
        .as_array()
        .unwrap()
        .iter()
        .map(|view| view["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_saved_found_again_and_removed_without_scripts() {
    let server = filled().await;
    let page = "/explore?field[plan]=pro&label=bug&by=plan";
    let shown = server.page(page).await.ok();
    let address = "/explore?field%5Bplan%5D=pro&amp;label=bug&amp;by=plan";
    assert!(
        shown
            .text()
            .contains(&format!("name=\"address\" value=\"{address}\"")),
        "{}",
        shown.text()
    );
    let fields = [
        ("name", "Bugs <pro>"),
        ("address", "/explore?field%5Bplan%5D=pro&label=bug&by=plan"),
    ];
    let done = server.submit(page, "/views", &fields).await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, fields[1].1)
    );
    for path in ["/", "/explore", "/history", "/dashboard", "/themes"] {
        let page = server.page(path).await.ok();
        assert!(page.text().contains(&format!("href=\"{address}\"")), "{path}");
        assert!(
            page.text().contains("Bugs &lt;pro&gt;") && !page.text().contains("<pro>"),
            "{path}"
        );
    }
    let again = server.page(fields[1].1).await.ok();
    assert!(
        again.text().contains("aria-current=\"true\">Bugs"),
        "the view that is shown is marked"
    );
    server
        .submit(
            "/explore",
            "/views",
            &[("remove", "bugs <PRO>"), ("address", "/explore")],
        )
        .await;
    assert!(names(&server).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn views_are_kept_by_name_and_only_pages_with_filters_can_be_saved() {
    let server = filled().await;
    let save = async |name: &str, address: &str| {
        server
            .post("/api/v1/views", json!({"name": name, "address": address}))
            .await
    };
    assert_eq!(save("b", "/history?label=bug&before=9").await.status, 201);
    assert_eq!(save("A", "/themes?by=plan").await.status, 201);
    let made = save("B", "/history?label=praise").await;
    assert_eq!(
        (made.status.as_u16(), &made.json()["address"]),
        (201, &json!("/history?label=praise"))
    );
    assert_eq!(
        names(&server).await,
        ["A", "B"],
        "the same name, ignoring case, is replaced"
    );
    for (name, address) in [
        ("", "/explore"),
        ("x", "/models"),
        ("x", "https://example.org/explore"),
        ("x", "//e.org/explore"),
        ("a\nb", "/explore"),
    ] {
        save(name, address).await.problem(400, "invalid_request");
    }
    server
        .delete("/api/v1/views?name=c")
        .await
        .problem(404, "not_found");
    assert_eq!(server.delete("/api/v1/views?name=a").await.status, 204);
    assert_eq!(names(&server).await, ["B"]);
    let audit = server.get("/api/v1/audit").await.ok();
    assert!(audit.text().contains("view.save") && audit.text().contains("view.remove"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_text_is_in_no_view() {
    let server = filled().await;
    for (name, address) in [
        ("so slow", "/explore"),
        ("search", "/history?q=so%20slow"),
        ("other", "/history?q=nice"),
    ] {
        assert_eq!(
            server
                .post("/api/v1/views", json!({"name": name, "address": address}))
                .await
                .status,
            201
        );
    }
    let erased: Value = server
        .post("/api/v1/erasures", json!({"text": "so slow"}))
        .await
        .ok()
        .json();
    assert_eq!(erased["predictions"], 1);
    assert_eq!(names(&server).await, ["other"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn views_and_labels_have_limits() {
    let server = Server::new();
    let view = |name: &str, query: &str| json!({ "name": name, "address": format!("/history?q={query}") });
    for (name, query) in [("", "a"), (&*"n".repeat(81), "a"), ("a", &*"q".repeat(2_000))] {
        server
            .post("/api/v1/views", view(name, query))
            .await
            .problem(400, "invalid_request");
    }
    for n in 0..100 {
        let made = server
            .post("/api/v1/views", view(&format!("view {n}"), "a"))
            .await;
        assert_eq!(made.status, 201, "{n}");
    }
    server
        .post("/api/v1/views", view("one more", "a"))
        .await
        .problem(409, "conflict");
    // A view of the same name is replaced.
    let again = server.post("/api/v1/views", view("VIEW 7", "b")).await;
    assert_eq!(again.status, 201);

    server
        .post("/api/v1/labels", json!({ "label": "n".repeat(81) }))
        .await
        .problem(400, "invalid_request");
    for n in 0..100 {
        let made = server
            .post("/api/v1/labels", json!({ "label": format!("label {n}") }))
            .await;
        assert_eq!(made.status, 201, "{n}");
    }
    server
        .post("/api/v1/labels", json!({ "label": "one more" }))
        .await
        .problem(409, "conflict");
}
