//! The event envelope and every event type.
