use std::cell::RefCell;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

thread_local! {
    static CHANCE: RefCell<StdRng> = RefCell::new(StdRng::from_os_rng());
}

/// A new identifier as Stripe forms them: a prefix and 24 letters and digits.
pub(crate) fn mint(prefix: &str) -> String {
    let mut id = String::with_capacity(prefix.len() + 24);
    id.push_str(prefix);
    CHANCE.with_borrow_mut(|chance| {
        for _ in 0..24 {
            id.push(char::from(ALPHABET[chance.random_range(0..ALPHABET.len())]));
        }
    });
    id
}
