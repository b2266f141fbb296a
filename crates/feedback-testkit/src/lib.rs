//! Fixture paths, tolerances and model contract checks for the tests of this workspace
