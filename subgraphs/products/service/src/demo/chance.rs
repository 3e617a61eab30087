//! Numbers that look like chance and are the same at every run.

/// A number that depends on the whole text (FNV-1a, then mixed).
pub(super) fn hash(text: &str) -> u64 {
    let folded = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mix(folded)
}

/// Spreads every bit of the seed over the whole number (the finisher of SplitMix64).
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number below `bound`, or 0 when `bound` is 0.
pub(super) fn below(seed: u64, bound: u64) -> u64 {
    seed.checked_rem(bound).unwrap_or(0)
}

/// One of the items, or none when there are none.
pub(super) fn pick<T>(seed: u64, items: &[T]) -> Option<&T> {
    let index = below(seed, u64::try_from(items.len()).ok()?);
    items.get(usize::try_from(index).ok()?)
}
