//! Uploads of one known table in many dialects: texts and fields come back value for value.

use feedback_server::ServerConfig;
use feedback_testkit::dialects::{Cell, Dialect, Rows, Table, same_value};
use serde_json::Value;

use crate::help::{Options, Server};

/// Every so many dialects are uploaded; all of them if `RUN_SLOW_TESTS` is set. The number has no common divisor with the sizes of the
/// dimensions, so all of their values occur.
const STEP: usize = 11;

/// All requests come from one client.
fn unlimited(config: &mut ServerConfig) {
    config.rate_per_second = 0;
}

/// Uploads a table, and returns what is wrong with the records that the history then has.
async fn difference(server: &Server, dialect: &Dialect, table: &Table) -> Option<String> {
    let name = dialect.file_name();
    // Titles above a header with the text column are found without the setting.
    let skip_rows = dialect.skip_rows().to_string();
    let settings = [("text_field", "text"), ("skip_rows", skip_rows.as_str())];
    let settings = if dialect.skip_rows() > 0 {
        &settings[..]
    } else {
        &settings[..1]
    };
    let uploaded = server.upload_with(&name, &dialect.write(table), settings).await;
    if !uploaded.status.is_success() {
        return Some(uploaded.text().to_owned());
    }
    let uploaded = uploaded.json();
    let batch = server.ended(uploaded["id"].as_i64().unwrap()).await;
    if batch["state"] != "done" || batch["bad"] != 0 {
        return Some(batch.to_string());
    }
    let path = format!("/api/v1/history?limit={}", table.rows.len());
    let page = server.get(&path).await.ok().json();
    let items = page["items"].as_array().unwrap();
    if items.len() != table.rows.len() {
        return Some(format!("{} records instead of {}", items.len(), table.rows.len()));
    }
    // The history begins with the newest record.
    let rows = items.iter().rev().zip(&table.rows).enumerate();
    rows.map(|(at, (item, row))| {
        wrong_value(dialect, item, &table.columns, row).map(|wrong| format!("row {at}, {wrong}"))
    })
    .find_map(|wrong| wrong)
}

fn wrong_value(dialect: &Dialect, item: &Value, columns: &[String], row: &[Cell]) -> Option<String> {
    let fields = item["fields"].as_object().unwrap();
    if fields.len() + 1 != columns.len() {
        return Some(format!("the fields {:?}", fields.keys()));
    }
    columns.iter().zip(row).find_map(|(name, cell)| {
        let found = if name == "text" {
            &item["text"]
        } else {
            fields.get(name).unwrap_or(&Value::Null)
        };
        let expected = dialect.expected(cell);
        (!same_value(found, &expected)).then(|| format!("`{name}`: {found} instead of {expected}"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_in_every_dialect_give_the_known_table_back() {
    let server = Server::with(Options {
        config: unlimited,
        ..Options::default()
    });
    let known = Table::known();
    let all = Dialect::all().into_iter();
    let step = if std::env::var("RUN_SLOW_TESTS").is_ok() {
        1
    } else {
        STEP
    };
    let chosen: Vec<Dialect> = all.step_by(step).collect();
    let mut wrong = Vec::new();
    for dialect in &chosen {
        let table = dialect.fitted(&known);
        let found = difference(&server, dialect, &table).await;
        wrong.extend(found.map(|found| format!("{dialect}: {found}")));
    }
    let kinds = |kind: fn(&Rows) -> bool| chosen.iter().filter(|dialect| kind(&dialect.rows)).count();
    let counts = [
        kinds(|rows| matches!(rows, Rows::Delimited(_))),
        kinds(|rows| matches!(rows, Rows::Json(_))),
        kinds(|rows| matches!(rows, Rows::Xlsx(_))),
        kinds(|rows| matches!(rows, Rows::Ods(_))),
        kinds(|rows| matches!(rows, Rows::Columnar(_))),
    ];
    println!("{} uploads: {counts:?}", chosen.len());
    assert!(
        chosen.len() >= 250 && counts.iter().all(|n| *n > 0),
        "{} uploads: {counts:?}",
        chosen.len()
    );
    assert!(
        wrong.is_empty(),
        "{} of {} dialects:\n{}",
        wrong.len(),
        chosen.len(),
        wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
}
