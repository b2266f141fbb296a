//! Kills `serve` repeatedly under overload, during erasures, logins and backups. It must lose nothing that it acknowledged and
//! store nothing twice, and erased texts must not come back.

mod acknowledged;
mod clients;
mod judge;
mod requests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use feedback_testkit::slow_tests;

use super::http::upload_with;
use super::process::{Serve, feedback};
use acknowledged::{Acknowledged, OWNER, ROWS};
use clients::clients;
use judge::judge;

#[test]
fn nothing_is_lost_or_repeated() {
    let rounds = if slow_tests() { 50 } else { 5 };
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    fs_err::write(&keys, format!("{OWNER}\n")).unwrap();
    let (state, backup) = (folder.path().join("state"), folder.path().join("backup"));
    let start = || Serve::start_with(&state, &["--api-key-file", keys.to_str().unwrap()]);
    let acknowledged = Arc::new(Acknowledged::default());
    for round in 0..rounds {
        let serve = start();
        let running = Arc::new(AtomicBool::new(true));
        if round % 4 == 0 {
            upload_batch(&serve.addr, round, &acknowledged);
        }
        let mut threads = clients(&serve.addr, &running, &acknowledged);
        threads.push(back_ups(&state, &backup, &running, &acknowledged));
        wait_for_load(&acknowledged);
        // A different moment in each round, but the same in every run.
        std::thread::sleep(Duration::from_millis(80 + (round as u64 * 37) % 240));
        serve.kill();
        running.store(false, Ordering::SeqCst);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
    let serve = start();
    judge(&serve, &acknowledged);
    serve.terminate();
    is_erased(&state, &acknowledged, "the state folder");
    // The last backup was made before some of the erasures.
    restore(&state, &backup);
    start().terminate();
    fs_err::remove_dir_all(folder.path().join("state.previous")).unwrap();
    is_erased(&state, &acknowledged, "the restored backup");
    let n = |list: &Mutex<Vec<String>>| list.lock().unwrap().len();
    println!(
        "{rounds} kills; {} corrections, {} texts and {} batches of {ROWS} rows were acknowledged and are stored once; {} texts \
         were erased and are not found, even after a restore; {} backups; {} sessions are valid and {} have ended",
        acknowledged.corrections.lock().unwrap().len(),
        n(&acknowledged.texts),
        acknowledged.batches.lock().unwrap().len(),
        n(&acknowledged.erased),
        acknowledged.backups.load(Ordering::SeqCst),
        n(&acknowledged.logged_in),
        n(&acknowledged.logged_out),
    );
}

/// Waits until the clients have made some changes in this round, for at most 10 seconds.
fn wait_for_load(acknowledged: &Acknowledged) {
    let n = || acknowledged.corrections.lock().unwrap().len() + acknowledged.erased.lock().unwrap().len();
    let (before, began) = (n(), Instant::now());
    while n() < before + 3 && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn upload_batch(addr: &str, round: usize, acknowledged: &Acknowledged) {
    let rows: String = (0..ROWS)
        .map(|row| format!("row {row} of round {round}\n"))
        .collect();
    let batch = upload_with(addr, &[("X-API-Key", OWNER)], "rows.txt", "text", &rows).unwrap();
    assert_eq!(batch.status, 201, "{batch:?}");
    let id = batch.json()["id"].as_i64().unwrap();
    acknowledged.batches.lock().unwrap().push(id);
}

/// Makes one backup after another, and keeps the newest complete one.
fn back_ups(
    state: &Path,
    backup: &Path,
    running: &Arc<AtomicBool>,
    acknowledged: &Arc<Acknowledged>,
) -> JoinHandle<()> {
    let (state, backup, running) = (state.to_owned(), backup.to_owned(), Arc::clone(running));
    let acknowledged = Arc::clone(acknowledged);
    std::thread::spawn(move || {
        while running.load(Ordering::SeqCst) {
            let new = backup.with_extension("new");
            let made = feedback()
                .arg("backup")
                .arg("--state-dir")
                .arg(&state)
                .arg("--output")
                .arg(&new)
                .output();
            let made = made.unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            if backup.exists() {
                fs_err::remove_dir_all(&backup).unwrap();
            }
            fs_err::rename(new, &backup).unwrap();
            acknowledged.backups.fetch_add(1, Ordering::SeqCst);
        }
    })
}

fn restore(state: &Path, backup: &Path) {
    let restored = feedback()
        .arg("restore")
        .arg("--state-dir")
        .arg(state)
        .arg(backup)
        .output()
        .unwrap();
    assert!(
        restored.status.success(),
        "{}",
        String::from_utf8_lossy(&restored.stderr)
    );
}

/// Checks that no file, except model weights, contains an erased text.
fn is_erased(folder: &Path, acknowledged: &Acknowledged, place: &str) {
    let erased = acknowledged.erased.lock().unwrap();
    for path in files(folder) {
        let content = fs_err::read(&path).unwrap();
        for text in &*erased {
            let text = text.as_bytes();
            let found = content.windows(text.len()).any(|window| window == text);
            assert!(!found, "{place}: an erased text is in {}", path.display());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_none_or(|extension| extension != "safetensors")
        {
            found.push(path);
        }
    }
    found
}
