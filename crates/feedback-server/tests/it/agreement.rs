//! Two people label the same texts, disagree and settle.

use serde_json::json;

use crate::access::{LABELLER, OWNER, log_in, page, server, submit, with_key};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_label_disagree_and_settle() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let texts = json!({"texts": ["so slow", "how do I export it", "lovely colours"]}).to_string();
    with_key(&server, OWNER, "POST", "/api/v1/classify", &texts)
        .await
        .ok();
    let [lars, olga] = [log_in(&server, LABELLER).await, log_in(&server, OWNER).await];
    for (id, label) in [(1, "bug"), (2, "question"), (3, "praise")] {
        submit(
            &server,
            &lars,
            "/review",
            &format!("/history/{id}/label"),
            &format!("label={label}&back=/review"),
        )
        .await;
    }
    // Olga is asked for second opinions and does not see what Lars said.
    let asked = page(&server, &olga, "/review?why=second").await.ok();
    assert_eq!(
        asked.text().matches("<blockquote>").count(),
        3,
        "{}",
        asked.text()
    );
    assert!(!asked.text().contains("lars"));
    let nothing = page(&server, &lars, "/review?why=second").await.ok();
    assert!(nothing.text().contains("Nothing to review"));
    for (id, label) in [(1, "complaint"), (2, "question"), (3, "praise")] {
        submit(
            &server,
            &olga,
            "/review?why=second",
            &format!("/history/{id}/label"),
            &format!("label={label}&back=/review"),
        )
        .await;
    }
    let found = with_key(&server, LABELLER, "GET", "/api/v1/agreement", "")
        .await
        .ok()
        .json();
    assert_eq!(found["open"], 1);
    let item = &found["items"][0];
    assert_eq!(item["prediction"]["text"], "so slow");
    assert_eq!(
        item["said"],
        json!([{"actor": "lars", "labels": ["bug"]}, {"actor": "olga", "labels": ["complaint"]}])
    );
    let pair = &found["pairs"][0];
    assert_eq!(
        (&pair["people"], &pair["texts"], &pair["same"]),
        (&json!(["lars", "olga"]), &json!(3), &json!(2))
    );
    // Observed 2/3; expected 1/9 for the question and 1/9 for the praise: (2/3 − 2/9) / (1 − 2/9) = 4/7.
    assert!((pair["kappa"].as_f64().unwrap() - 4.0 / 7.0).abs() < 1e-12);
    let shown = page(&server, &lars, "/disagreements").await.ok();
    assert!(
        shown.text().contains("lars: ") && shown.text().contains("olga: "),
        "{}",
        shown.text()
    );
    submit(
        &server,
        &lars,
        "/disagreements",
        "/history/1/label",
        "label=complaint&settles=1&back=/disagreements",
    )
    .await;
    let settled = page(&server, &olga, "/disagreements").await.ok();
    assert!(settled.text().contains("Nothing to settle"));
    let item = with_key(&server, LABELLER, "GET", "/api/v1/history/1", "")
        .await
        .ok()
        .json();
    assert_eq!(item["corrected_label"], "complaint");
    let corrections = with_key(&server, OWNER, "GET", "/api/v1/corrections", "")
        .await
        .ok()
        .json();
    let actors: Vec<&str> = corrections["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["actor"].as_str().unwrap())
        .collect();
    assert_eq!(actors, ["olga", "olga", "lars"]);
    let audit = with_key(&server, OWNER, "GET", "/api/v1/audit", "").await.ok();
    for actor in ["lars", "olga"] {
        assert!(
            audit
                .text()
                .contains(&format!("\"actor\":\"{actor}\",\"action\":\"label.give\"")),
            "{}",
            audit.text()
        );
    }
}
