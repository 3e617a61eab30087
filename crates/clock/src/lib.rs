//! The only door to time, ids and chance.
