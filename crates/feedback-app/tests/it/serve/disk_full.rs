//! A full disk is reported, and the server recovers from it.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::http::{get, post, upload};
use super::process::Serve;

/// A small disk for one test, if the system allows mounting one.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    #[expect(clippy::print_stderr, reason = "a skipped test prints the reason")]
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
            .arg(at)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(at)),
            _ => {
                eprintln!("skipped: this system does not allow the test to mount a disk");
                None
            }
        }
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        // Lazily, since the server may not have closed its files yet.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_answers_507_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        return;
    };
    let serve = Serve::start(&folder.path().join("state"));
    let classify = |store: bool| {
        let body = json!({ "text": "it crashes", "store": store });
        post(&serve.addr, "/api/v1/classify", &body).unwrap()
    };
    let first = classify(true);
    assert_eq!(first.status, 200, "{first:?}");
    let id = first.json()["predictions"][0]["id"].as_i64().unwrap();
    let filler = folder.path().join("filler");
    let mut size = 1 << 20;
    let mut filled = fs_err::File::create(&filler).unwrap();
    while size >= 1 {
        // Fills the disk to its last byte; each failure halves the step.
        if std::io::Write::write_all(&mut filled, &vec![0; size]).is_err() {
            size /= 2;
        }
    }
    drop(filled);

    // Rows that fit into existing database pages may still be stored; soon nothing fits.
    let full = (0..200)
        .map(|_| classify(true))
        .find(|answer| answer.status != 200)
        .unwrap();
    assert_eq!(full.status, 507, "{full:?}");
    assert_eq!(full.json()["code"], "storage_full");
    let correction = json!({ "prediction_id": id, "label": "bug" });
    let refused = post(&serve.addr, "/api/v1/corrections", &correction).unwrap();
    assert_eq!(refused.status, 507, "{refused:?}");
    let rows = "a row that needs room\n".repeat(20_000);
    let refused = upload(&serve.addr, "a.txt", "text", &rows).unwrap();
    assert_eq!(refused.status, 507, "{refused:?}");
    assert_eq!(
        classify(false).status,
        200,
        "requests that store nothing still succeed"
    );
    assert_eq!(get(&serve.addr, "/api/v1/history").unwrap().status, 200);

    fs_err::remove_file(filler).unwrap();
    assert_eq!(classify(true).status, 200);
    let made = post(&serve.addr, "/api/v1/corrections", &correction).unwrap();
    assert_eq!(made.status, 201, "{made:?}");
    let listed = get(&serve.addr, "/api/v1/corrections").unwrap().json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    serve.terminate();
    drop(disk);
}
