//! The closed set of error kinds that a client can meet.
