//! Backing up and restoring a state folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use feedback_files::{AtomicFolder, make_private, previous_path};
use feedback_store::{Erased, Erasure, ErasureStore, SqliteStore, Store};

use crate::config::MAX_ROW_BYTES;
use crate::erasing::Places;
use crate::error::{Error, Result};
use crate::state_folder::{DATABASE, ERASED_THROUGH, StateFolder, UNFINISHED};
use crate::vectors::KeptVectors;

/// The subfolders to copy.
const FOLDERS: [&str; 3] = ["uploads", "models", "trainings"];
/// The files to copy besides the database.
const FILES: [&str; 2] = ["secret", ERASED_THROUGH];

/// What [`restore`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// Where the previous state folder was moved to; `None` if there was none.
    pub previous: Option<PathBuf>,
    /// Number of predictions that were erased again, because they had been erased after the backup was made.
    pub erased_again: u64,
}

/// Copies a state folder to a new folder. A server may be using it at the same time.
///
/// First the database is copied as a snapshot, then the files. So the backup contains every file that the snapshot refers to,
/// except files that are removed during the copy.
///
/// # Errors
///
/// [`Error::Unusable`] if the folder has no SQLite database or contains a link, or if `to` is inside it; [`Error::Io`] if `to`
/// exists or a file cannot be copied.
pub fn back_up(state_dir: &Path, to: &Path) -> Result<()> {
    let database = state_dir.join(DATABASE);
    if !database.is_file() {
        return Err(Error::unusable(
            format!("`{}` has no `{DATABASE}`", state_dir.display()),
            "name the state folder of a server that uses SQLite; back up a PostgreSQL database with `pg_dump`",
        ));
    }
    let (inside, whole) = (std::path::absolute(to)?, std::path::absolute(state_dir)?);
    if inside.starts_with(&whole) {
        return Err(Error::unusable(
            "a backup cannot be inside the state folder",
            "name a folder outside it as `output`",
        ));
    }
    let copy = AtomicFolder::create(to)?;
    make_private(copy.path())?;
    copy_database(&database, &copy.path().join(DATABASE))?;
    copy_files(state_dir, copy.path())?;
    Ok(copy.commit()?)
}

/// Replaces the state folder with a backup. The current state folder records which texts were erased after the backup was made;
/// these are erased again in the restored folder. The current folder is kept next to the restored one.
///
/// # Errors
///
/// [`Error::StateInUse`] if a server uses the folder, [`Error::Invalid`] if the backup has no database, [`Error::Unusable`] if the
/// database that is to be replaced cannot be read.
pub fn restore(backup: &Path, state_dir: &Path) -> Result<Restored> {
    if !backup.join(DATABASE).is_file() {
        return Err(Error::Invalid(format!(
            "`{}` is not a backup: it has no `{DATABASE}`",
            backup.display()
        )));
    }
    let existed = state_dir.join(DATABASE).is_file();
    let folder = StateFolder::open(state_dir)?;
    let (erasures, erased) = known_erasures(state_dir, &folder.salvaged()?)?;
    let copy = AtomicFolder::create(state_dir)?;
    make_private(copy.path())?;
    copy_database(&backup.join(DATABASE), &copy.path().join(DATABASE))?;
    copy_files(backup, copy.path())?;
    let erased_again = {
        let store = SqliteStore::open(&copy.path().join(DATABASE))?;
        store.check()?;
        let count = store.repeat_erasures(erasures, erased)?;
        let places = Places {
            state_dir: copy.path().to_owned(),
            max_row_bytes: MAX_ROW_BYTES,
            // A backup has none: they are computed from the texts.
            vectors: Arc::new(KeptVectors::new(copy.path())),
        };
        places.go_on(&store)?;
        count
    };
    copy.replace()?;
    Ok(Restored {
        previous: existed.then(|| previous_path(state_dir)),
        erased_again,
    })
}

/// Hands the database of a state folder to `take`, which moves its rows elsewhere, while no server uses the folder. Then renames the file, so
/// that no server starts with it. Returns what `take` returned, and the new path.
///
/// # Errors
///
/// [`Error::StateInUse`] if a server uses the folder, [`Error::Unusable`] if it has no SQLite database; the error of `take`, after which the
/// folder is as before.
pub fn take_database<T>(
    state_dir: &Path,
    take: impl FnOnce(&Path) -> feedback_store::Result<T>,
) -> Result<(T, PathBuf)> {
    let file = state_dir.join(DATABASE);
    if !file.is_file() {
        return Err(Error::unusable(
            format!("`{}` has no `{DATABASE}`", state_dir.display()),
            "name the state folder of a server that uses SQLite",
        ));
    }
    let kept = state_dir.join(format!("{DATABASE}.moved"));
    if kept.exists() {
        return Err(Error::unusable(
            format!("`{}` exists: a database was moved before", kept.display()),
            "remove it, or move it elsewhere",
        ));
    }
    let _folder = StateFolder::open(state_dir)?;
    let taken = take(&file)?;
    fs_err::rename(&file, &kept)?;
    Ok((taken, kept))
}

/// Makes `make` write the database of a state folder that has none, while no server uses the folder; returns its path.
///
/// # Errors
///
/// [`Error::StateInUse`] if a server uses the folder, [`Error::Unusable`] if it has a database; the error of `make`.
pub fn with_database(
    state_dir: &Path,
    make: impl FnOnce(&Path) -> feedback_store::Result<()>,
) -> Result<PathBuf> {
    let folder = StateFolder::open(state_dir)?;
    let file = state_dir.join(DATABASE);
    if file.exists() {
        return Err(Error::unusable(
            format!("`{}` exists", file.display()),
            "move it elsewhere, or name another state folder",
        ));
    }
    make(&file)?;
    folder.database()?; // only its owner can read it
    Ok(file)
}

/// Returns the erasures that a state folder records; both lists are empty if it has no database. If the database is damaged, its
/// readable rows are first copied to `copy`.
fn known_erasures(state_dir: &Path, copy: &Path) -> Result<(Vec<Erasure>, Vec<Erased>)> {
    let database = state_dir.join(DATABASE);
    if !database.is_file() {
        return Ok((Vec::new(), Vec::new()));
    }
    let opened = SqliteStore::quick_check(&database).and_then(|problem| match problem {
        None => SqliteStore::open(&database),
        Some(problem) => Ok(SqliteStore::salvage(&database, copy, problem)?.0),
    });
    let store = opened.map_err(|error| {
        let path = database.display();
        Error::unusable(
            format!("cannot read which texts were erased in `{path}`: {error}"),
            "to restore without erasing these texts again, move the folder away first",
        )
    })?;
    Ok((store.erasures()?, store.erased(0)?))
}

fn copy_database(from: &Path, to: &Path) -> Result<()> {
    SqliteStore::copy(from, to)?;
    Ok(make_private(to)?)
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for name in FILES {
        if from.join(name).is_file() {
            fs_err::copy(from.join(name), to.join(name))?;
            make_private(to.join(name))?;
        }
    }
    for name in FOLDERS {
        copy_folder(&from.join(name), &to.join(name))?;
    }
    Ok(())
}

/// Copies a folder, readable by its owner only. Files that disappear during the copy, such as temporary files, are left out.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs_err::create_dir_all(to)?;
    make_private(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // This file is being received or rewritten.
        if name.starts_with(UNFINISHED) || name.ends_with(".part") {
            continue;
        }
        if path.is_symlink() {
            return Err(Error::unusable(
                format!(
                    "`{}` is a symbolic link; a state folder must not contain links",
                    path.display()
                ),
                "replace it with its target",
            ));
        }
        if path.is_dir() {
            copy_folder(&path, &target)?;
            continue;
        }
        match fs_err::copy(&path, &target) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => {
                other?;
                make_private(&target)?;
            }
        }
    }
    Ok(())
}
