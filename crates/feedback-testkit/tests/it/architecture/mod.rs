//! What docs/architecture.md promises about the structure of the workspace.

mod dependencies;
mod graph;
mod modules;
mod public_api;
mod sizes;
mod sources;
