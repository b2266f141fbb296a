//! The rules of docs/architecture.md about the structure of the workspace.

mod dependencies;
mod graph;
mod hints;
mod modules;
mod public_api;
mod sizes;
mod sources;
