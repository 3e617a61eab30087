//! From what is searched for to a request. What shoppers type only ever stands where the server takes plain text.

use serde_json::{Map, Value, json};

use crate::adapters::search::{Query, Sort, analysis, document::BETWEEN};

/// At most so many words of a query count.
const MOST_WORDS: usize = 12;
/// At most so many corrections of a word are tried.
const MOST_CORRECTIONS: usize = 50;
/// How much less a correction counts, by its distance.
const WEIGHT_BY_DISTANCE: [f64; 3] = [1.0, 0.6, 0.3];
/// The fields that are searched for words, with their weight.
const SEARCHED: [(&str, f64); 5] = [
    ("name", 4.0),
    ("brand_text", 2.5),
    ("category_text", 2.0),
    ("option_text", 1.5),
    ("description", 1.0),
];
/// The weight of a SKU.
const SKU: f64 = 6.0;
/// At most so many values of a facet are counted.
const MOST_VALUES: u32 = 200;

/// A word of the query.
pub(super) struct Asked {
    pub word: String,
    /// What to look for, with its distance: the word itself, or what the index has in its place.
    pub spellings: Vec<(String, usize)>,
}

/// The words of a query.
pub(super) fn asked(text: &str) -> Vec<Asked> {
    analysis::words(analysis::stemmed(), text, MOST_WORDS)
        .into_iter()
        .map(|word| Asked {
            spellings: vec![(word.clone(), 0)],
            word,
        })
        .collect()
}

/// Which misspellings are forgiven: none in short words, two in long ones.
pub(super) fn furthest(word: &str) -> usize {
    match word.chars().count() {
        0..4 => 0,
        4..7 => 1,
        _ => 2,
    }
}

/// Products with every word somewhere, or with any of them.
pub(super) fn words(text: &str, asked: &[Asked], every: bool) -> Value {
    let text = text.trim();
    let clauses: Vec<Value> = asked.iter().map(clause).collect();
    if text.is_empty() {
        // Beside products there is the mark.
        json!({ "exists": { "field": "price" } })
    } else if clauses.is_empty() {
        sku(&text.to_lowercase())
    } else if every {
        // A SKU holds hyphens, which split words: the whole text may be one.
        json!({ "bool": { "should": [{ "bool": { "must": clauses } }, sku(&text.to_lowercase())] } })
    } else {
        json!({ "bool": { "should": clauses } })
    }
}

fn clause(asked: &Asked) -> Value {
    let mut forms: Vec<Value> = Vec::new();
    for (spelling, distance) in &asked.spellings {
        let weight = WEIGHT_BY_DISTANCE.get(*distance).copied().unwrap_or(0.3);
        forms.extend(SEARCHED.map(|(field, boost)| {
            json!({ "term": { field: { "value": spelling, "boost": boost * weight } } })
        }));
    }
    forms.push(sku(&asked.word));
    json!({ "dis_max": { "queries": forms, "tie_breaker": 0.1 } })
}

fn sku(text: &str) -> Value {
    json!({ "term": { "sku": { "value": text, "boost": SKU } } })
}

/// Asks for the nearest spellings of words that nobody uses.
pub(super) fn spelling(asked: &[Asked]) -> Value {
    let suggesters: Map<String, Value> = asked
        .iter()
        .enumerate()
        .filter(|(_, asked)| furthest(&asked.word) > 0)
        .map(|(place, asked)| {
            let term = json!({
                "field": "anywhere", "suggest_mode": "missing", "max_edits": furthest(&asked.word), "prefix_length": 0,
                "min_word_length": 4, "size": MOST_CORRECTIONS, "shard_size": MOST_CORRECTIONS, "max_inspections": MOST_CORRECTIONS,
                "accuracy": 0.0, "string_distance": "damerau_levenshtein"
            });
            (place.to_string(), json!({ "text": asked.word, "term": term }))
        })
        .collect();
    Value::Object(suggesters)
}

/// What can be chosen in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Categories,
    Brands,
    Prices,
    /// The option at this place in the query's filters.
    Option(usize),
}

/// What is chosen, by group.
fn chosen(query: &Query) -> Vec<(Group, Value)> {
    let mut filters = Vec::new();
    if !query.categories.is_empty() {
        let ids: Vec<String> = query
            .categories
            .iter()
            .map(|id| id.simple().to_string())
            .collect();
        filters.push((Group::Categories, json!({ "terms": { "category": ids } })));
    }
    if !query.brands.is_empty() {
        filters.push((Group::Brands, json!({ "terms": { "brand": query.brands } })));
    }
    if query.least.is_some() || query.most.is_some() {
        let range = json!({ "range": { "price": { "gte": query.least, "lte": query.most } } });
        filters.push((Group::Prices, range));
    }
    for (place, option) in query.options.iter().enumerate() {
        let values: Vec<String> = option
            .values
            .iter()
            .map(|value| format!("{}{BETWEEN}{value}", option.name))
            .collect();
        filters.push((
            Group::Option(place),
            json!({ "terms": { "option": values } }),
        ));
    }
    filters
}

/// The name of a facet's counts in the answer; counts of a chosen option have one of their own.
pub(super) const OPTIONS: &str = "options";
pub(super) fn option_counts(place: usize) -> String {
    format!("option {place}")
}

/// The whole request: hits within all that is chosen, and each facet counted without what is chosen in it.
pub(super) fn request(query: &Query, words: &Value) -> Value {
    let chosen = chosen(query);
    let without = |group: Option<Group>| -> Vec<&Value> {
        chosen
            .iter()
            .filter(|(of, _)| Some(*of) != group)
            .map(|(_, filter)| filter)
            .collect()
    };
    let mut counts = Map::new();
    let mut count = |name: String, group: Option<Group>, how: &Value| {
        let within = json!({ "bool": { "filter": without(group) } });
        counts.insert(name, json!({ "filter": within, "aggs": { "of": how } }));
    };
    let terms = |field: &str| json!({ "terms": { "field": field, "size": MOST_VALUES, "shard_size": 1_000 } });
    if query.wanted.categories {
        count(
            "categories".to_owned(),
            Some(Group::Categories),
            &terms("category"),
        );
    }
    if query.wanted.brands {
        count("brands".to_owned(), Some(Group::Brands), &terms("brand"));
    }
    if query.wanted.prices {
        count(
            "prices".to_owned(),
            Some(Group::Prices),
            &ranges(&query.price_steps),
        );
    }
    if query.wanted.options {
        count(OPTIONS.to_owned(), None, &terms("option"));
        for place in 0..query.options.len() {
            count(
                option_counts(place),
                Some(Group::Option(place)),
                &terms("option"),
            );
        }
    }
    let mut request = json!({
        "from": query.offset, "size": query.limit, "sort": order(query), "_source": false, "track_total_hits": true
    });
    if counts.is_empty() {
        request["query"] = json!({ "bool": { "must": words, "filter": without(None) } });
    } else {
        request["query"] = words.clone();
        request["post_filter"] = json!({ "bool": { "filter": without(None) } });
        request["aggs"] = Value::Object(counts);
    }
    request
}

fn ranges(steps: &[i64]) -> Value {
    let mut ranges = Vec::with_capacity(steps.len().saturating_add(1));
    let mut from: Option<i64> = None;
    for to in steps.iter().copied().map(Some).chain([None]) {
        let mut range = Map::new();
        range.extend(from.map(|from| ("from".to_owned(), json!(from))));
        range.extend(to.map(|to| ("to".to_owned(), json!(to))));
        if range.is_empty() {
            range.insert("from".to_owned(), json!(0));
        }
        ranges.push(Value::Object(range));
        from = to;
    }
    json!({ "range": { "field": "price", "ranges": ranges } })
}

/// Ties are settled the same way on every page.
fn order(query: &Query) -> Value {
    let newest = json!({ "created": "desc" });
    // Everything scores the same without words: the newest come first then.
    let first = match query.sort {
        Sort::Relevance if !query.text.trim().is_empty() => json!({ "_score": "desc" }),
        Sort::Relevance | Sort::Newest => newest.clone(),
        Sort::PriceAscending => json!({ "price": "asc" }),
        Sort::PriceDescending => json!({ "price": "desc" }),
    };
    json!([first, newest, { "id": "asc" }])
}
