//! Model folders from the Hugging Face Hub and its cache.
//!
//! [`resolve_model`] resolves a name to a folder. A path that exists is returned unchanged; a name such as
//! `sentence-transformers/all-MiniLM-L6-v2` is resolved to its snapshot in the cache that Hugging Face's own libraries use. With
//! the Cargo feature `download`, a model that is not in the cache is downloaded into it, in the same layout, so that these
//! libraries find the model too.
//!
//! ```
//! use feedback_hub::{HubOptions, resolve_model};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A cache with one model in it.
//! let cache = tempfile::tempdir()?;
//! let model = cache.path().join("models--someone--tiny");
//! let snapshot = model.join("snapshots").join("0123abc");
//! fs_err::create_dir_all(&snapshot)?;
//! for file in ["config.json", "model.safetensors", "tokenizer.json"] {
//!     fs_err::write(snapshot.join(file), "{}")?;
//! }
//! fs_err::create_dir_all(model.join("refs"))?;
//! fs_err::write(model.join("refs").join("main"), "0123abc")?;
//!
//! let mut options = HubOptions::from_env(None);
//! options.cache = cache.path().to_owned();
//! options.offline = true;
//! assert_eq!(resolve_model("someone/tiny", &options, &mut |_| ())?, snapshot);
//! assert!(resolve_model("someone/other", &options, &mut |_| ()).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! The crate only handles files. It does not load models; of the downloaded files, it reads only the index of weight shards.

mod cache;
#[cfg(feature = "download")]
mod client;
#[cfg(feature = "download")]
mod download;
mod error;
#[cfg(feature = "download")]
mod hashes;
mod model_files;
mod options;
mod progress;
mod resolve;

pub use error::{Error, HubProblem, Result};
pub use options::HubOptions;
pub use progress::DownloadProgress;
pub use resolve::resolve_model;
