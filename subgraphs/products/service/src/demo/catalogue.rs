//! The hand-written products of the first start.

use super::chance::{below, hash};
use super::files::{Article, Choice, DemoError, Department, departments};

/// A category of the demo catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoCategory {
    /// The readable part of its address, unique among categories.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// The slug of the category above it; none for a department.
    pub parent: Option<String>,
}

/// A product of the demo catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoProduct {
    /// The readable part of its address, unique among products.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// What is said about it.
    pub description: String,
    /// The slug of its category.
    pub category: String,
    /// Who makes it.
    pub brand: String,
    /// What its variants differ in; none when there is only one.
    pub options: Vec<String>,
    /// At least one; the first is always well in stock.
    pub variants: Vec<DemoVariant>,
}

/// One form of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoVariant {
    /// The stock keeping unit, unique among all variants.
    pub sku: String,
    /// The option values joined by ` / `, or the product's name when it has no options.
    pub name: String,
    /// One value for each option of the product, in the same order.
    pub options: Vec<String>,
    /// The price in US cents.
    pub price_units: i64,
    /// Pieces in stock.
    pub on_hand: i64,
}

/// The demo catalogue as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoCatalogue {
    /// The tree of categories, each one after its parent.
    pub categories: Vec<DemoCategory>,
    /// The products, by category.
    pub products: Vec<DemoProduct>,
}

impl DemoCatalogue {
    /// Reads the catalogue that is compiled in.
    ///
    /// # Errors
    /// Only when a data file is malformed, which a test rules out.
    pub fn load() -> Result<Self, DemoError> {
        let (mut categories, mut products) = (Vec::new(), Vec::new());
        for department in departments()? {
            categories.push(DemoCategory {
                slug: department.slug.clone(),
                name: department.name.clone(),
                parent: None,
            });
            for shelf in &department.categories {
                categories.push(DemoCategory {
                    slug: shelf.slug.clone(),
                    name: shelf.name.clone(),
                    parent: Some(department.slug.clone()),
                });
                for article in &shelf.products {
                    products.push(product(&department, &shelf.slug, article)?);
                }
            }
        }
        Ok(Self {
            categories,
            products,
        })
    }
}

fn product(
    department: &Department,
    category: &str,
    article: &Article,
) -> Result<DemoProduct, DemoError> {
    let options = article
        .options
        .iter()
        .map(|(_, choices)| department.choices(choices))
        .collect::<Result<Vec<_>, _>>()?;
    let prefix = format!("{}-{}", code(&article.brand, 1), code(&article.name, 2));
    let variants = combinations(&options)
        .iter()
        .enumerate()
        .map(|(position, chosen)| {
            let surcharge: i64 = chosen.iter().map(|choice| choice.surcharge()).sum();
            let values = chosen.iter().map(|choice| choice.value().to_owned());
            variant(
                &prefix,
                &article.name,
                values.collect(),
                article.price + surcharge,
                position,
            )
        })
        .collect();
    Ok(DemoProduct {
        slug: slug(&article.name),
        name: article.name.clone(),
        description: article.about.clone(),
        category: category.to_owned(),
        brand: article.brand.clone(),
        options: article
            .options
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
        variants,
    })
}

/// A variant with its SKU, name and stock made from the rest.
pub(super) fn variant(
    prefix: &str,
    product: &str,
    options: Vec<String>,
    price_units: i64,
    position: usize,
) -> DemoVariant {
    let mut sku = prefix.to_owned();
    for value in &options {
        sku.push('-');
        sku.push_str(&code(value, 2));
    }
    let name = if options.is_empty() {
        product.to_owned()
    } else {
        options.join(" / ")
    };
    DemoVariant {
        on_hand: stock(&sku, position),
        sku,
        name,
        options,
        price_units,
    }
}

/// Mostly plenty, now and then the last few, seldom none; the first variant always plenty.
fn stock(sku: &str, position: usize) -> i64 {
    let chance = hash(sku);
    let pieces = match (position, chance % 25) {
        (0, _) => 60 + below(chance >> 8, 140),
        (_, 0) => 0,
        (_, 1 | 2) => 1 + below(chance >> 8, 4),
        _ => 8 + below(chance >> 8, 150),
    };
    i64::try_from(pieces).unwrap_or(0)
}

/// Every combination of one choice an option, the last option changing fastest.
fn combinations<'a>(options: &[&'a [Choice]]) -> Vec<Vec<&'a Choice>> {
    options.iter().fold(vec![Vec::new()], |chosen, choices| {
        chosen
            .iter()
            .flat_map(|before| {
                choices.iter().map(move |choice| {
                    let mut next = before.clone();
                    next.push(choice);
                    next
                })
            })
            .collect()
    })
}

/// The name as a part of an address.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars() {
        match plain(letter) {
            Some(letter) => slug.push(letter.to_ascii_lowercase()),
            None if matches!(letter, '\'' | ',') || slug.ends_with('-') => {}
            None => slug.push('-'),
        }
    }
    slug.trim_matches('-').to_owned()
}

/// The beginnings of the first words in capitals: `Carbon Steel Pan` is `CARSTE`; numbers stay whole.
pub(super) fn code(text: &str, words: usize) -> String {
    let mut code = String::new();
    let mut taken = 0;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().filter_map(plain).collect();
        let Some(first) = letters.first() else {
            continue;
        };
        let most = if first.is_ascii_digit() { 6 } else { 3 };
        code.extend(letters.iter().take(most).map(char::to_ascii_uppercase));
        taken += 1;
        if taken == words {
            break;
        }
    }
    code
}

/// The letter or digit without its accent; none for anything else.
fn plain(letter: char) -> Option<char> {
    match letter {
        'é' | 'è' | 'ê' => Some('e'),
        'á' | 'à' | 'â' | 'ä' | 'å' => Some('a'),
        'ö' | 'ø' | 'ó' => Some('o'),
        'ü' | 'ú' => Some('u'),
        letter if letter.is_ascii_alphanumeric() => Some(letter),
        _ => None,
    }
}
