//! How personal data are replaced in what is written or stored.

use std::path::Path;

use feedback_clean::{Masking, PseudonymKey};

/// Returns how personal data are replaced; `None` if they stay.
///
/// # Errors
///
/// The file with the key cannot be read, or the key is too short.
pub fn masking(is_on: bool, pseudonym_key_file: Option<&Path>) -> anyhow::Result<Option<Masking>> {
    if !is_on {
        return Ok(None);
    }
    let Some(path) = pseudonym_key_file else {
        return Ok(Some(Masking::default()));
    };
    let key = PseudonymKey::from_file(path);
    let key = key.map_err(|error| {
        let hint = error.hint();
        anyhow::Error::from(error).context(format!("cannot use `--pseudonym-key-file`\nhint: {hint}"))
    })?;
    Ok(Some(Masking::with_pseudonyms(key)))
}
