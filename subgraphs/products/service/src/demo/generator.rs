//! Believable products without end, for load work.

use super::catalogue::{DemoProduct, code, slug, variant};
use super::chance::{mix, pick};
use super::files::{DemoError, Range, Vocabulary, vocabulary};

/// `n` products, made one at a time as they are asked for: always the same ones, each with its own
/// name, in the categories of [`super::DemoCatalogue`]. The first ten of a hundred are the first ten of a thousand.
///
/// # Errors
/// Only when the vocabulary is malformed, which a test rules out.
pub fn generate(n: u64) -> Result<impl Iterator<Item = DemoProduct>, DemoError> {
    let generator = Generator::new(vocabulary()?);
    Ok((0..n).filter_map(move |index| generator.product(index)))
}

/// One thing of one material: `Copper Saucepan`. With a series before it, it is a product's name.
struct Thing {
    range: usize,
    category: String,
    name: String,
    price: i64,
}

struct Generator {
    words: Vocabulary,
    things: Vec<Thing>,
}

impl Generator {
    fn new(words: Vocabulary) -> Self {
        let things = words.ranges.iter().enumerate();
        let things = things.flat_map(|(index, range)| things_of(index, range));
        Self {
            things: things.collect(),
            words,
        }
    }

    fn product(&self, index: u64) -> Option<DemoProduct> {
        let (thing, series, round) = self.place(index)?;
        let range = self.words.ranges.get(thing.range)?;
        let seed = mix(index);
        let mut name = format!("{series} {}", thing.name);
        if round > 0 {
            name = format!("{name} No. {}", round + 1);
        }
        let brand = pick(seed, &range.brands)?.clone();
        let description = self.description(range, thing, seed)?;
        let price = price(thing.price, seed);

        let option = pick(seed >> 24, &range.options)?;
        let prefix = format!("{}-{index:06}", code(&brand, 1));
        let most = option.1.len();
        let count = 1 + usize::try_from(seed >> 32).unwrap_or(0) % most.max(1);
        let variants = if count == 1 {
            vec![variant(&prefix, &name, Vec::new(), price, 0)]
        } else {
            let values = option.1.iter().take(count).enumerate();
            let variants = values.map(|(position, value)| {
                variant(&prefix, &name, vec![value.clone()], price, position)
            });
            variants.collect()
        };
        Some(DemoProduct {
            slug: slug(&name),
            description,
            category: thing.category.clone(),
            brand,
            options: if count == 1 {
                Vec::new()
            } else {
                vec![option.0.clone()]
            },
            variants,
            name,
        })
    }

    /// Two sentences in the number of the thing.
    fn description(&self, range: &Range, thing: &Thing, seed: u64) -> Option<String> {
        let (openings, closings) = if thing.name.ends_with('s') {
            (&self.words.plurals.openings, &self.words.plurals.closings)
        } else {
            (&range.openings, &range.closings)
        };
        let name = thing.name.to_lowercase();
        let mut opening = pick(seed >> 8, openings)?.replace("{}", &name);
        if name.starts_with(['a', 'e', 'i', 'o', 'u']) && opening.starts_with(&format!("A {name}"))
        {
            opening.insert(1, 'n');
        }
        Some(format!("{opening} {}", pick(seed >> 16, closings)?))
    }

    /// Which thing of which series the product is, and how often all of them have been used up before.
    /// Neighbours are far apart, and no pair comes twice in a round.
    fn place(&self, index: u64) -> Option<(&Thing, &str, u64)> {
        let things = u64::try_from(self.things.len()).ok()?;
        let series = u64::try_from(self.words.series.len()).ok()?;
        let pairs = things.checked_mul(series)?;
        let round = index.checked_div(pairs)?;
        let place = spread(index.checked_rem(pairs)?, pairs);
        let thing = self.things.get(usize::try_from(place % things).ok()?)?;
        let series = self
            .words
            .series
            .get(usize::try_from(place / things).ok()?)?;
        Some((thing, series, round))
    }
}

fn things_of(index: usize, range: &Range) -> impl Iterator<Item = Thing> {
    range.nouns.iter().flat_map(move |(category, nouns)| {
        nouns.iter().flat_map(move |(noun, price)| {
            range.materials.iter().map(move |material| Thing {
                range: index,
                category: category.clone(),
                name: format!("{material} {noun}"),
                price: *price,
            })
        })
    })
}

/// Between 60 and 160 per cent of what is usual, ending in 50, 90 or 00 cents.
fn price(usual: i64, seed: u64) -> i64 {
    let percent = 60 + i64::try_from((seed >> 40) % 101).unwrap_or(40);
    let whole = (usual * percent / 10_000).max(1) * 100;
    match (seed >> 50) % 3 {
        0 => whole,
        1 => whole - 10,
        _ => whole - 50,
    }
}

/// A number below `bound`, another one for each `index` below it: steps of a prime near the golden ratio of the whole.
fn spread(index: u64, bound: u64) -> u64 {
    const STEPS: [u64; 4] = [2_654_435_761, 1_000_000_007, 998_244_353, 1];
    let step = STEPS
        .into_iter()
        .find(|step| !bound.is_multiple_of(*step) && divisor(*step, bound) == 1)
        .unwrap_or(1);
    let wide = u128::from(index) * u128::from(step) % u128::from(bound);
    u64::try_from(wide).unwrap_or(index)
}

/// The greatest common divisor.
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}
