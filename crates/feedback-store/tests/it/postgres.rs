//! Tests of the Postgres store: the requirements of every store, lost connections, full disks and races.
//!
//! The tests run if `FEEDBACK_POSTGRES_URL` names a database in which they may create schemas. Each test creates and
//! removes its own schema. docs/server.md has the commands.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::postgres::{Client, NoTls};
use feedback_store::{
    AuditStore, CorrectionStore, Cursor, Error, Filter, NewCorrection, NewPrediction, PostgresStore,
    PredictionStore, Store,
};

use crate::conformance::conforms;
use crate::conformance::fixtures::prediction;

/// A schema for one test.
pub(crate) struct Schema {
    name: String,
    pub(crate) url: String,
    admin: RefCell<Client>,
}

impl Schema {
    /// Creates a schema. If there is no database, prints that the test is skipped and returns `None`.
    #[expect(clippy::print_stderr, reason = "a test that skips says why")]
    pub(crate) fn new(test: &str) -> Option<Self> {
        let Ok(base) = std::env::var("FEEDBACK_POSTGRES_URL") else {
            eprintln!("skipped: FEEDBACK_POSTGRES_URL names no database");
            return None;
        };
        let name = format!("feedback_test_{test}_{}", std::process::id());
        let mut admin = Client::connect(&base, NoTls).unwrap();
        admin
            .batch_execute(&format!(
                "DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}"
            ))
            .unwrap();
        let separator = if base.contains('?') { '&' } else { '?' };
        Some(Self {
            url: format!("{base}{separator}options=-csearch_path%3D{name}&application_name={name}"),
            name,
            admin: RefCell::new(admin),
        })
    }

    pub(crate) fn open(&self) -> Arc<PostgresStore> {
        Arc::new(PostgresStore::open(&self.url).unwrap())
    }

    fn sql(&self, sql: &str) {
        let sql = format!("SET search_path = {}; {sql}", self.name);
        self.admin.borrow_mut().batch_execute(&sql).unwrap();
    }

    /// Breaks the store's connections, as a restart of the server does, and waits until they are closed.
    fn disconnect(&self) {
        let mut admin = self.admin.borrow_mut();
        let begun = Instant::now();
        loop {
            let terminated = admin
                .query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
                    &[&self.name],
                )
                .unwrap();
            if terminated.is_empty() {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let sql = format!("DROP SCHEMA {} CASCADE", self.name);
        self.admin.get_mut().batch_execute(&sql).unwrap();
    }
}

fn count(store: &dyn Store) -> u64 {
    store.count(&Filter::default()).unwrap()
}

fn one(text: &str) -> Vec<NewPrediction> {
    vec![prediction(text, "bug", 0.9)]
}

#[test]
fn postgres_conforms() {
    let schemas = RefCell::new(Vec::new());
    if Schema::new("conforms").is_none() {
        return;
    }
    for with_columns in [false, true] {
        conforms(&|| {
            let schema = Schema::new(&format!("conforms_{}", schemas.borrow().len())).unwrap();
            let store = schema.open();
            assert!(!with_columns || store.keep_columns(0).unwrap());
            schemas.borrow_mut().push(schema);
            store
        });
    }
}

#[test]
fn data_survives_reopening_and_a_newer_version_is_refused() {
    let Some(schema) = Schema::new("layout") else {
        return;
    };
    schema.open().add_predictions(one("a")).unwrap();
    assert_eq!(count(&*schema.open()), 1);
    schema.sql("UPDATE feedback_layout SET version = 99");
    let error = PostgresStore::open(&schema.url).unwrap_err();
    assert!(matches!(error, Error::NewerDatabase { found: 99, .. }), "{error}");
}

#[test]
fn stores_that_open_at_the_same_time_create_the_tables_once() {
    let Some(schema) = Schema::new("together") else {
        return;
    };
    let stores: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| PostgresStore::open(&schema.url).unwrap()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // Their writers take turns: ids ascend in the order in which rows become visible, so that a reader misses no row.
    std::thread::scope(|scope| {
        for store in &stores {
            scope.spawn(|| (0..50).for_each(|_| drop(store.add_predictions(one("a")).unwrap())));
        }
        let reader = schema.open();
        let mut seen = 0;
        while seen < 300 {
            let newest = reader.history(&Filter::default(), Cursor::newest(1000)).unwrap();
            let after = newest.iter().filter(|row| row.id > seen).count() as i64;
            assert_eq!(
                newest.first().map_or(0, |row| row.id),
                seen + after,
                "the reader missed an id"
            );
            seen += after;
        }
    });
    assert_eq!(count(&*schema.open()), 300);
}

#[test]
fn a_lost_connection_is_restored() {
    let Some(schema) = Schema::new("lost") else { return };
    let store = schema.open();
    let id = store.add_predictions(one("a")).unwrap()[0];
    assert_eq!(count(&*store), 1);
    schema.disconnect();
    let correction = NewCorrection {
        prediction_id: id,
        labels: vec!["praise".into()],
        actor: "Ann".into(),
        settles: false,
        idempotency_key: None,
    };
    store.correct(correction).unwrap();
    schema.disconnect();
    assert_eq!(store.corrections(0, 10).unwrap().len(), 1);
    store.check().unwrap();
}

#[test]
fn a_connection_that_breaks_during_a_write_leaves_nothing_behind() {
    let Some(schema) = Schema::new("within") else {
        return;
    };
    let store = schema.open();
    schema.sql(
        "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NEW; END'; \
         CREATE TRIGGER slowly BEFORE INSERT ON predictions FOR EACH ROW EXECUTE FUNCTION slowly()",
    );
    let error = std::thread::scope(|scope| {
        let writing = scope.spawn(|| store.add_predictions(one("a")));
        while !waits(&schema) {
            std::thread::sleep(Duration::from_millis(10));
        }
        schema.disconnect();
        writing.join().unwrap().unwrap_err()
    });
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    schema.sql("DROP TRIGGER slowly ON predictions");
    assert_eq!(count(&*store), 0);
    store.add_predictions(one("b")).unwrap();
    assert_eq!(count(&*store), 1);
}

/// Returns true while a connection of the test sleeps in the trigger.
fn waits(schema: &Schema) -> bool {
    let sql = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'PgSleep'";
    let rows = schema.admin.borrow_mut().query(sql, &[&schema.name]).unwrap();
    !rows.is_empty()
}

#[test]
fn a_full_disk_is_reported_and_later_writes_work() {
    let Some(schema) = Schema::new("full") else { return };
    let store = schema.open();
    schema.sql(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN RAISE EXCEPTION ''could not extend file'' USING ERRCODE = ''disk_full''; END'; \
         CREATE TRIGGER full_disk BEFORE INSERT ON predictions FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    let error = store.add_predictions(one("a")).unwrap_err();
    assert!(matches!(error, Error::StorageFull), "{error}");
    store.add_audit("anna", "still", "here", "").unwrap();
    schema.sql("DROP TRIGGER full_disk ON predictions");
    store.add_predictions(one("a")).unwrap();
    assert_eq!(count(&*store), 1);
}

#[test]
fn damage_is_found() {
    let Some(schema) = Schema::new("damage") else {
        return;
    };
    let store = schema.open();
    let id = store.add_predictions(one("a")).unwrap()[0];
    store.check().unwrap();
    schema.sql("UPDATE predictions SET corrected = 'praise'");
    let error = store.check().unwrap_err();
    assert!(
        error.to_string().contains(&format!("prediction {id} ")),
        "{error}"
    );
}

#[test]
fn corrections_are_synced_regardless_of_the_server_setting() {
    let Some(schema) = Schema::new("durable") else {
        return;
    };
    schema.sql(
        "CREATE TABLE seen (what text, setting text); \
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES \
         (TG_TABLE_NAME, current_setting(''synchronous_commit'')); RETURN NEW; END'",
    );
    let store = PostgresStore::open(
        &schema
            .url
            .replace("search_path", "synchronous_commit%3Doff%20-csearch_path"),
    )
    .unwrap();
    schema.sql(
        "CREATE TRIGGER note BEFORE INSERT ON predictions FOR EACH ROW EXECUTE FUNCTION note(); \
         CREATE TRIGGER note BEFORE INSERT ON corrections FOR EACH ROW EXECUTE FUNCTION note()",
    );
    let prediction_id = store.add_predictions(one("a")).unwrap()[0];
    let correction = NewCorrection {
        prediction_id,
        labels: vec!["praise".into()],
        actor: "Ann".into(),
        settles: false,
        idempotency_key: None,
    };
    store.correct(correction).unwrap();
    let seen = schema
        .admin
        .borrow_mut()
        .query("SELECT what, setting FROM seen ORDER BY what", &[])
        .unwrap();
    let seen: Vec<(String, String)> = seen.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected = [("corrections", "on"), ("predictions", "off")];
    assert_eq!(
        seen,
        expected.map(|(what, setting)| (what.to_owned(), setting.to_owned()))
    );
}

#[tokio::test(flavor = "current_thread")]
async fn the_store_can_be_used_in_an_asynchronous_runtime() {
    let Some(schema) = tokio::task::spawn_blocking(|| Schema::new("runtime"))
        .await
        .unwrap()
    else {
        return;
    };
    let store = schema.open();
    store.add_predictions(one("a")).unwrap();
    assert_eq!(count(&*store), 1);
    drop(store);
    tokio::task::spawn_blocking(move || drop(schema)).await.unwrap();
}

#[test]
fn an_unreachable_server_is_named_without_the_password() {
    let error = PostgresStore::open("postgres://me:hush@127.0.0.1:1/feedback").unwrap_err();
    let message = format!("{error} {error:?}");
    assert!(matches!(error, Error::Unreachable { .. }), "{message}");
    assert!(message.contains("127.0.0.1:1/feedback"), "{message}");
    assert!(!message.contains("hush"), "{message}");
    let Some(schema) = Schema::new("password") else {
        return;
    };
    assert!(!format!("{:?}", schema.open()).contains("password"));
}
