//! From what a shopper typed to a query: every word must be somewhere, a name counts most, and a word that nobody uses
//! is taken for a misspelling of the nearest ones that somebody does.

use std::collections::{BTreeMap, BTreeSet};

use tantivy::{
    Searcher, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query,
        TermQuery,
    },
    schema::IndexRecordOption,
};

use super::fields::Fields;
use crate::adapters::search::analysis;

/// At most so many words of a query count.
const MOST_WORDS: usize = 12;
/// At most so many corrections of a word are tried.
const MOST_CORRECTIONS: usize = 50;
/// How much less a correction counts, by its distance.
const WEIGHT_BY_DISTANCE: [f32; 3] = [1.0, 0.6, 0.3];

/// A query for words, and the words of the index that it looks for.
pub(super) struct Words {
    /// Every word must be there.
    pub all: Box<dyn Query>,
    /// Any of the words may be there; none when there is one word or none.
    pub any: Option<Box<dyn Query>>,
    pub matched: Vec<String>,
}

/// Reads what was typed.
pub(super) fn read(searcher: &Searcher, fields: &Fields, text: &str) -> tantivy::Result<Words> {
    let typed = analysis::words(analysis::stemmed(), text, MOST_WORDS);
    let mut matched = BTreeSet::new();
    let mut clauses = Vec::with_capacity(typed.len());
    for word in &typed {
        let spellings = spellings(searcher, fields, word)?;
        let mut forms: Vec<Box<dyn Query>> = Vec::new();
        for (spelling, distance) in &spellings {
            let weight = WEIGHT_BY_DISTANCE.get(*distance).copied().unwrap_or(0.3);
            forms.extend(
                fields
                    .searched()
                    .map(|(field, boost)| term(field, spelling, boost * weight)),
            );
            matched.insert(spelling.clone());
        }
        forms.push(term(fields.sku, &word.to_lowercase(), 6.0));
        clauses.push(Box::new(DisjunctionMaxQuery::with_tie_breaker(forms, 0.1)) as Box<dyn Query>);
    }
    let sku = text.trim().to_lowercase();
    let all: Box<dyn Query> = if text.trim().is_empty() {
        Box::new(AllQuery)
    } else if clauses.is_empty() {
        term(fields.sku, &sku, 6.0)
    } else {
        let must = clauses
            .iter()
            .map(|clause| (Occur::Must, clause.box_clone()))
            .collect();
        let words: Box<dyn Query> = Box::new(BooleanQuery::new(must));
        // A SKU holds hyphens, which split words: the whole text may be one.
        Box::new(BooleanQuery::new(vec![
            (Occur::Should, words),
            (Occur::Should, term(fields.sku, &sku, 6.0)),
        ]))
    };
    let any = (clauses.len() > 1).then(|| {
        let should = clauses
            .into_iter()
            .map(|clause| (Occur::Should, clause))
            .collect();
        Box::new(BooleanQuery::new(should)) as Box<dyn Query>
    });
    Ok(Words {
        all,
        any,
        matched: matched.into_iter().collect(),
    })
}

fn term(field: tantivy::schema::Field, word: &str, boost: f32) -> Box<dyn Query> {
    let query = TermQuery::new(
        Term::from_field_text(field, word),
        IndexRecordOption::WithFreqs,
    );
    Box::new(BoostQuery::new(Box::new(query), boost))
}

/// The spellings to look for: the word itself when anybody uses it, else its nearest neighbours, commonest first.
fn spellings(
    searcher: &Searcher,
    fields: &Fields,
    word: &str,
) -> tantivy::Result<Vec<(String, usize)>> {
    for (field, _) in fields.searched() {
        if searcher.doc_freq(&Term::from_field_text(field, word))? > 0 {
            return Ok(vec![(word.to_owned(), 0)]);
        }
    }
    let length = word.chars().count();
    let furthest = if length < 4 {
        0
    } else {
        1 + usize::from(length >= 7)
    };
    for distance in 1..=furthest {
        let mut found: BTreeMap<String, u32> = BTreeMap::new();
        for (field, _) in fields.searched() {
            let near = FuzzyTermQuery::new(
                Term::from_field_text(field, word),
                u8::try_from(distance).unwrap_or(2),
                true,
            );
            for segment in searcher.segment_readers() {
                let dictionary = segment.inverted_index(field)?;
                let mut stream = dictionary.terms().search(near.automaton()?).into_stream()?;
                while stream.advance() {
                    // Two misspellings are forgiven where the first letter is right, as Elasticsearch does.
                    if let Ok(spelling) = std::str::from_utf8(stream.key())
                        && (distance < 2 || spelling.chars().next() == word.chars().next())
                    {
                        *found.entry(spelling.to_owned()).or_default() += stream.value().doc_freq;
                    }
                }
            }
        }
        if !found.is_empty() {
            let mut found: Vec<(String, u32)> = found.into_iter().collect();
            found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            found.truncate(MOST_CORRECTIONS);
            return Ok(found
                .into_iter()
                .map(|(spelling, _)| (spelling, distance))
                .collect());
        }
    }
    Ok(vec![(word.to_owned(), 0)])
}
