//! Names and notes of models.

use serde_json::json;

use crate::help::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_model_has_a_name_and_a_note() {
    let server = Server::new();
    let models = server.get("/api/v1/models").await.ok().json();
    let id = models[0]["id"].as_str().unwrap().to_owned();
    assert_eq!((&models[0]["name"], &models[0]["note"]), (&json!(""), &json!("")));
    let path = format!("/api/v1/models/{id}");
    let named = server
        .patch(&path, json!({"name": " Spring ", "note": "the first\r\none"}))
        .await
        .ok()
        .json();
    assert_eq!(
        (&named["name"], &named["note"]),
        (&json!("Spring"), &json!("the first\none"))
    );
    // What a request leaves out stays.
    let named = server.patch(&path, json!({"note": ""})).await.ok().json();
    assert_eq!((&named["name"], &named["note"]), (&json!("Spring"), &json!("")));

    let form = [("name", "Spring 2"), ("note", "<b>bold</b>")];
    let answer = server
        .submit("/models", &format!("/models/{id}/name"), &form)
        .await;
    assert_eq!(answer.status, 303);
    let page = server.page("/models").await.ok();
    assert!(page.text().contains("<h2>Spring 2 "), "{}", page.text());
    assert!(page.text().contains("&lt;b&gt;bold&lt;/b&gt;"), "{}", page.text());
    let audit = server.get("/api/v1/audit").await.ok();
    assert!(
        audit.text().contains("model.name") && !audit.text().contains("Spring"),
        "{}",
        audit.text()
    );

    for body in [
        json!({"name": "x".repeat(81)}),
        json!({"name": "a\nb"}),
        json!({"note": "x".repeat(2001)}),
    ] {
        server.patch(&path, body).await.problem(400, "invalid_request");
    }
    server
        .patch("/api/v1/models/none", json!({"name": "x"}))
        .await
        .problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_text_is_no_name_of_a_model() {
    let server = Server::new();
    let text = "it crashes, says Ann";
    server
        .post("/api/v1/classify", json!({"texts": [text]}))
        .await
        .ok();
    let id = server.get("/api/v1/models").await.ok().json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/models/{id}");
    server
        .patch(&path, json!({"name": text, "note": "kept"}))
        .await
        .ok();
    server.post("/api/v1/erasures", json!({"text": text})).await.ok();
    let named = server.get(&path).await.ok().json();
    assert_eq!((&named["name"], &named["note"]), (&json!(""), &json!("kept")));
}
