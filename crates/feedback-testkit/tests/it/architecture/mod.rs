//! The rules of docs/architecture.md about the structure of the workspace.

mod dependencies;
mod graph;
mod hints;
mod layers;
mod modules;
mod public_api;
mod readmes;
mod sizes;
mod sources;
