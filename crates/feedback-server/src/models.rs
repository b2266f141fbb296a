//! The models that the server keeps: adding, promoting, rolling back.
//!
//! A model folder is copied into the state folder under a name derived from its content, so that neither a new training nor a
//! clean-up elsewhere can change the serving model, or the one to roll back to.

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

/// The files that identify a model.
const FILES: [&str; 4] = [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "feedback.json",
];

/// The models of a state folder, and the engine that one of them serves in.
pub struct Models {
    folder: PathBuf,
    loader: ModelLoader,
    store: StoreHandle,
    engine: Arc<Engine>,
    events: Events,
    /// Held during a change.
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
    /// Starts the engine with the model that was promoted last, or otherwise with the one in `given`, which is added in any
    /// case.
    ///
    /// # Errors
    ///
    /// Errors of loading; [`Error::Invalid`] if there is no model at all.
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
                tracing::warn!(%error, "cannot read the given model; the promoted one serves");
                None
            }
            Some(Err(error)) => return Err(error),
            None => None,
        };
        let served = match (serving, added) {
            (Some(record), Some((id, model))) if record.id == *id => Served { id, model },
            (Some(record), _) => Served {
                id: record.id.as_str().into(),
                model: loader(&folder.join(&record.id))?,
            },
            (None, Some((id, model))) => {
                store.blocking().set_serving(&id)?;
                Served { id, model }
            }
            (None, None) => {
                return Err(Error::Invalid(
                    "there is no model to serve\nhint: name a model folder as `model`; `train` writes one"
                        .into(),
                ));
            }
        };
        Ok(Self {
            folder,
            loader,
            store,
            engine: Arc::new(Engine::start(served, config)?),
            events,
            changing: Mutex::new(()),
        })
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The folder in which a model is kept.
    pub fn folder(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// The record of the serving model.
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

    /// Copies a model folder into the state folder; it does not serve until it is promoted. Returns its id.
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
                store.add_audit("model.add", &id, "")?;
                Ok(id.to_string())
            })
            .await
    }

    /// Makes a model serve. Waiting texts are classified by the model they were sent to.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and errors of loading; the old model then keeps serving.
    pub async fn promote(&self, id: &str) -> Result<()> {
        let _guard = self.changing.lock().await;
        self.promote_locked(id, "model.promote").await
    }

    /// Makes the previous model serve again. Returns its id.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if there is none, and those of [`Models::promote`].
    pub async fn roll_back(&self) -> Result<String> {
        let _guard = self.changing.lock().await;
        let models = self.store.run(|store| store.models()).await?;
        let previous = previous(&models)
            .ok_or_else(|| Error::Conflict("no model served before this one".into()))?
            .id
            .clone();
        self.promote_locked(&previous, "model.roll_back").await?;
        Ok(previous)
    }

    async fn promote_locked(&self, id: &str, action: &'static str) -> Result<()> {
        let (wanted, path, loader) = (id.to_owned(), self.folder.join(id), Arc::clone(&self.loader));
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
                let model = loader(&path)?;
                store.set_serving(&wanted)?;
                store.add_audit(action, &wanted, "")?;
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
    /// A [conflict](feedback_store::Conflict::ModelServing) for the serving model.
    pub async fn discard(&self, id: &str) -> Result<()> {
        let _guard = self.changing.lock().await;
        let id = id.to_owned();
        self.store
            .run(move |store| {
                store.discard_model(&id)?;
                store.add_audit("model.discard", &id, "")
            })
            .await
    }
}

/// The model to roll back to: the last that served before the current one.
pub(crate) fn previous(models: &[ModelRecord]) -> Option<&ModelRecord> {
    models
        .iter()
        .filter(|model| model.state == ModelState::Retired)
        .max_by_key(|model| model.served_at)
}

fn add(
    folder: &Path,
    path: &Path,
    loader: &ModelLoader,
    store: &dyn ModelStore,
) -> Result<(Arc<str>, Arc<dyn Model>)> {
    let model = loader(path)?;
    let id = content_id(path)?;
    let kept = folder.join(&id);
    if !kept.is_dir() {
        copy_folder(path, &kept)?;
    }
    let manifest = match fs_err::read(path.join("feedback.json")) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(_) => Value::Null, // a folder of Transformers has none
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

/// Without the hashes of all training texts, which are many and never shown.
fn without_fingerprints(mut manifest: Value) -> Value {
    if let Some(fields) = manifest.as_object_mut() {
        fields.shift_remove("fingerprints");
    }
    manifest
}

/// The first 12 hex digits of a hash of the model's files.
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

/// Copies the files of a folder next to the target, and renames the copy.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let copy = AtomicFolder::create(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs_err::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
    }
    Ok(copy.commit()?)
}
