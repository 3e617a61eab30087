//! A stand-in that speaks Stripe's protocol.
