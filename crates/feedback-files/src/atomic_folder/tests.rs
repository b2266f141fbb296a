use super::*;
use crate::sync::record;

fn write(target: &Path, content: &str) -> AtomicFolder {
    let folder = AtomicFolder::create(target).unwrap();
    fs_err::create_dir(folder.path().join("inner")).unwrap();
    fs_err::write(folder.path().join("inner/a"), content).unwrap();
    folder
}

fn content(folder: &Path) -> String {
    fs_err::read_to_string(folder.join("inner/a")).unwrap()
}

#[test]
fn the_parent_is_synced_once_the_folder_has_its_name() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("model");
    let synced = |names: &[&str]| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(record::last(), Some((place.path().to_path_buf(), names)));
    };
    write(&target, "1").commit().unwrap();
    synced(&["model"]);
    write(&target, "2").replace().unwrap();
    synced(&["model", "model.previous"]);
}

#[test]
fn a_folder_is_replaced_and_the_previous_one_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("above/model");
    for version in ["1", "2", "3"] {
        write(&target, version).replace().unwrap();
    }
    assert_eq!(content(&target), "3");
    assert_eq!(content(&previous_path(&target)), "2");
    assert_eq!(fs_err::read_dir(target.parent().unwrap()).unwrap().count(), 2);
}

#[test]
fn an_existing_folder_is_an_error_and_an_unfinished_folder_is_removed() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("model");
    drop(write(&target, "0"));
    assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 0);
    write(&target, "1").commit().unwrap();
    let error = write(&target, "2").commit().unwrap_err();
    assert!(error.to_string().contains("model"), "{error}");
    assert_eq!(content(&target), "1");
    assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn a_path_without_a_name_is_refused() {
    for path in ["/", "..", "a/.."] {
        let error = AtomicFolder::create(path).unwrap_err();
        assert!(matches!(error, Error::NoFolderName { .. }), "{error}");
    }
}

#[test]
fn a_folder_can_be_removed_after_an_interrupted_removal() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("model");
    write(&place.path().join(".model.old"), "0").commit().unwrap();
    write(&target, "1").commit().unwrap();
    remove_folder(&target).unwrap();
    assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_written_folder_has_the_permissions_of_an_ordinary_one() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let (plain, target) = (place.path().join("plain"), place.path().join("model"));
    fs_err::create_dir(&plain).unwrap();
    write(&target, "1").commit().unwrap();
    let mode = |path| fs_err::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(plain), mode(target));
}
