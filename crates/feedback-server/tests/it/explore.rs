//! Texts counted by source, theme and answer, filtered by them, and a period compared with the one before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use feedback_bert::DeviceChoice;
use feedback_inference::{Answer as ModelAnswer, Classifier, Encoding, Score};
use feedback_server::{Model, ModelLoader, Prediction};
use serde_json::{Value, json};

use crate::help::{Options, Server, encoded, token_counts};

/// A classifier that gives texts with “broken” its first label and the answer “negative”, and all others its second one.
struct Planted(Classifier);

impl Model for Planted {
    fn labels(&self) -> &[String] {
        self.0.labels()
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        self.0.encode(texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        let broken = &self.0.encode(&["broken".to_owned()])?[0].input_ids;
        let broken = &broken[1..broken.len() - 1];
        let mut predictions = Model::predict(&self.0, encodings)?;
        for (prediction, encoding) in predictions.iter_mut().zip(encodings) {
            let is_broken = encoding.input_ids.windows(broken.len()).any(|ids| ids == broken);
            prediction.labels = vec![self.0.labels()[usize::from(!is_broken)].clone()];
            let label = if is_broken { "negative" } else { "neutral" };
            prediction.answers = vec![ModelAnswer {
                question: "sentiment".into(),
                labels: vec![Score {
                    label: label.into(),
                    score: 0.9,
                }],
            }];
        }
        Ok(predictions)
    }

    fn vectors_of(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Option<Vec<f32>>> {
        Ok(Some(token_counts(encodings)))
    }

    fn questions(&self) -> Vec<(String, Vec<String>)> {
        vec![("sentiment".into(), vec!["negative".into(), "neutral".into()])]
    }
}

/// Eighty texts of March and eighty of April, of two plans and two sources. In April, what people on the plan Plus write is mostly about
/// something broken.
async fn filled() -> (Server, [String; 2]) {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let labels = std::sync::Mutex::new(None);
    let labels = Arc::new(labels);
    let kept = Arc::clone(&labels);
    let loader: ModelLoader = Arc::new(move |path| {
        let model = Planted(Classifier::load(path, &device)?);
        *kept.lock().unwrap() = Some([0, 1].map(|place| model.labels()[place].clone()));
        Ok(Arc::new(model) as _)
    });
    let server = Server::with(Options {
        loader,
        ..Options::default()
    });
    let mut csv = "text,date,plan,source,theme\n".to_owned();
    for row in 0..160 {
        let (month, place) = (3 + row / 80, row % 80);
        let is_plus = place % 2 == 1;
        let is_broken = match (month, is_plus) {
            (4, true) => place % 4 == 1 || place % 3 == 0,
            _ => place % 10 < 2,
        };
        let text = match is_broken {
            true => format!("the export is broken again no {row}"),
            false => format!("thank you for the dark mode no {row}"),
        };
        let (plan, source) = (
            ["Free", "Plus"][usize::from(is_plus)],
            ["app", "mail"][place / 2 % 2],
        );
        csv += &format!(
            "{text},2025-{month:02}-{:02},{plan},{source},own\n",
            1 + place % 30
        );
    }
    let staged = server.upload("a.csv", csv.as_bytes(), Some("text")).await.ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    let began = Instant::now();
    while server.get("/api/v1/themes").await.ok().json()["found_at"].is_null() {
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let labels = labels.lock().unwrap().clone().unwrap();
    (server, labels)
}

async fn groups(server: &Server, query: &str) -> Value {
    server
        .get(&format!("/api/v1/breakdown?{query}"))
        .await
        .ok()
        .json()
}

async fn total(server: &Server, query: &str) -> Value {
    groups(server, &format!("by=source&{query}")).await["texts"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_counted_by_source_theme_and_answer() {
    let (server, [broken, _]) = filled().await;
    let sources = groups(&server, "by=source").await;
    let values: Vec<_> = sources["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["value"])
        .collect();
    assert_eq!(values, ["app", "mail"]);
    let own = groups(&server, "by=field[theme]").await;
    assert_eq!(
        (&own["groups"][0]["value"], &own["texts"]),
        (&json!("own"), &json!(160))
    );
    let moods = groups(&server, "by=answer[sentiment]").await;
    let negative = &moods["groups"][0];
    assert_eq!(negative["value"], "negative");
    assert_eq!(
        negative["labels"].as_array().unwrap().len(),
        1,
        "all of one label: {moods:#}"
    );
    assert_eq!(negative["labels"][0]["label"], json!(broken));
    let count = &negative["texts"];
    assert_eq!(total(&server, "answer[sentiment]=negative").await, *count);
    assert_eq!(
        total(&server, "answer[sentiment]=negative&answer[none]=x").await,
        0
    );
    assert_eq!(total(&server, "answer[none]=%E2%88%85").await, 160);

    let themes = groups(&server, "by=theme").await;
    let all = themes["groups"].as_array().unwrap();
    assert!(all.len() >= 2, "{themes:#}");
    for theme in all {
        assert!(!theme["name"].as_str().unwrap().is_empty());
        let of_theme = total(&server, &format!("theme={}", theme["value"].as_str().unwrap())).await;
        assert_eq!(of_theme, theme["texts"]);
    }
    let april = groups(&server, "by=theme&from=2025-04-01").await;
    assert_eq!(april["texts"], 80);
    for problem in ["by=answer[none]", "by=field[none]", "by="] {
        let path = format!("/api/v1/breakdown?{problem}");
        server.get(&path).await.problem(400, "invalid_request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_number_of_the_page_leads_to_its_texts() {
    let (server, [broken, _]) = filled().await;
    for by in ["source", "theme", "answer[sentiment]", "plan", "field[source]"] {
        for label in ["", &broken] {
            let path = format!(
                "/explore?by={}&label={}&from=2025-03-02",
                encoded(by),
                encoded(label)
            );
            let page = server.page(&path).await.ok();
            let links: Vec<&str> = page
                .text()
                .split("href=\"")
                .filter_map(|rest| rest.split('"').next())
                .filter(|link| link.starts_with("/history?") && link.contains("label="))
                .collect();
            assert!(!links.is_empty(), "{path}: {}", page.text());
            for link in links {
                let list = server.page(&link.replace("&amp;", "&")).await.ok();
                assert!(list.text().contains("<li tabindex"), "{path}: {link}");
            }
        }
    }
    let page = server.page("/explore").await.ok();
    for choice in [
        ">theme</option>",
        "value=\"answer[sentiment]\"",
        "value=\"field[source]\"",
        ">the period before</option>",
        "name=\"answer[sentiment]\"",
        "name=\"theme\"",
    ] {
        assert!(page.text().contains(choice), "{choice}: {}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_fields_are_found_in_any_case() {
    let (server, _) = filled().await;
    for (query, expected) in [
        ("field[plan]=Plus", 80),
        ("field[plan]=plus", 80),
        ("field[plan]=PLUS&field[source]=APP", 40),
        ("field[plan]=none", 0),
    ] {
        assert_eq!(total(&server, query).await, expected, "{query}");
    }
    // What a text has exactly comes before what differs in case.
    let more = "text,plan\none,plus\ntwo,PLUS\n";
    let staged = server.upload("b.csv", more.as_bytes(), Some("text")).await.ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    for (query, expected) in [
        ("field[plan]=plus", 1),
        ("field[plan]=Plus", 80),
        ("field[plan]=pLUS", 82),
    ] {
        assert_eq!(total(&server, query).await, expected, "{query}");
    }
    let page = server.page("/explore?field[plan]=pLUS").await.ok();
    assert!(page.text().contains("82 texts"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_is_compared_with_the_one_before() {
    let (server, [broken, other]) = filled().await;
    let page = server
        .page("/explore?compare=before&from=2025-04-01&to=2025-04-30")
        .await
        .ok();
    let text = page.text();
    assert!(text.contains("Now: 2025-04-01 to 2025-04-30, 80 texts"), "{text}");
    assert!(
        text.contains("Before: 2025-03-02 to 2025-03-31, 77 texts"),
        "{text}"
    );
    let compared = text.split("id=\"compared\"").nth(1).unwrap();
    let compared = compared.split("</section>").next().unwrap();
    assert!(
        compared.contains(&format!("Where the change of {broken} comes from"))
            || compared.contains(&format!("Where the change of {other} comes from")),
        "{compared}"
    );
    let segment = compared
        .split("<th scope=\"row\">plan: Plus</th>")
        .nth(1)
        .unwrap();
    assert!(
        segment
            .split("</tr>")
            .next()
            .unwrap()
            .contains("<strong>yes</strong>"),
        "{segment}"
    );
    let free = compared.split("<th scope=\"row\">plan: Free</th>").nth(1);
    assert!(
        free.is_none_or(|row| row.split("</tr>").next().unwrap().contains("<td>no</td>")),
        "{compared}"
    );
    // The numbers are links to the texts of their period.
    assert!(
        compared.contains("/history?") && compared.contains("from=2025-03-02&amp;to=2025-03-31"),
        "{compared}"
    );

    // Without dates, the newest 30 days are compared; a filter that leaves no texts before says so.
    let page = server.page("/explore?compare=before").await.ok();
    assert!(
        page.text().contains("Now: 2025-04-01 to 2025-04-30"),
        "{}",
        page.text()
    );
    let page = server
        .page("/explore?compare=before&from=2025-01-01&to=2025-03-31")
        .await
        .ok();
    assert!(
        page.text()
            .contains("No text has a date from 2024-10-03 to 2024-12-31; choose other dates."),
        "{}",
        page.text()
    );
    assert_eq!(server.page("/explore?compare=after").await.status, 400);
    // A saved view keeps the comparison.
    let page = server.page("/explore?compare=before&by=plan").await.ok();
    assert!(
        page.text()
            .contains("value=\"/explore?by=plan&amp;compare=before\""),
        "{}",
        page.text()
    );
}

async fn asked(server: &Server, why: &str) -> Vec<Value> {
    let found = server
        .get(&format!("/api/v1/review?why={why}&limit=40"))
        .await
        .ok();
    found.json()["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_many_themes_are_asked_for() {
    let (server, [broken, _]) = filled().await;
    let themes = groups(&server, "by=theme").await["groups"]
        .as_array()
        .unwrap()
        .clone();
    let diverse = asked(&server, "diverse").await;
    assert_eq!(diverse.len(), themes.len(), "one text of each theme");
    let page = server.page("/review").await.ok();
    let to_go = format!("about a theme with few labels ({} themes)", themes.len());
    assert!(page.text().contains(&to_go), "{}", page.text());
    assert!(
        page.text()
            .contains("Of the next 20 texts, the model is probably wrong about"),
        "{}",
        page.text()
    );
    assert!(
        page.text()
            .contains("Keep labelling while the model is probably wrong about 2 or more of the next 20"),
        "{}",
        page.text()
    );
    // Once a text of a theme has a label, the themes without any come first.
    let first = diverse[0]["prediction"]["id"].as_i64().unwrap();
    let body = json!({"prediction_id": first, "label": broken});
    server.post("/api/v1/corrections", body).await;
    let again = asked(&server, "diverse").await;
    assert_eq!(again[0]["prediction"]["id"], diverse[1]["prediction"]["id"]);
    assert!(again.iter().all(|item| item["prediction"]["id"] != first));
    let mixed = asked(&server, "").await;
    assert!(mixed.iter().any(|item| item["why"] == "diverse"), "{mixed:#?}");
}
