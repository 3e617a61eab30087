//! How text becomes words, and how words that were found are shown.

use std::collections::BTreeMap;

use tantivy::{
    schema::Field,
    snippet::SnippetGenerator,
    tokenizer::{
        AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer,
        TextAnalyzer,
    },
};

/// Words of so many bytes are none.
const TOO_LONG: usize = 40;

/// Words as they are, in lower case, for completing.
pub(super) fn plain() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(TOO_LONG))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

/// Words by their stem, for searching.
pub(super) fn stemmed() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(TOO_LONG))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The different words of a text, at most `most`.
pub(super) fn words(mut analyzer: TextAnalyzer, text: &str, most: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut tokens = analyzer.token_stream(text);
    while words.len() < most && tokens.advance() {
        if !words.contains(&tokens.token().text) {
            words.push(tokens.token().text.clone());
        }
    }
    words
}

/// The terms of all words of a text, in order, with spaces between them: what an engine without analysis of its own
/// takes for the text.
pub(super) fn terms(analyzer: &mut TextAnalyzer, text: &str) -> String {
    let mut terms = String::with_capacity(text.len());
    let mut tokens = analyzer.token_stream(text);
    while tokens.advance() {
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(&tokens.token().text);
    }
    terms
}

/// The part of `text` around the words in `matched`, as HTML: words in `<mark>`, everything else escaped.
pub(super) fn highlight(matched: &[String], text: &str, most_characters: usize) -> String {
    let terms: BTreeMap<String, f32> = matched.iter().map(|word| (word.clone(), 1.0)).collect();
    // The field matters where a document is shown, which this is not.
    let field = Field::from_field_id(0);
    let mut snippet = SnippetGenerator::new(terms, stemmed(), field, most_characters).snippet(text);
    if snippet.is_empty() {
        // Nothing matched here: the beginning, escaped like any other text.
        let cut: String = text.chars().take(most_characters).collect();
        return escaped(&cut);
    }
    snippet.set_snippet_prefix_postfix("<mark>", "</mark>");
    snippet.to_html()
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#x27;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_stemmed_and_told_once() {
        let found = words(stemmed(), "Brontë's chairs, a CHAIR", 9);
        assert_eq!(found, ["bront", "s", "chair", "a"]);
    }

    #[test]
    fn texts_become_terms_without_words_beyond_reason() {
        let text = format!("Oak (chairs)  {} lamps,oak", "x".repeat(40));
        assert_eq!(terms(&mut stemmed(), &text), "oak chair lamp oak");
    }
}
