//! Completions: the last word is completed from the words that products use, the words before it must be there too.

use serde_json::{Value, json};

use crate::adapters::search::{Suggestion, analysis};

/// So many completions of the last word are looked at.
const TRIED: usize = 40;
/// Beyond so many letters no misspelling is forgiven: the expression for it grows with their square, and the server
/// takes 1,000 characters.
const MOST_FORGIVEN: usize = 16;

/// What is being typed.
pub(super) struct Typed {
    before: Vec<String>,
    last: String,
}

impl Typed {
    /// Reads it; none when there is no word yet.
    pub(super) fn read(prefix: &str) -> Option<Self> {
        let mut before = analysis::words(analysis::plain(), prefix, 8);
        let last = before.pop()?;
        Some(Self { before, last })
    }

    /// Asks for the words that begin like the last one.
    pub(super) fn request(&self) -> Value {
        let like = json!({ "prefix": { "words": { "value": self.last } } });
        self.counted(&like, &format!("{}.*", self.last))
    }

    /// Asks for the words that begin nearly like the last one, one letter off; none when it is too short or too long.
    pub(super) fn forgiving_request(&self) -> Option<Value> {
        let letters: Vec<char> = self.last.chars().collect();
        if !(3..=MOST_FORGIVEN).contains(&letters.len()) {
            return None;
        }
        let nearly = nearly(&letters);
        let like = json!({ "regexp": { "words": { "value": nearly, "flags": "NONE" } } });
        Some(self.counted(&like, &nearly))
    }

    fn counted(&self, like: &Value, include: &str) -> Value {
        let before: Vec<Value> = self
            .before
            .iter()
            .map(|word| json!({ "term": { "words": word } }))
            .collect();
        let completions =
            json!({ "terms": { "field": "words", "include": include, "size": TRIED } });
        json!({
            "size": 0, "track_total_hits": 1, "query": { "bool": { "filter": like } },
            "aggs": { "with": { "filter": { "bool": { "filter": before } }, "aggs": { "completions": completions } } }
        })
    }

    /// The completions in an answer, commonest first; none when no product has a word like the last one.
    pub(super) fn completions(&self, answer: &Value, most: usize) -> Option<Vec<Suggestion>> {
        if answer["hits"]["total"]["value"] == 0 {
            return None;
        }
        let buckets = answer["aggregations"]["with"]["completions"]["buckets"].as_array();
        let mut found: Vec<Suggestion> = buckets
            .into_iter()
            .flatten()
            .filter_map(|bucket| {
                let word = bucket["key"].as_str().map(str::to_owned)?;
                let new = !self.before.contains(&word);
                let words = [&self.before[..], &[word]].concat();
                new.then_some(Suggestion {
                    text: words.join(" "),
                    count: bucket["doc_count"].as_u64()?,
                })
            })
            .collect();
        found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
        found.truncate(most);
        Some(found)
    }
}

/// A regular expression for words with a beginning that is at most one letter off: changed, added, left out, or swapped
/// with its neighbour. The letters are those of words, none of which means anything in an expression.
fn nearly(letters: &[char]) -> String {
    let Some((first, rest)) = letters.split_first() else {
        return ".*".to_owned();
    };
    let whole: String = rest.iter().collect();
    let mut ways = vec![
        format!("{first}{}", nearly(rest)),
        format!(".{whole}.*"),
        format!(".{first}{whole}.*"),
        format!("{whole}.*"),
    ];
    if let Some((second, rest)) = rest.split_first() {
        let rest: String = rest.iter().collect();
        ways.push(format!("{second}{first}{rest}.*"));
    }
    format!("({})", ways.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_expression_is_one_that_the_server_takes() {
        let letters = vec!['x'; MOST_FORGIVEN];
        let length = nearly(&letters).chars().count();
        assert!(length <= 1_000, "{length}");
    }

    #[test]
    fn what_is_typed_becomes_words_and_nothing_else() {
        let typed = Typed::read("Walnut (.*|[^x]) lam\"p").unwrap();
        assert_eq!(typed.before, ["walnut", "x", "lam"]);
        assert_eq!(typed.last, "p");
        assert!(Typed::read("(.*)").is_none());
    }
}
