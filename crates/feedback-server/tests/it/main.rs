//! Tests of the complete server, without a network where possible.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot continue fails"
)]

mod access;
mod agreement;
mod alerts;
mod api;
mod api_page;
mod attacks;
mod audits;
mod batches;
mod bounds;
mod columns;
mod damage;
mod dialects;
mod drift;
mod erasures;
mod explore;
mod fields;
mod help;
mod inbox;
mod masking;
mod model_names;
mod openapi;
mod own_model;
mod pages;
mod reclassify;
mod reports;
mod rule_webhooks;
mod rules;
mod scheduled_reports;
mod serving;
mod several_labels;
mod similar;
mod themes;
mod tour;
mod trainings;
mod unfamiliar;
mod views;
mod webhooks;
