//! How `serve` starts, refuses to start, and ends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use feedback_testkit::{Program, fixture};
use serde_json::json;

use super::http::{get, post, send, upload};
use super::process::Serve;

#[test]
fn it_ends_in_time_although_an_event_stream_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let mut stream = TcpStream::connect(&serve.addr).unwrap();
    write!(stream, "GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", serve.addr).unwrap();
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    // At the same time, another client sends a request whose body never ends.
    let mut slow = TcpStream::connect(&serve.addr).unwrap();
    let head = format!(
        "POST /api/v1/classify HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{{",
        serve.addr
    );
    slow.write_all(head.as_bytes()).unwrap();
    post(&serve.addr, "/api/v1/classify", &json!({ "text": "kept" })).unwrap();
    let (status, took) = serve.terminate();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(took < Duration::from_secs(5), "{took:?}");

    let serve = Serve::start(folder.path());
    let history = get(&serve.addr, "/api/v1/history").unwrap().json();
    assert_eq!(history["items"][0]["text"], "kept");
}

#[test]
fn it_ends_in_time_during_a_batch_and_goes_on_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let rows: String = (0..20_000)
        .map(|row| format!("the invoice of order {row} is wrong\n"))
        .collect();
    let id = upload(&serve.addr, "rows.csv", "text", &format!("text\n{rows}"))
        .unwrap()
        .json()["id"]
        .clone();
    let path = format!("/api/v1/batches/{id}");
    let position = |serve: &Serve| {
        get(&serve.addr, &path).unwrap().json()["position"]
            .as_u64()
            .unwrap()
    };
    while position(&serve) == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (status, took) = serve.terminate();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(took < Duration::from_secs(5), "{took:?}");

    let serve = Serve::start(folder.path());
    let reached = position(&serve);
    assert!(
        0 < reached && reached < 20_000,
        "{reached}: the batch was under way"
    );
    while get(&serve.addr, &path).unwrap().json()["state"] != "done" {
        std::thread::sleep(Duration::from_millis(100));
    }
    let results = get(&serve.addr, &format!("{path}/results?format=csv"))
        .unwrap()
        .body;
    let wrong = results
        .lines()
        .skip(1)
        .enumerate()
        .find(|(row, line)| !line.starts_with(&format!("the invoice of order {row} is wrong,")));
    assert_eq!((results.lines().count(), wrong), (20_001, None));
}

#[test]
fn log_lines_are_json_on_request_and_contain_neither_texts_nor_keys() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.txt");
    fs_err::write(&keys, "a-key-that-nobody-may-see name=olga\n").unwrap();
    let state = folder.path().join("state");
    let arguments = [
        "--log-format",
        "json",
        "--log",
        "trace",
        "--api-key-file",
        keys.to_str().unwrap(),
    ];
    let (serve, lines) = Serve::start_and_read(&state, &arguments);
    let headers = [
        ("X-API-Key", "a-key-that-nobody-may-see"),
        ("Content-Type", "application/json"),
    ];
    let ask = |body: &str| send(&serve.addr, "POST", "/api/v1/classify", &headers, body.as_bytes()).unwrap();
    assert_eq!(ask(r#"{"text": "my landlord zylberstein is rude"}"#).status, 200);
    assert_eq!(ask(r#"{"text": "my landlord zylberstein"#).status, 400);
    let wrong = [("X-API-Key", "another-key-that-nobody-may-see")];
    assert_eq!(
        send(&serve.addr, "GET", "/api/v1/history?q=zylberstein", &wrong, b"")
            .unwrap()
            .status,
        401
    );
    assert_eq!(
        send(&serve.addr, "GET", "/api/v1/history?q=zylberstein", &headers, b"")
            .unwrap()
            .status,
        200
    );
    serve.terminate();
    let lines: Vec<String> = lines.join().unwrap();
    assert!(lines.len() > 5, "{lines:?}");
    for line in &lines {
        let read: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for name in ["timestamp", "level", "target", "message"] {
            assert!(read[name].is_string(), "{line}");
        }
        assert!(
            !line.contains("zylberstein") && !line.contains("nobody-may-see"),
            "{line}"
        );
    }
    assert!(
        lines.iter().any(|line| line.contains("/api/v1/classify")),
        "{lines:?}"
    );
}

#[test]
fn long_texts_are_read_in_windows_if_it_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start_with(
        folder.path(),
        &["--long-texts", "windows", "--window-overlap", "8"],
    );
    let text = "the app is slow today ".repeat(40);
    let classify = |body| post(&serve.addr, "/api/v1/classify", &body).unwrap().json()["predictions"].clone();
    let both = classify(json!({ "texts": [text, "short"] }));
    let (long, short) = (&both[0], &both[1]);
    assert_eq!(
        (&long["truncated"], short.get("text_windows")),
        (&false.into(), None)
    );
    assert!(long["text_windows"]["count"].as_u64() > Some(2), "{long}");
    let explained = classify(json!({ "text": text, "explain": true }))[0].clone();
    assert_eq!(
        explained["scores"], long["scores"],
        "the prediction is about the whole text"
    );
    assert_eq!(explained["explanation"]["text_windows"], long["text_windows"]);
}

#[test]
fn the_network_needs_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let model = fixture("tiny-bert");
    let serve = |more: &str| {
        Program::new(env!("CARGO_BIN_EXE_serve"), folder.path())
            .arg("--model")
            .arg(&model)
            .line("--state-dir state --addr 0.0.0.0:0")
            .line(more)
            .run()
    };
    serve("").fails(
        2,
        &["can be reached from the network", "--api-key-file", "--insecure"],
    );
    fs_err::write(folder.path().join("short.txt"), "short\n").unwrap();
    serve("--api-key-file short.txt").fails(1, &["short.txt", "line 1"]);
    serve("--api-key-file absent.txt").fails(1, &["absent.txt"]);
    serve("--insecure --webhook-secret-file short.txt").fails(1, &["short.txt", "line 1"]);
    serve("--insecure --alert-url http://127.0.0.1:1/").fails(2, &["--webhook-secret-file"]);
    serve("--insecure --slack-url file:///tmp/x").fails(2, &["http://"]);
    serve("--api-key-file short.txt --insecure").fails(2, &["--insecure"]);
    assert!(
        !folder.path().join("state").exists(),
        "the start is refused before anything is written"
    );
}

#[test]
fn a_failed_start_reports_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let serve = || {
        Program::new(env!("CARGO_BIN_EXE_serve"), folder.path()).line("--addr 127.0.0.1:0 --state-dir state")
    };
    serve()
        .line("--model absent")
        .run()
        .fails(1, &["absent", "no such folder"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let call =
        Program::new(env!("CARGO_BIN_EXE_serve"), folder.path()).line("--state-dir state --model absent");
    call.arg("--addr")
        .arg(&addr)
        .run()
        .fails(1, &["cannot listen", &addr]);
    fs_err::create_dir_all(folder.path().join("state")).unwrap();
    fs_err::write(
        folder.path().join("state/feedback.sqlite"),
        "no database, but long enough to look like one",
    )
    .unwrap();
    let damaged = serve().arg("--model").arg(fixture("tiny-bert")).run();
    assert_eq!(damaged.code, Some(1), "{damaged}");
    assert!(damaged.stderr.contains("database"), "{damaged}");
}

#[test]
fn the_health_check_knows_whether_a_server_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let addr = serve.addr.clone();
    let check = || {
        Program::new(env!("CARGO_BIN_EXE_feedback"), folder.path())
            .line("ready --addr")
            .arg(&addr)
            .run()
    };
    let _ = check().code(0);
    serve.terminate();
    let _ = check().code(1).says(&["no server answers at", &addr]);
}
