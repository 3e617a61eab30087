//! The emulator as a client of Stripe meets it: over HTTP, with a receiver of its webhooks.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod shop;

mod hostile;
mod idempotency;
mod intents;
mod lists;
mod real_client;
mod refunds;
mod restart;
mod switches;
mod webhooks;
