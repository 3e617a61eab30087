//! Reads the server's answers.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::query::{Asked, OPTIONS, furthest, option_counts};
use crate::adapters::search::{FacetCount, Facets, Found, PriceCount, Query, document::BETWEEN};

/// The hits and the counts of an answer.
pub(super) fn found(query: &Query, answer: &Value) -> Found {
    let hits = answer["hits"]["hits"].as_array().into_iter().flatten();
    Found {
        total: answer["hits"]["total"]["value"].as_u64().unwrap_or(0),
        hits: hits
            .filter_map(|hit| Uuid::try_parse(hit["_id"].as_str()?).ok())
            .collect(),
        matched: Vec::new(),
        facets: facets(query, &answer["aggregations"]),
    }
}

fn buckets(counts: &Value, name: &str) -> impl Iterator<Item = (String, u64)> {
    let buckets = counts[name]["of"]["buckets"].as_array().into_iter();
    buckets.flatten().filter_map(|bucket| {
        Some((
            bucket["key"].as_str()?.to_owned(),
            bucket["doc_count"].as_u64()?,
        ))
    })
}

fn facets(query: &Query, counts: &Value) -> Facets {
    let mut options = options(counts, OPTIONS);
    for (place, option) in query.options.iter().enumerate() {
        let mut alone = self::options(counts, &option_counts(place));
        if let Some((name, values)) = alone.remove_entry(&option.name) {
            options.insert(name, values);
        }
    }
    Facets {
        categories: buckets(counts, "categories")
            .filter_map(|(id, count)| {
                let value = Uuid::try_parse(&id).ok()?;
                Some(FacetCount { value, count })
            })
            .collect(),
        brands: buckets(counts, "brands")
            .map(|(value, count)| FacetCount { value, count })
            .collect(),
        prices: prices(query, counts),
        options: options.into_iter().collect(),
    }
}

fn options(counts: &Value, name: &str) -> BTreeMap<String, Vec<FacetCount<String>>> {
    let mut options: BTreeMap<String, Vec<FacetCount<String>>> = BTreeMap::new();
    for (value, count) in buckets(counts, name) {
        if let Some((option, value)) = value.split_once(BETWEEN) {
            options
                .entry(option.to_owned())
                .or_default()
                .push(FacetCount {
                    value: value.to_owned(),
                    count,
                });
        }
    }
    options
}

/// The ranges come in the order in which they were asked for.
fn prices(query: &Query, counts: &Value) -> Vec<PriceCount> {
    let steps = || query.price_steps.iter().copied().map(Some);
    let bounds = [None].into_iter().chain(steps()).zip(steps().chain([None]));
    buckets(counts, "prices")
        .zip(bounds)
        .map(|((_, count), (least, below))| PriceCount {
            least,
            below,
            count,
        })
        .filter(|range| range.count > 0)
        .collect()
}

/// Gives each word that nobody uses the nearest spellings that somebody does; says whether there were any.
pub(super) fn correct(asked: &mut [Asked], answer: &Value) -> bool {
    let mut corrected = false;
    for (place, asked) in asked.iter_mut().enumerate() {
        let entries = answer["suggest"][place.to_string()].as_array();
        let options = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| entry["options"].as_array())
            .flatten();
        let mut near: Vec<(String, usize)> = options
            .filter_map(|option| option["text"].as_str())
            .map(|spelling| (spelling.to_owned(), distance(&asked.word, spelling)))
            .filter(|(_, distance)| *distance <= furthest(&asked.word))
            .collect();
        let nearest = near.iter().map(|(_, distance)| *distance).min();
        near.retain(|(_, distance)| Some(*distance) == nearest);
        if !near.is_empty() {
            corrected = true;
            asked.spellings = near;
        }
    }
    corrected
}

/// How many letters to change, add, leave out or swap with a neighbour lead from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row.saturating_add(1)];
        for (column, with) in other.iter().enumerate() {
            let changed = last[column].saturating_add(usize::from(letter != with));
            let added = next[column].saturating_add(1);
            let left_out = last[column + 1].saturating_add(1);
            let mut least = changed.min(added).min(left_out);
            if row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *with {
                least = least.min(before[column - 1].saturating_add(1));
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_count_swapped_neighbours_once() {
        for (one, other, expected) in [
            ("chair", "chair", 0),
            ("chiar", "chair", 1),
            ("ketl", "kettl", 1),
            ("wallnutt", "walnut", 2),
            ("", "abc", 3),
            ("öl", "ol", 1),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }
}
