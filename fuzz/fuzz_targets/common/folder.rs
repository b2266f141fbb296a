//! Loads a model folder in which one file is hostile.

use std::path::PathBuf;
use std::sync::OnceLock;

use feedback_bert::{Device, DeviceChoice, ModelFolder};
use feedback_testkit::fixture;

use crate::memory;

/// Number of bytes that loading may allocate. A folder as small as the fixture needs less, whatever the file contains.
const MEMORY: usize = 256 << 20;

static FOLDER: OnceLock<(PathBuf, Device)> = OnceLock::new();

/// Writes `data` to `file` in a copy of the tiny model, and loads the folder; `None` if it is refused.
pub(crate) fn load_with(file: &str, data: &[u8]) -> Option<ModelFolder> {
    let (folder, device) = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        for name in ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
            std::fs::copy(fixture("tiny-bert").join(name), folder.join(name)).expect("a copy of the fixture");
        }
        let (device, _) = DeviceChoice::Cpu.open().expect("a CPU");
        memory::limit(MEMORY);
        (folder, device)
    });
    std::fs::write(folder.join(file), data).expect("a file");
    ModelFolder::load(folder, device).ok()
}
