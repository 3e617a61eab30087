//! Completions: the last word is completed from the words that products use, the words before it must be there too.

use std::collections::BTreeMap;

use tantivy::{
    Searcher, Term,
    collector::Count,
    query::{BooleanQuery, FuzzyTermQuery, Occur, Query, TermQuery},
    schema::IndexRecordOption,
};

use super::fields::Fields;
use crate::adapters::search::{Suggestion, analysis};

/// So many completions of the last word are tried beside the words before it, commonest first: the rarest cost least.
const TRIED: usize = 200;

/// The completions of `prefix`, commonest first.
pub(super) fn complete(
    searcher: &Searcher,
    fields: &Fields,
    prefix: &str,
    most: usize,
) -> tantivy::Result<Vec<Suggestion>> {
    let mut before = analysis::words(analysis::plain(), prefix, 8);
    // A space at the end says that the last word is whole: complete nothing, but offer it.
    let Some(last) = before.pop() else {
        return Ok(Vec::new());
    };
    let mut found = starting_with(searcher, fields, &last)?;
    if found.is_empty() && last.chars().count() >= 3 {
        found = nearly_starting_with(searcher, fields, &last)?;
    }
    let mut found: Vec<(String, u64)> = found.into_iter().collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(TRIED);
    let mut suggestions = Vec::new();
    for (word, frequency) in found {
        let count = if before.is_empty() {
            frequency
        } else {
            let all = before.iter().chain(std::iter::once(&word)).map(|word| {
                let term = Term::from_field_text(fields.words, word);
                (
                    Occur::Must,
                    Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>,
                )
            });
            let all = BooleanQuery::new(all.collect());
            u64::try_from(searcher.search(&all, &Count)?).unwrap_or(u64::MAX)
        };
        if count > 0 && !before.contains(&word) {
            let text = before
                .iter()
                .map(String::as_str)
                .chain(std::iter::once(word.as_str()));
            suggestions.push(Suggestion {
                text: text.collect::<Vec<_>>().join(" "),
                count,
            });
        }
    }
    suggestions.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    suggestions.truncate(most);
    Ok(suggestions)
}

fn starting_with(
    searcher: &Searcher,
    fields: &Fields,
    prefix: &str,
) -> tantivy::Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    for segment in searcher.segment_readers() {
        let dictionary = segment.inverted_index(fields.words)?;
        let mut stream = dictionary
            .terms()
            .range()
            .ge(prefix.as_bytes())
            .into_stream()?;
        while stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
            note(&mut found, stream.key(), stream.value().doc_freq);
        }
    }
    Ok(found)
}

fn nearly_starting_with(
    searcher: &Searcher,
    fields: &Fields,
    prefix: &str,
) -> tantivy::Result<BTreeMap<String, u64>> {
    let near = FuzzyTermQuery::new_prefix(Term::from_field_text(fields.words, prefix), 1, true);
    let mut found = BTreeMap::new();
    for segment in searcher.segment_readers() {
        let dictionary = segment.inverted_index(fields.words)?;
        let mut stream = dictionary.terms().search(near.automaton()?).into_stream()?;
        while stream.advance() {
            note(&mut found, stream.key(), stream.value().doc_freq);
        }
    }
    Ok(found)
}

fn note(found: &mut BTreeMap<String, u64>, key: &[u8], frequency: u32) {
    if let Ok(word) = std::str::from_utf8(key) {
        *found.entry(word.to_owned()).or_default() += u64::from(frequency);
    }
}
