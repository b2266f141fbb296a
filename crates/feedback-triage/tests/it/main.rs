//! Tests of rules and urgency through the public functions.

mod rules;
