#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
//! Two subgraphs compose into what the router plans with.

use schema::{check_breaking, compose};

const LINK: &str = r#"
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
        import: ["@key", "@shareable", "@requiresScopes", "@cost", "@external"])
    extend schema @link(url: "https://example.test/guards", import: ["@authenticated", "@listSize"])
"#;

const CATALOG: &str = r#"
    directive @cost(weight: Int!) on FIELD_DEFINITION
    directive @listSize(assumedSize: Int, slicingArguments: [String!]) on FIELD_DEFINITION
    type Query {
        product(id: ID!): Product
        products(first: Int = 20): [Product!]! @listSize(slicingArguments: ["first"], assumedSize: 20)
    }
    type Mutation { rename(id: ID!, name: String!): Product! @requiresScopes(scopes: [["catalog:write"]]) }
    "Something to buy." type Product @key(fields: "id") { id: ID!, name: String! @cost(weight: "3") }
"#;

const REVIEWS: &str = r#"
    type Query { myReviews: [Review!]! @authenticated }
    type Subscription { reviewed(product: ID!): Review! }
    type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
    type Review @key(fields: "id") { id: ID! stars: Int! product: Product! }
"#;

fn supergraph() -> String {
    let (catalog, reviews) = (format!("{LINK}{CATALOG}"), format!("{LINK}{REVIEWS}"));
    let parts = [
        ("catalog", catalog.as_str(), "http://catalog.test/graphql"),
        ("reviews", reviews.as_str(), "http://reviews.test/graphql"),
    ];
    let there = compose(&parts).unwrap();
    let back = compose(&[parts[1], parts[0]]).unwrap();
    assert_eq!(there, back, "the order of the subgraphs must not matter");
    there
}

/// The text of one definition, from its head to the closing brace.
fn definition<'a>(supergraph: &'a str, head: &str) -> &'a str {
    let start = supergraph
        .find(head)
        .unwrap_or_else(|| panic!("no {head} in {supergraph}"));
    let end = supergraph[start..].find("\n}").unwrap();
    &supergraph[start..start + end]
}

#[test]
fn roots_name_the_subgraphs_that_define_them() {
    let supergraph = supergraph();
    let query = definition(&supergraph, "type Query");
    assert!(query.contains("@join__type(graph: CATALOG)"), "{query}");
    assert!(query.contains("@join__type(graph: REVIEWS)"), "{query}");
    let mutation = definition(&supergraph, "type Mutation");
    assert!(
        mutation.contains("@join__type(graph: CATALOG)"),
        "{mutation}"
    );
    assert!(!mutation.contains("REVIEWS"), "{mutation}");
    let subscription = definition(&supergraph, "type Subscription");
    assert!(
        subscription.contains("@join__type(graph: REVIEWS)"),
        "{subscription}"
    );
    assert!(
        subscription.contains("@join__field(graph: REVIEWS)"),
        "{subscription}"
    );
}

#[test]
fn guards_and_costs_survive() {
    let supergraph = supergraph();
    assert!(definition(&supergraph, "type Query").contains("@authenticated"));
    let query = definition(&supergraph, "type Query");
    assert!(
        query.contains(
            r#"@listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)"#
        ),
        "{query}"
    );
    let mutation = definition(&supergraph, "type Mutation");
    assert!(
        mutation.contains(r#"@requiresScopes(scopes: [["catalog:write"]])"#),
        "{mutation}"
    );
    let product = definition(&supergraph, "type Product");
    assert!(product.contains("@cost(weight: 3)"), "{product}");
}

#[test]
fn a_composed_graph_breaks_nothing_of_itself() {
    let supergraph = supergraph();
    assert_eq!(check_breaking(&supergraph, &supergraph).unwrap(), []);
}

#[test]
fn subgraphs_that_disagree_do_not_compose() {
    let one = format!("{LINK} type Query {{ a: Int! }}");
    let two = format!("{LINK} type Query {{ a: String! }}");
    let errors = compose(&[
        ("one", one.as_str(), "http://one.test"),
        ("two", two.as_str(), "http://two.test"),
    ])
    .expect_err("they disagree");
    assert!(!errors.messages.is_empty());
    let errors = compose(&[("bad", "type {", "http://bad.test")]).expect_err("no SDL");
    assert!(errors.to_string().contains("bad"), "{errors}");
}
