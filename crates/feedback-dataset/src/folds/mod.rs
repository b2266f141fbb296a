//! Cross-validation: every row is held out exactly once.

mod assignment;
mod groups;
pub(crate) mod stratified;
pub(crate) mod stratified_groups;

pub use assignment::Folds;
pub use groups::group_k_fold;
pub use stratified::stratified_k_fold;
pub use stratified_groups::stratified_group_k_fold;
