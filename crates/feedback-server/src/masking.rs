//! Personal data in the fields of records.

use feedback_clean::Masking;
use feedback_store::Fields;

/// Replaces personal data in the names and values of fields; a number that is a phone or card number becomes a text.
pub(crate) fn mask_fields(masking: &Masking, fields: Fields) -> Fields {
    let replace = |text: &str| {
        let masked = masking.mask(text);
        (masked != text).then(|| masked.into_owned())
    };
    let fields = fields.replaced(&replace).unwrap_or(fields);
    fields.replaced_numbers(&replace).unwrap_or(fields)
}
