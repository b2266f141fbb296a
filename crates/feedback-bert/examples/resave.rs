//! Reads model folders and writes them again, so that `fixtures/generate/check_family.py` can load them in Transformers:
//! `cargo run --example resave -- OUTPUT_DIR FOLDER…`

use std::path::{Path, PathBuf};

use feedback_bert::config::BertConfig;
use feedback_bert::token_classification::TokenClassifier;
use feedback_bert::{DeviceChoice, ModelFolder, Result};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let output = arguments.next().unwrap_or_else(|| "target/resaved".into());
    let (device, _) = DeviceChoice::Cpu.open()?;
    for folder in arguments {
        let target = output.join(folder.file_name().unwrap_or_default());
        if is_token_classifier(&folder)? {
            TokenClassifier::load(&folder, &device)?.save(&target)?;
        } else {
            ModelFolder::load(&folder, &device)?.save(&target)?;
        }
    }
    Ok(())
}

fn is_token_classifier(folder: &Path) -> Result<bool> {
    let config = BertConfig::from_file(&folder.join("config.json"))?;
    let classes = config.other.get("architectures").map(ToString::to_string);
    Ok(classes.is_some_and(|classes| classes.contains("ForTokenClassification")))
}
