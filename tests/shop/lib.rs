//! What whole-shop scenarios share: a shop that runs, shoppers, and a journal of what they were answered.
