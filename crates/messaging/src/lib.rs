//! Outbox, relay, inbox, retry and dead letters.
