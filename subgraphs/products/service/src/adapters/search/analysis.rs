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

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// As it was written.
    pub written: String,
    /// As the index knows it.
    pub term: String,
}

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
pub(super) fn words(mut analyzer: TextAnalyzer, text: &str, most: usize) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut tokens = analyzer.token_stream(text);
    while words.len() < most && tokens.advance() {
        let token = tokens.token();
        if !words.iter().any(|word| word.term == token.text) {
            words.push(Word {
                written: text
                    .get(token.offset_from..token.offset_to)
                    .unwrap_or(&token.text)
                    .to_owned(),
                term: token.text.clone(),
            });
        }
    }
    words
}

/// The text without words that are too long to be any.
pub(super) fn without_long_words(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut pieces = text.split_inclusive(|c: char| !c.is_alphanumeric());
    pieces.by_ref().for_each(|piece| {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        if word.len() < TOO_LONG {
            kept.push_str(piece);
        } else {
            kept.push(' ');
        }
    });
    kept
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
        let terms: Vec<&str> = found.iter().map(|word| word.term.as_str()).collect();
        assert_eq!(terms, ["bront", "s", "chair", "a"]);
        assert_eq!(found[2].written, "chairs");
    }

    #[test]
    fn words_beyond_reason_are_left_out() {
        let text = format!("oak {} lamp,{}", "x".repeat(40), "y".repeat(39));
        assert_eq!(
            without_long_words(&text),
            format!("oak  lamp,{}", "y".repeat(39))
        );
    }
}
