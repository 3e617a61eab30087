//! Ports to what lies outside, one folder each. Never here: rules.

pub(crate) mod media;
pub(crate) mod search;
