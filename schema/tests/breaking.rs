#![expect(clippy::unwrap_used, reason = "a test may panic")]
//! Each kind of breaking change is found, and additions are not.

use schema::{ChangeKind, check_breaking};

const OLD: &str = r#"
    enum join__Graph { SHOP @join__graph(name: "shop", url: "http://shop") }
    scalar DateTime
    interface Node { id: ID! }
    type Query {
        product(id: ID!, locale: String): Product
        products(first: Int = 20, sort: Sort): [Product!]!
        search(text: String!): Hit
    }
    type Product implements Node { id: ID!, name: String!, price: Int, made: DateTime }
    type Article { id: ID! }
    union Hit = Product | Article
    enum Sort { NAME PRICE }
    input Filter { text: String, min: Int, tags: [String!] }
    type Mutation { rename(filter: Filter!): Product }
"#;

fn kinds(edit: impl Fn(String) -> String) -> Vec<(ChangeKind, String)> {
    let new = edit(OLD.to_owned());
    assert_ne!(new, OLD, "the edit must change something");
    check_breaking(OLD, &new)
        .unwrap()
        .into_iter()
        .map(|change| (change.kind, change.path))
        .collect()
}

fn replaced(from: &'static str, to: &'static str) -> Vec<(ChangeKind, String)> {
    kinds(|text| text.replacen(from, to, 1))
}

fn one(kind: ChangeKind, path: &str) -> Vec<(ChangeKind, String)> {
    vec![(kind, path.to_owned())]
}

#[test]
fn the_same_schema_breaks_nothing() {
    assert_eq!(check_breaking(OLD, OLD).unwrap(), []);
}

#[test]
fn additions_break_nothing() {
    assert_eq!(replaced("enum Sort { NAME", "enum Sort { AGE NAME"), []);
    assert_eq!(replaced("price: Int,", "price: Int, weight: Int,"), []);
    assert_eq!(
        replaced("locale: String", "locale: String, region: String"),
        []
    );
    assert_eq!(
        replaced("locale: String", "locale: String, region: String! = \"EU\""),
        []
    );
    assert_eq!(
        replaced("scalar DateTime", "scalar DateTime scalar Json"),
        []
    );
    assert_eq!(replaced("price: Int,", "price: Int!,"), []);
    assert_eq!(
        replaced("search(text: String!)", "search(text: String)"),
        []
    );
    assert_eq!(replaced("| Article", "| Article | Query"), []);
}

#[test]
fn machinery_of_federation_is_no_surface() {
    assert_eq!(replaced("http://shop", "http://elsewhere"), []);
    assert_eq!(
        replaced("enum join__Graph { SHOP", "enum join__Graph { STORE"),
        []
    );
}

#[test]
fn types_and_their_kinds() {
    assert_eq!(
        kinds(|text| text
            .replace("scalar DateTime", "")
            .replace(", made: DateTime", "")),
        [
            (ChangeKind::TypeRemoved, "DateTime".to_owned()),
            (ChangeKind::FieldRemoved, "Product.made".to_owned()),
        ]
    );
    assert_eq!(
        replaced("type Article { id: ID! }", "input Article { id: ID! }"),
        one(ChangeKind::TypeKindChanged, "Article")
    );
    assert_eq!(
        replaced("union Hit = Product | Article", "union Hit = Product"),
        one(ChangeKind::UnionMemberRemoved, "Hit")
    );
    assert_eq!(
        replaced("type Product implements Node", "type Product"),
        one(ChangeKind::InterfaceRemoved, "Product")
    );
    assert_eq!(
        replaced("NAME PRICE", "NAME"),
        one(ChangeKind::EnumValueRemoved, "Sort.PRICE")
    );
    assert_eq!(
        replaced("NAME PRICE", "NAME PRICE @inaccessible"),
        one(ChangeKind::EnumValueRemoved, "Sort.PRICE")
    );
}

#[test]
fn fields() {
    assert_eq!(
        replaced("price: Int, ", ""),
        one(ChangeKind::FieldRemoved, "Product.price")
    );
    assert_eq!(
        replaced("name: String!", "name: String"),
        one(ChangeKind::FieldTypeChanged, "Product.name")
    );
    assert_eq!(
        replaced("[Product!]!", "[Product]!"),
        one(ChangeKind::FieldTypeChanged, "Query.products")
    );
    assert_eq!(
        replaced("price: Int,", "price: String,"),
        one(ChangeKind::FieldTypeChanged, "Product.price")
    );
}

#[test]
fn arguments() {
    assert_eq!(
        replaced(", locale: String", ""),
        one(ChangeKind::ArgumentRemoved, "Query.product(locale:)")
    );
    assert_eq!(
        replaced("locale: String", "locale: String!"),
        one(ChangeKind::ArgumentRequired, "Query.product(locale:)")
    );
    assert_eq!(
        replaced("locale: String", "locale: String, region: String!"),
        one(ChangeKind::ArgumentRequired, "Query.product(region:)")
    );
    assert_eq!(
        replaced("first: Int = 20", "first: Int = 10"),
        one(ChangeKind::ArgumentDefaultChanged, "Query.products(first:)")
    );
    assert_eq!(
        replaced("text: String!)", "text: ID!)"),
        one(ChangeKind::ArgumentTypeChanged, "Query.search(text:)")
    );
    // Left out it still works; an explicit null or a nullable variable does not.
    assert_eq!(
        replaced("locale: String", "locale: String! = \"en\""),
        one(ChangeKind::ArgumentTypeChanged, "Query.product(locale:)")
    );
}

#[test]
fn inputs() {
    assert_eq!(
        replaced(", min: Int", ""),
        one(ChangeKind::InputFieldRemoved, "Filter.min")
    );
    assert_eq!(
        replaced("min: Int", "min: Int!"),
        one(ChangeKind::InputFieldRequired, "Filter.min")
    );
    assert_eq!(
        replaced("min: Int", "min: Int, max: Int!"),
        one(ChangeKind::InputFieldRequired, "Filter.max")
    );
    assert_eq!(
        replaced("min: Int", "min: String"),
        one(ChangeKind::InputFieldTypeChanged, "Filter.min")
    );
}

#[test]
fn what_is_no_schema_is_an_error() {
    assert!(check_breaking("type {", OLD).is_err());
}
