//! The shape of the data files in `demo/`.

use std::collections::HashMap;

use serde::Deserialize;
use thiserror::Error;

/// A data file of the demo catalogue is not what it should be.
#[derive(Debug, Error)]
pub enum DemoError {
    /// It is not the JSON expected.
    #[error("demo data {file}: {source}")]
    Malformed {
        /// The file, below `demo/`.
        file: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A product names a set of option values that its file does not have.
    #[error("demo data: no option set {0:?}")]
    NoSuchSet(String),
}

/// One department: a category with categories below it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Department {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) sets: HashMap<String, Vec<Choice>>,
    pub(super) categories: Vec<Shelf>,
}

/// A category with its products.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shelf {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) products: Vec<Article>,
}

/// A product; its variants are all combinations of its options.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Article {
    pub(super) name: String,
    pub(super) brand: String,
    /// In cents.
    pub(super) price: i64,
    #[serde(default)]
    pub(super) options: Vec<(String, Choices)>,
    pub(super) about: String,
}

/// The values of an option: written out, or the name of a set of the file.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Choices {
    Set(String),
    Listed(Vec<Choice>),
}

/// A value of an option, with what it adds to the price, in cents.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Choice {
    Plain(String),
    Dearer(String, i64),
}

impl Choice {
    pub(super) fn value(&self) -> &str {
        match self {
            Self::Plain(value) | Self::Dearer(value, _) => value,
        }
    }

    pub(super) fn surcharge(&self) -> i64 {
        match self {
            Self::Plain(_) => 0,
            Self::Dearer(_, surcharge) => *surcharge,
        }
    }
}

impl Department {
    /// The values of an option.
    pub(super) fn choices<'a>(&'a self, choices: &'a Choices) -> Result<&'a [Choice], DemoError> {
        match choices {
            Choices::Listed(choices) => Ok(choices),
            Choices::Set(name) => self
                .sets
                .get(name)
                .map(Vec::as_slice)
                .ok_or_else(|| DemoError::NoSuchSet(name.clone())),
        }
    }
}

/// What load work's products are made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vocabulary {
    pub(super) series: Vec<String>,
    pub(super) plurals: Sentences,
    pub(super) ranges: Vec<Range>,
}

/// Sentences for things that come in the plural.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sentences {
    pub(super) openings: Vec<String>,
    pub(super) closings: Vec<String>,
}

/// The words of one department.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    pub(super) brands: Vec<String>,
    pub(super) materials: Vec<String>,
    pub(super) options: Vec<(String, Vec<String>)>,
    pub(super) openings: Vec<String>,
    pub(super) closings: Vec<String>,
    /// By category: nouns with a typical price, in cents.
    pub(super) nouns: Vec<(String, Vec<(String, i64)>)>,
}

/// A drawing, the words in a product's name that ask for it, and the categories it stands for otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Motif {
    pub(super) words: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) svg: String,
}

macro_rules! data {
    ($file:literal) => {
        ($file, include_str!(concat!("../../demo/", $file)))
    };
}

const DEPARTMENTS: [(&str, &str); 12] = [
    data!("catalogue/kitchen.json"),
    data!("catalogue/home.json"),
    data!("catalogue/clothing.json"),
    data!("catalogue/electronics.json"),
    data!("catalogue/outdoors.json"),
    data!("catalogue/sport.json"),
    data!("catalogue/stationery.json"),
    data!("catalogue/bath.json"),
    data!("catalogue/pantry.json"),
    data!("catalogue/garden.json"),
    data!("catalogue/kids.json"),
    data!("catalogue/pets.json"),
];

fn parse<T: for<'a> Deserialize<'a>>(
    (file, text): (&'static str, &'static str),
) -> Result<T, DemoError> {
    serde_json::from_str(text).map_err(|source| DemoError::Malformed { file, source })
}

/// Every department, in the order shown.
pub(super) fn departments() -> Result<Vec<Department>, DemoError> {
    DEPARTMENTS.into_iter().map(parse).collect()
}

/// The words for load work.
pub(super) fn vocabulary() -> Result<Vocabulary, DemoError> {
    parse(data!("vocabulary.json"))
}

/// The drawings.
pub(super) fn motifs() -> Result<Vec<Motif>, DemoError> {
    parse(data!("motifs.json"))
}
