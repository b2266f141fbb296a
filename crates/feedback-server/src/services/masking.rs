//! Replaces personal data before anything is classified or stored, if the settings ask for it.

use crate::masking::mask_fields;
use crate::state::Inner;
use feedback_store::Fields;

impl Inner {
    /// Returns the text without personal data; returns it unchanged if the settings do not ask for
    /// masking.
    pub(crate) fn masked(&self, text: String) -> String {
        match &self.config.masking {
            Some(masking) => masking.mask(&text).into_owned(),
            None => text,
        }
    }

    /// Returns fields without personal data; returns them unchanged if the settings do not ask for
    /// masking.
    pub(crate) fn masked_fields(&self, fields: Fields) -> Fields {
        match &self.config.masking {
            Some(masking) => mask_fields(masking, fields),
            None => fields,
        }
    }
}
