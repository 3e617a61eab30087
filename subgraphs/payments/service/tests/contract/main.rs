//! What payments says to Stripe and hears from it, held against `stripe-mock`, Stripe's own validator of requests:
//! one table of requests, the Stripe emulator and stripe-mock.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod alike;
mod gateway;
mod provider;
mod recorder;
mod table;
