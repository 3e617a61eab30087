//! Choices by chance, the same ones in every run.

/// A SplitMix64 generator (Steele, Lea, Flood 2014): even, quick, and no secret.
pub(super) struct Chance(u64);

impl Chance {
    /// The choices of one client; each client has its own.
    pub(super) fn of(client: u32) -> Self {
        Self(u64::from(client).wrapping_mul(0x5851_f42d_4c95_7f2d))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `from`, each as likely; the empty text when there is none.
    pub(super) fn pick<'a>(&mut self, from: &'a [String]) -> &'a str {
        let count = u64::try_from(from.len()).unwrap_or(u64::MAX).max(1);
        let index = usize::try_from(self.next() % count).unwrap_or(0);
        from.get(index).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_itself_and_reaches_everything() {
        let words: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let draw = |client| {
            let mut chance = Chance::of(client);
            (0..40).map(|_| chance.pick(&words)).collect::<String>()
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
        assert!(words.iter().all(|word| draw(3).contains(word.as_str())));
        assert_eq!(Chance::of(1).pick(&[]), "");
    }
}
