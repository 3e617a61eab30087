//! Filters and the counts beside them. A facet is counted without what is chosen in it: chosen facets take a search of
//! their own each, all others share that of the hits.

use std::{collections::BTreeMap, ops::Bound};

use serde_json::{Map, Value, json};
use tantivy::{
    Searcher, Term,
    aggregation::{
        AggContextParams, AggregationCollector, Key,
        agg_req::Aggregations,
        agg_result::{AggregationResult, AggregationResults, BucketEntries, BucketResult},
    },
    query::{BooleanQuery, Occur, Query as TantivyQuery, RangeQuery, TermSetQuery},
};
use uuid::Uuid;

use super::fields::{BETWEEN, Fields};
use crate::adapters::search::{FacetCount, Facets, PriceCount, Query};

/// At most so many values of a facet are counted.
const MOST_VALUES: u32 = 200;

/// What can be chosen in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Categories,
    Brands,
    Prices,
    /// The option at this place in the query's filters.
    Option(usize),
}

/// The groups in which the query chooses something.
pub(super) fn chosen(query: &Query) -> Vec<Group> {
    let mut groups = Vec::new();
    if !query.categories.is_empty() {
        groups.push(Group::Categories);
    }
    if !query.brands.is_empty() {
        groups.push(Group::Brands);
    }
    if query.least.is_some() || query.most.is_some() {
        groups.push(Group::Prices);
    }
    groups.extend((0..query.options.len()).map(Group::Option));
    groups
}

/// `words` within all that is chosen, except in the group `without`.
pub(super) fn restricted(
    fields: &Fields,
    words: &dyn TantivyQuery,
    query: &Query,
    without: Option<Group>,
) -> Box<dyn TantivyQuery> {
    let mut clauses = vec![(Occur::Must, words.box_clone())];
    for group in chosen(query)
        .into_iter()
        .filter(|group| Some(*group) != without)
    {
        let filter: Box<dyn TantivyQuery> = match group {
            Group::Categories => {
                Box::new(TermSetQuery::new(query.categories.iter().map(|id| {
                    Term::from_field_text(fields.category, &id.simple().to_string())
                })))
            }
            Group::Brands => Box::new(TermSetQuery::new(
                query
                    .brands
                    .iter()
                    .map(|brand| Term::from_field_text(fields.brand, brand)),
            )),
            Group::Prices => {
                let bound = |price: Option<i64>| {
                    price.map_or(Bound::Unbounded, |price| {
                        Bound::Included(Term::from_field_i64(fields.price, price))
                    })
                };
                Box::new(RangeQuery::new(bound(query.least), bound(query.most)))
            }
            Group::Option(index) => {
                let Some(option) = query.options.get(index) else {
                    continue;
                };
                Box::new(TermSetQuery::new(option.values.iter().map(|value| {
                    Term::from_field_text(
                        fields.option,
                        &format!("{}{BETWEEN}{value}", option.name),
                    )
                })))
            }
        };
        // A filter restricts and does not score.
        let silent = tantivy::query::ConstScoreQuery::new(filter, 0.0);
        clauses.push((Occur::Must, Box::new(silent)));
    }
    if clauses.len() == 1 {
        words.box_clone()
    } else {
        Box::new(BooleanQuery::new(clauses))
    }
}

/// Counts the wanted facets among the hits, for what nothing is chosen in. None when none is wanted.
pub(super) fn counter(query: &Query) -> tantivy::Result<Option<AggregationCollector>> {
    let mut wanted = Map::new();
    let free = |group: Group| !chosen(query).contains(&group);
    let terms =
        |field: &str| json!({"terms": {"field": field, "size": MOST_VALUES, "segment_size": 1000}});
    if query.wanted.categories && free(Group::Categories) {
        wanted.insert("categories".to_owned(), terms("category"));
    }
    if query.wanted.brands && free(Group::Brands) {
        wanted.insert("brands".to_owned(), terms("brand"));
    }
    if query.wanted.options {
        wanted.insert("options".to_owned(), terms("option"));
    }
    if query.wanted.prices && free(Group::Prices) {
        wanted.insert("prices".to_owned(), ranges(&query.price_steps));
    }
    collector(wanted)
}

fn ranges(steps: &[i64]) -> Value {
    let mut ranges = Vec::with_capacity(steps.len() + 1);
    let mut from = None;
    for step in steps {
        ranges.push(from.map_or_else(
            || json!({"to": step}),
            |from: i64| json!({"from": from, "to": step}),
        ));
        from = Some(*step);
    }
    ranges.push(from.map_or_else(|| json!({"from": 0}), |from| json!({"from": from})));
    json!({"range": {"field": "price", "ranges": ranges}})
}

fn collector(wanted: Map<String, Value>) -> tantivy::Result<Option<AggregationCollector>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let aggregations: Aggregations = serde_json::from_value(Value::Object(wanted))?;
    Ok(Some(AggregationCollector::from_aggs(
        aggregations,
        AggContextParams::default(),
    )))
}

/// All wanted facets: those counted with the hits, and for each group with a choice one more search without it.
pub(super) fn count(
    searcher: &Searcher,
    fields: &Fields,
    words: &dyn TantivyQuery,
    query: &Query,
    shared: Option<AggregationResults>,
) -> tantivy::Result<Facets> {
    let mut facets = Facets::default();
    let mut options = BTreeMap::new();
    if let Some(results) = shared {
        read(results, query, &mut facets, &mut options);
    }
    for group in chosen(query) {
        let mut alone = Query {
            price_steps: query.price_steps.clone(),
            ..Query::default()
        };
        match group {
            Group::Categories => alone.wanted.categories = query.wanted.categories,
            Group::Brands => alone.wanted.brands = query.wanted.brands,
            Group::Prices => alone.wanted.prices = query.wanted.prices,
            Group::Option(_) => alone.wanted.options = query.wanted.options,
        }
        let Some(collector) = counter(&alone)? else {
            continue;
        };
        let results =
            searcher.search(&restricted(fields, words, query, Some(group)), &collector)?;
        if let Group::Option(index) = group {
            let mut all = BTreeMap::new();
            read(results, query, &mut Facets::default(), &mut all);
            if let Some((name, counts)) = query
                .options
                .get(index)
                .and_then(|option| all.remove_entry(&option.name))
            {
                options.insert(name, counts);
            }
        } else {
            read(results, query, &mut facets, &mut options);
        }
    }
    facets.options = options.into_iter().collect();
    Ok(facets)
}

fn read(
    results: AggregationResults,
    query: &Query,
    facets: &mut Facets,
    options: &mut BTreeMap<String, Vec<FacetCount<String>>>,
) {
    for (name, result) in results.0 {
        let AggregationResult::BucketResult(result) = result else {
            continue;
        };
        match (name.as_str(), result) {
            (
                "prices",
                BucketResult::Range {
                    buckets: BucketEntries::Vec(buckets),
                },
            ) => {
                facets.prices = price_counts(&query.price_steps, |least| {
                    let bucket = buckets.iter().find(|bucket| same(bucket.from, least));
                    bucket.map_or(0, |bucket| bucket.doc_count)
                });
            }
            (name, BucketResult::Terms { buckets, .. }) => {
                for bucket in buckets {
                    let Key::Str(value) = bucket.key else {
                        continue;
                    };
                    let count = bucket.doc_count;
                    match name {
                        "categories" => {
                            if let Ok(value) = Uuid::try_parse(&value) {
                                facets.categories.push(FacetCount { value, count });
                            }
                        }
                        "brands" => facets.brands.push(FacetCount { value, count }),
                        _ => {
                            if let Some((option, value)) = value.split_once(BETWEEN) {
                                let value = FacetCount {
                                    value: value.to_owned(),
                                    count,
                                };
                                options.entry(option.to_owned()).or_default().push(value);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn price_counts(steps: &[i64], count: impl Fn(Option<i64>) -> u64) -> Vec<PriceCount> {
    let bounds: Vec<Option<i64>> = std::iter::once(None)
        .chain(steps.iter().copied().map(Some))
        .chain(std::iter::once(None))
        .collect();
    bounds
        .windows(2)
        .map(|pair| PriceCount {
            least: pair[0],
            below: pair[1],
            count: count(pair[0]),
        })
        .filter(|range| range.count > 0)
        .collect()
}

/// Whether a bucket begins at this price. Prices are far below what a double holds exactly.
fn same(from: Option<f64>, least: Option<i64>) -> bool {
    match (from, least) {
        (None, None) => true,
        (Some(from), None) => from <= 0.0,
        (Some(from), Some(least)) => format!("{from:.0}") == least.to_string(),
        (None, Some(_)) => false,
    }
}
