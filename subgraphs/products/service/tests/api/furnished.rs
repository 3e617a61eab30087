//! A shop with things to search for, and searching.

use serde_json::{Value, json};
use serving::config::Settings;
use testkit::Answer;

use crate::{
    create_category,
    engine::Engine,
    shop::{App, goods},
};

const SEARCH: &str = "query($query: String! = \"\", $filter: SearchFilter, $sort: SearchSort! = RELEVANCE, $first: Int, $after: String) {
    searchProducts(query: $query, filter: $filter, sort: $sort, first: $first, after: $after) {
        totalCount nodes { name } edges { cursor highlight { name description } } pageInfo { hasNextPage endCursor }
        facets { categories { category { name } count } brands { value count } prices { least below count } options { name values { value count } } } } }";

pub(crate) async fn search(app: &App, variables: Value) -> Answer {
    app.graphql(SEARCH).variables(variables).send().await
}

pub(crate) fn names(answer: &Answer) -> Vec<&str> {
    answer
        .at("/searchProducts/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect()
}

/// A shop with five things: two lamps, two chairs and a kettle.
pub(crate) async fn furnished(engine: &Engine) -> (App, String, String) {
    furnished_with(engine.settings()).await
}

pub(crate) async fn furnished_with(settings: Settings) -> (App, String, String) {
    let app = App::start_with(settings).await;
    let home = create_category::make(&app, "Home", None, 0).await;
    let lighting = create_category::make(&app, "Lighting", Some(&home), 0).await;
    for (slug, name, brand, colour, units, place, text) in [
        (
            "walnut-lamp",
            "Walnut Desk Lamp",
            "Halden",
            "Brown",
            8_900,
            &lighting,
            "A warm light for long evenings.",
        ),
        (
            "brass-lamp",
            "Brass Floor Lamp",
            "Orme",
            "Gold",
            24_900,
            &lighting,
            "Stands beside a chair.",
        ),
        (
            "oak-chair",
            "Oak Dining Chair",
            "Halden",
            "Brown",
            12_900,
            &home,
            "Sits well.",
        ),
        (
            "steel-chair",
            "Steel Chair",
            "Orme",
            "Grey",
            4_900,
            &home,
            "Stacks & lasts <for ever>.",
        ),
        (
            "kettle",
            "Enamel Kettle",
            "Brontë",
            "Red",
            3_900,
            &home,
            "Whistles.",
        ),
    ] {
        let product = json!({ "slug": slug, "name": name, "brand": brand, "description": text, "options": ["Colour"], "publish": true, "categoryIds": [place],
            "variants": [{ "sku": format!("SKU-{slug}"), "options": [{ "name": "Colour", "value": colour }], "price": { "units": units, "currency": "USD" }, "onHand": 5 }] });
        goods(&app, product).await;
    }
    app.subgraph().catch_up().await.unwrap();
    (app, home, lighting)
}
