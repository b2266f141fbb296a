//! Themes of the stored texts: what people write about, within each category and across all of them.
//!
//! [`Keeper`] finds them in the background from the kept vectors; the store keeps the result as a document, which has ids of texts but no
//! texts. New texts join the nearest theme or wait until the themes are found again. What people did to a theme is a second document, so
//! that it survives; the labels that themes became are a third one.

mod changes;
mod document;
mod figures;
mod keeper;
mod labels;
mod parts;
mod renew;
mod rows;

pub(crate) use document::{
    Change, Edit, Edits, Figures, Group, Theme, ThemesDocument, Trend, UNFAMILIAR, What,
};
pub(crate) use keeper::{Keeper, Sources, forget, forget_names};
pub(crate) use labels::{AddedLabel, AddedLabels, given};
