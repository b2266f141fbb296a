use super::*;
use crate::sync::record;

#[test]
fn a_failure_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    write_bytes(&path, "old").unwrap();
    let failed = write_file(&path, |writer| {
        writer.write_all(b"half")?;
        Err::<(), _>(io::Error::from(io::ErrorKind::StorageFull))
    });
    assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
    let mut dropped = AtomicFile::create(&path).unwrap();
    dropped.write_all(b"half").unwrap();
    drop(dropped);
    assert_eq!(fs_err::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_folder_is_synced_once_the_file_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    write_bytes(folder.path().join("a.txt"), "a").unwrap();
    let expected = (folder.path().to_path_buf(), vec!["a.txt".to_owned()]);
    assert_eq!(record::last(), Some(expected));
    move_into_place(folder.path().join("a.txt"), folder.path().join("b.txt")).unwrap();
    let expected = (folder.path().to_path_buf(), vec!["b.txt".to_owned()]);
    assert_eq!(record::last(), Some(expected));
}

#[test]
fn a_missing_folder_is_an_error_with_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no").join("a.txt");
    let error = write_bytes(&path, "a").unwrap_err();
    assert!(error.to_string().contains("a.txt"), "{error}");
    assert!(matches!(
        error,
        Error::Io {
            action: Action::Write,
            ..
        }
    ));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error_with_the_path() {
    let error = write_file("/dev/full", |writer| writer.write_all(&vec![0; 1 << 17])).unwrap_err();
    assert!(
        error.to_string().starts_with("cannot write `/dev/full`: "),
        "{error}"
    );
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    let error = write_bytes("/dev/full", "a").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_unless_it_is_private() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mode = || fs_err::metadata(&path).unwrap().permissions().mode() & 0o777;
    write_bytes(&path, "old").unwrap();
    for given in [0o600, 0o640, 0o755] {
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(given)).unwrap();
        write_bytes(&path, "new").unwrap();
        assert_eq!(mode(), given);
    }
    AtomicFile::create_private(&path).unwrap().commit().unwrap();
    assert_eq!(mode(), 0o600);
}

/// Only root can make a link that belongs to another user; for other users, this test does nothing.
#[cfg(unix)]
#[test]
fn a_link_of_another_user_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs_err::write(&file, "precious").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    if std::os::unix::fs::lchown(&link, Some(65_534), None).is_err() {
        return;
    }
    let error = write_bytes(&link, "gone").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "precious");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_its_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (file, link) = (elsewhere.path().join("file"), folder.path().join("link"));
    fs_err::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    write_bytes(&link, "new").unwrap();
    assert!(fs_err::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "new");
}

#[cfg(unix)]
#[test]
fn a_device_is_written_and_not_replaced() {
    // A socket cannot be opened like a file. So an error shows that it was to be written, and was not replaced by a new file.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let error = write_bytes(&path, "a").unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert!(is_stream(&path));
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_gets_the_content() {
    use std::io::Read;
    use std::os::fd::AsRawFd;
    let (mut reader, writer) = io::pipe().unwrap();
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    write_bytes(path, "through").unwrap();
    drop(writer);
    let mut found = String::new();
    reader.read_to_string(&mut found).unwrap();
    assert_eq!(found, "through");
}

#[cfg(unix)]
#[test]
fn a_written_file_has_the_permissions_of_an_ordinary_one_unless_it_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs_err::write(path("plain"), "a").unwrap();
    write_bytes(path("atomic"), "a").unwrap();
    AtomicFile::create_private(path("private"))
        .unwrap()
        .commit()
        .unwrap();
    let mode = |name| fs_err::metadata(path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("plain"), mode("atomic"));
    assert_eq!(mode("private"), 0o600);
}
