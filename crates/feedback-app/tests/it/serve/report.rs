//! A spreadsheet is uploaded, and a report says what changed in it.

use std::path::Path;
use std::time::{Duration, Instant};

use feedback_testkit::fixture;
use serde_json::{Value, json};

use super::http::{get, post, upload};
use super::process::Serve;

/// Asks for an address until `is_ready`.
fn until(addr: &str, path: &str, is_ready: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let found = get(addr, path).unwrap().json();
        if is_ready(&found) {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{path}: {found}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The two stories of the file are those of the test of the program `insight`; here, they come out of the store.
#[cfg(feature = "builtin")]
#[test]
fn the_stories_of_a_spreadsheet_are_found_in_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start_model(Path::new("builtin"), folder.path(), &[]);
    let addr = &serve.addr;
    let reviews = fs_err::read_to_string(fixture("reviews.csv")).unwrap();
    let uploaded = upload(addr, "reviews.csv", "Review", &reviews).unwrap();
    assert_eq!(uploaded.status, 201, "{uploaded:?}");
    until(addr, "/api/v1/batches/1", |batch| batch["state"] == "done");
    let started = post(addr, "/api/v1/reports", &json!({})).unwrap();
    assert_eq!(started.status, 202, "{started:?}");
    let path = format!("/api/v1/reports/{}", started.json()["id"].as_str().unwrap());
    let report = until(addr, &path, |report| report["state"] != "running");
    assert_eq!(report["state"], "done", "{report}");
    let found = get(addr, &format!("{path}/insight.json")).unwrap().json();
    let headlines: Vec<&str> = found["headlines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|headline| headline["text"].as_str().unwrap())
        .collect();
    assert!(
        headlines
            .iter()
            .any(|text| text.contains("crash") && text.contains("4.2")),
        "{headlines:?}"
    );
    assert_eq!(
        found["coverage"]["labels_of_model"]["n"],
        found["coverage"]["texts"]["n"]
    );
    assert!(found["rating"]["name"].is_string(), "{}", found["rating"]);
    let quote = &found["headlines"][0]["quotes"][0];
    let text = get(addr, &format!("/api/v1/history/{}", quote["line"]))
        .unwrap()
        .json();
    assert_eq!(
        text["text"], quote["text"],
        "the number of a quote is the id of its text"
    );
    // Corrections of one period move nothing; the labels of people count once all texts have one.
    let made = |filter: &str| {
        let started = post(addr, &format!("/api/v1/reports{filter}"), &json!({})).unwrap();
        let path = format!("/api/v1/reports/{}", started.json()["id"].as_str().unwrap());
        let report = until(addr, &path, |report| report["state"] != "running");
        assert_eq!(report["state"], "done", "{filter}: {report}");
        (report, get(addr, &format!("{path}/insight.json")).unwrap().json())
    };
    let correct = |id: u64| {
        let body = json!({"prediction_id": id, "label": "complaint"});
        assert_eq!(post(addr, "/api/v1/corrections", &body).unwrap().status, 201);
    };
    (300..=330).for_each(correct);
    let (report, some) = made("");
    assert_eq!(
        (&report["labels_left_out"], &some["headlines"]),
        (&json!(31), &found["headlines"])
    );
    let (report, rest) = made("?corrected=false");
    assert_eq!(
        (&report["labels_left_out"], &report["texts"]),
        (&json!(0), &json!(369))
    );
    assert_eq!(rest["coverage"]["labels_of_model"]["n"], 369);
    let (report, of_people) = made("?corrected=true");
    assert_eq!(
        (
            &report["labels_left_out"],
            &of_people["coverage"]["labels_of_model"]["n"]
        ),
        (&json!(0), &json!(0))
    );
    let (_, chosen) = made("?label=complaint");
    let names: Vec<&Value> = chosen["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(
        names,
        [&json!("complaint")],
        "the labels by which the texts were chosen"
    );
}

/// One command shows the app with data and a report; a second start finds them.
#[cfg(feature = "builtin")]
#[test]
fn the_demo_shows_a_report() {
    let folder = tempfile::tempdir().unwrap();
    for start in 0..2 {
        let demo = Serve::start_demo(folder.path());
        let all = until(&demo.addr, "/api/v1/reports", |all| all[0]["state"] == "done");
        assert_eq!(
            (all.as_array().unwrap().len(), &all[0]["texts"]),
            (1, &json!(400)),
            "start {start}"
        );
        let home = get(&demo.addr, "/").unwrap();
        assert!(home.body.contains("App version 4.2"), "{}", home.body);
        demo.terminate();
    }
}
