//! Tracing, metrics and their propagation.
