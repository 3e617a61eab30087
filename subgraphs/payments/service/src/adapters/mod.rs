//! Outside systems, a folder each. Never here: what is done with their answers.

pub(crate) mod stripe;
