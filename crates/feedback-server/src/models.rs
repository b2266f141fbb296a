//! The models that the server keeps: adding, promoting, rolling back.
//!
//! A model folder is copied into the state folder, under a name derived from its content. So a new training or a clean-up
//! elsewhere cannot change the serving model or the model to roll back to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use feedback_files::{AtomicFolder, sha256_hex, sha256_of_file};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::events::{Event, Events};
use crate::serving::{Engine, EngineConfig, Model, Served};
use crate::store::StoreHandle;
use feedback_store::{ModelRecord, ModelState, ModelStore};

/// Loads a model folder onto the device that the program chose.
pub type ModelLoader = Arc<dyn Fn(&Path) -> feedback_inference::Result<Arc<dyn Model>> + Send + Sync>;

/// What a model classifies before it serves.
const WARM_UP: &str = "The export button does nothing since the update.";

/// The files that identify a model.
const FILES: [&str; 4] = [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "feedback.json",
];

/// The models of a state folder, and the engine that runs the serving model.
pub struct Models {
    folder: PathBuf,
    loader: ModelLoader,
    store: StoreHandle,
    engine: Arc<Engine>,
    events: Events,
    /// Locked while a model is added, promoted or discarded.
    changing: Mutex<()>,
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Models")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Models {
    /// Adds the model in `given`, if any, and starts the engine with the model that was promoted last. If none was promoted, or its
    /// files are damaged, the added model serves.
    ///
    /// # Errors
    ///
    /// Errors of loading a model; [`Error::Unusable`] if there is no model at all.
    pub(crate) fn open(
        state_dir: &Path,
        given: Option<&Path>,
        loader: ModelLoader,
        store: StoreHandle,
        config: EngineConfig,
        events: Events,
    ) -> Result<Self> {
        let folder = state_dir.join("models");
        fs_err::create_dir_all(&folder)?;
        let known = store.blocking().models()?;
        let serving = known.iter().find(|model| model.state == ModelState::Serving);
        let added = match given.map(|path| add(&folder, path, &loader, store.blocking())) {
            Some(Ok(added)) => Some(added),
            // The serving model is a copy and does not depend on the given folder.
            Some(Err(error)) if serving.is_some() => {
                tracing::warn!(%error, hint = error.hint(), "cannot load the given model; serving the promoted one");
                None
            }
            Some(Err(error)) => return Err(error),
            None => None,
        };
        let served = match (serving, added) {
            (Some(record), Some((id, model))) if record.id == *id => Served { id, model },
            (Some(record), added) => match (load_kept(&folder, &record.id, &loader), added) {
                (Ok(model), added) => {
                    warn_of_candidate(added.as_ref().map(|(given, _)| &**given), &record.id);
                    Served {
                        id: record.id.as_str().into(),
                        model,
                    }
                }
                (Err(error), Some(added)) => {
                    tracing::error!(%error, hint = error.hint(), model = record.id, "the promoted model is damaged; serving the given one");
                    serve_first(store.blocking(), added)?
                }
                (Err(error), None) => return Err(error),
            },
            (None, Some(added)) => serve_first(store.blocking(), added)?,
            (None, None) => {
                return Err(Error::unusable(
                    "there is no model to serve",
                    "name a model folder as `model`; `train` writes one",
                ));
            }
        };
        warm_up(&*served.model)?;
        Ok(Self {
            folder,
            loader,
            store,
            engine: Arc::new(Engine::start(served, config)?),
            events,
            changing: Mutex::new(()),
        })
    }

    /// Returns the engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Returns the folder in which a model is kept.
    pub fn folder(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// Returns the record of the serving model.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub async fn serving(&self) -> Result<ModelRecord> {
        let id = self.engine.current().id;
        self.store
            .run(move |store| {
                store.model(&id)?.ok_or_else(|| Error::NotFound {
                    what: "model",
                    id: id.to_string(),
                })
            })
            .await
    }

    /// Copies a model folder into the state folder and returns the model's id. The model does not serve until it is promoted.
    ///
    /// # Errors
    ///
    /// Errors of loading or copying.
    pub async fn add(&self, path: &Path) -> Result<String> {
        let _guard = self.changing.lock().await;
        let (folder, path, loader) = (self.folder.clone(), path.to_owned(), Arc::clone(&self.loader));
        self.store
            .run(move |store| -> Result<_> {
                let (id, _) = add(&folder, &path, &loader, store)?;
                store.add_audit("server", "model.add", &id, "")?;
                Ok(id.to_string())
            })
            .await
    }

    /// Promotes a model, on behalf of `actor`. Texts that are already waiting are classified by the previous model.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if another model than `serving` serves; [`Error::NotFound`] if there is no such model; errors of loading it. After an error, the previous model keeps serving.
    pub(crate) async fn promote(&self, id: &str, serving: &str, actor: &str) -> Result<()> {
        let _guard = self.changing.lock().await;
        if *self.engine.current().id != *serving {
            return Err(Error::Conflict(
                "another model was promoted meanwhile; look at the models again".into(),
            ));
        }
        self.promote_locked(id, actor, "model.promote").await
    }

    /// Makes the previous model serve again. Returns its id.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if there is no previous model; the errors of [`Models::promote`].
    pub(crate) async fn roll_back(&self, actor: &str) -> Result<String> {
        let _guard = self.changing.lock().await;
        let models = self.store.run(|store| store.models()).await?;
        let previous = previous(&models)
            .ok_or_else(|| Error::Conflict("no model served before this one".into()))?
            .id
            .clone();
        self.promote_locked(&previous, actor, "model.roll_back").await?;
        Ok(previous)
    }

    async fn promote_locked(&self, id: &str, actor: &str, action: &'static str) -> Result<()> {
        let actor = actor.to_owned();
        let (wanted, folder, loader) = (id.to_owned(), self.folder.clone(), Arc::clone(&self.loader));
        let model = self
            .store
            .run(move |store| {
                // Known ids only: a request must never name a path.
                if store.model(&wanted)?.is_none() {
                    return Err(Error::NotFound {
                        what: "model",
                        id: wanted,
                    });
                }
                let model = load_kept(&folder, &wanted, &loader)?;
                warm_up(&*model)?;
                store.set_serving(&wanted)?;
                store.add_audit(&actor, action, &wanted, "")?;
                Ok(model)
            })
            .await?;
        self.engine.swap(Served { id: id.into(), model });
        tracing::info!(model = id, action, "the serving model changed");
        self.events.send(Event::Model { id: id.to_owned() });
        Ok(())
    }

    /// Marks a model as discarded.
    ///
    /// # Errors
    ///
    /// A [conflict](feedback_store::Conflict::ModelServing) if it is the serving model.
    pub(crate) async fn discard(&self, id: &str, actor: &str) -> Result<()> {
        let _guard = self.changing.lock().await;
        let (id, actor) = (id.to_owned(), actor.to_owned());
        self.store
            .run(move |store| {
                store.discard_model(&id)?;
                store.add_audit(&actor, "model.discard", &id, "")
            })
            .await
    }
}

/// Returns the model to roll back to: the last one that served before the current model.
pub(crate) fn previous(models: &[ModelRecord]) -> Option<&ModelRecord> {
    models
        .iter()
        .filter(|model| model.state == ModelState::Retired)
        .max_by_key(|model| model.served_at)
}

/// Classifies a text before the model serves: the first pass also allocates its buffers, and a model that cannot classify must not serve.
fn warm_up(model: &dyn Model) -> Result<()> {
    let encodings = model.encode(&[WARM_UP.to_owned()])?;
    model.predict(&encodings.iter().collect::<Vec<_>>())?;
    Ok(())
}

/// Loads a model from the state folder. Fails if its files have changed since it was added.
fn load_kept(folder: &Path, id: &str, loader: &ModelLoader) -> Result<Arc<dyn Model>> {
    let kept = folder.join(id);
    if content_id(&kept)? != id {
        return Err(Error::Conflict(format!(
            "the files of the model `{id}` have changed since it was added; add it again"
        )));
    }
    Ok(loader(&kept)?)
}

/// Says that the given model does not serve, because another one was promoted before.
fn warn_of_candidate(given: Option<&str>, serving: &str) {
    if let Some(given) = given {
        tracing::warn!(
            given,
            serving,
            "the given model is a candidate, another one serves; promote it on the page Models"
        );
    }
}

fn serve_first(store: &dyn ModelStore, (id, model): (Arc<str>, Arc<dyn Model>)) -> Result<Served> {
    store.set_serving(&id)?;
    Ok(Served { id, model })
}

fn add(
    folder: &Path,
    path: &Path,
    loader: &ModelLoader,
    store: &dyn ModelStore,
) -> Result<(Arc<str>, Arc<dyn Model>)> {
    let model = loader(path)?;
    let loaded = content_id(path)?;
    let copy = copy_folder(path, &folder.join("incoming"))?;
    let id = content_id(copy.path())?;
    if id != loaded {
        return Err(Error::Conflict(format!(
            "the model folder `{}` changed while it was copied; add it again",
            path.display()
        )));
    }
    let kept = folder.join(&id);
    if !kept.is_dir() || content_id(&kept)? != id {
        copy.renamed_to(&id).replace()?; // a damaged copy is kept next to it
    }
    let manifest = match fs_err::read(path.join("feedback.json")) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(_) => Value::Null, // Transformers does not write this file
    };
    store.put_model(ModelRecord {
        id: id.clone(),
        origin: path.display().to_string(),
        state: ModelState::Candidate,
        labels: model.labels().to_vec(),
        manifest: without_fingerprints(manifest),
        added_at: now_ms(),
        served_at: None,
    })?;
    Ok((id.into(), model))
}

/// Removes the hashes of the training texts from a manifest: there are many, and they are never shown.
fn without_fingerprints(mut manifest: Value) -> Value {
    if let Some(fields) = manifest.as_object_mut() {
        fields.shift_remove("fingerprints");
    }
    manifest
}

/// Returns the first 12 hex digits of a hash of the model's files.
fn content_id(folder: &Path) -> Result<String> {
    let mut all = String::new();
    for name in FILES {
        let path = folder.join(name);
        if path.is_file() {
            all += name;
            all += &sha256_of_file(&path)?;
        }
    }
    let mut id = sha256_hex(all);
    id.truncate(12);
    Ok(id)
}

/// Copies the files of a folder to a temporary folder next to `to`. Links are followed, because model caches consist of links.
fn copy_folder(from: &Path, to: &Path) -> Result<AtomicFolder> {
    let copy = AtomicFolder::create(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        if entry.path().is_file() {
            fs_err::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
    }
    Ok(copy)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_when_a_folder_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (blobs, model) = (folder.path().join("blobs"), folder.path().join("model"));
        fs_err::create_dir(&blobs).unwrap();
        fs_err::create_dir(&model).unwrap();
        fs_err::write(blobs.join("a"), "{}").unwrap();
        std::os::unix::fs::symlink("../blobs/a", model.join("config.json")).unwrap();
        let copy = copy_folder(&model, &folder.path().join("copy")).unwrap();
        assert_eq!(content_id(copy.path()).unwrap(), content_id(&model).unwrap());
        fs_err::remove_dir_all(&blobs).unwrap();
        assert_eq!(
            fs_err::read_to_string(copy.path().join("config.json")).unwrap(),
            "{}"
        );
    }
}
