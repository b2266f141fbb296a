//! What a file seems to contain, judged by its first rows.

mod annotated;
mod date_role;
mod exports;
mod fields;
mod layout;
mod look;
mod resolve;
pub(crate) mod roles;
mod shape;
mod values;

pub use exports::{KnownExport, RecognisedExport};
pub use fields::FieldSample;
pub use look::{PREVIEW_ROWS, Preview, preview};
pub use resolve::{Resolved, resolve, resolve_as};
pub use roles::{Roles, rating_field};
pub use values::rating;
