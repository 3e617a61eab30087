//! `searchProducts`, `suggest`, and the index behind them.

use std::sync::Mutex;

use serde_json::{Value, json};
use testkit::{Answer, staff, until};

use crate::shop::{App, goods, mutate, refusal, simple, start, stocked};

const SEARCH: &str = "query($query: String! = \"\", $filter: SearchFilter, $sort: SearchSort! = RELEVANCE, $first: Int, $after: String) {
    searchProducts(query: $query, filter: $filter, sort: $sort, first: $first, after: $after) {
        totalCount nodes { name } edges { cursor highlight { name description } } pageInfo { hasNextPage endCursor }
        facets { categories { category { name } count } brands { value count } prices { least below count } options { name values { value count } } } } }";

async fn search(app: &App, variables: Value) -> Answer {
    app.graphql(SEARCH).variables(variables).send().await
}

fn names(answer: &Answer) -> Vec<&str> {
    answer
        .at("/searchProducts/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect()
}

async fn category(app: &App, name: &str, parent: Option<&str>) -> String {
    let input = json!({ "name": name, "parentId": parent });
    mutate(
        app,
        "createCategory",
        "CreateCategoryInput",
        "category { id }",
        input,
    )
    .await
    .text("/createCategory/category/id")
}

/// A shop with five things: two lamps, two chairs and a kettle.
async fn furnished() -> (App, String, String) {
    let app = start().await;
    let home = category(&app, "Home", None).await;
    let lighting = category(&app, "Lighting", Some(&home)).await;
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

#[tokio::test]
async fn finds_by_relevance_and_forgives_misspellings() {
    let (app, ..) = furnished().await;
    for (query, found) in [
        (
            "chair",
            vec!["Steel Chair", "Oak Dining Chair", "Brass Floor Lamp"],
        ),
        (
            "chairs",
            vec!["Steel Chair", "Oak Dining Chair", "Brass Floor Lamp"],
        ),
        ("walnut lamp", vec!["Walnut Desk Lamp"]),
        ("ketle", vec!["Enamel Kettle"]),
        ("wallnutt", vec!["Walnut Desk Lamp"]),
        ("bronte", vec!["Enamel Kettle"]),
        ("sku-kettle", vec!["Enamel Kettle"]),
        ("SKU-OAK-CHAIR", vec!["Oak Dining Chair"]),
        ("lighting", vec!["Walnut Desk Lamp", "Brass Floor Lamp"]),
        ("zzzzzz", vec![]),
    ] {
        let answer = search(&app, json!({ "query": query })).await;
        let mut told = names(&answer);
        let mut found = found;
        if query == "lighting" {
            told.sort_unstable();
            found.sort_unstable();
        }
        assert_eq!(told, found, "{query}");
        assert_eq!(
            answer.at("/searchProducts/totalCount"),
            found.len(),
            "{query}"
        );
    }
}

#[tokio::test]
async fn any_of_the_words_will_do_when_no_product_has_all() {
    let (app, ..) = furnished().await;
    assert_eq!(
        names(&search(&app, json!({ "query": "kettle spaceship" })).await),
        ["Enamel Kettle"]
    );
}

#[tokio::test]
async fn shows_where_it_matched_and_escapes_the_rest() {
    let (app, ..) = furnished().await;
    let answer = search(&app, json!({ "query": "chiar" })).await;
    assert_eq!(
        answer.at("/searchProducts/edges/0/highlight/name"),
        "Steel <mark>Chair</mark>"
    );
    let text = answer.text("/searchProducts/edges/0/highlight/description");
    assert!(
        text.contains("&lt;for ever&gt;") && !text.contains("<for"),
        "{text}"
    );
}

#[tokio::test]
async fn counts_stay_in_the_facet_that_is_chosen_in() {
    let (app, _, lighting) = furnished().await;
    let facet =
        |answer: &Answer, name: &str| answer.at(&format!("/searchProducts/facets/{name}")).clone();
    let all = search(&app, json!({})).await;
    assert_eq!(all.at("/searchProducts/totalCount"), 5);
    assert_eq!(
        facet(&all, "brands"),
        json!([{ "value": "Halden", "count": 2 }, { "value": "Orme", "count": 2 }, { "value": "Brontë", "count": 1 }])
    );
    let chosen = search(&app, json!({ "filter": { "brands": ["Halden"] } })).await;
    assert_eq!(chosen.at("/searchProducts/totalCount"), 2);
    assert_eq!(
        facet(&chosen, "brands"),
        facet(&all, "brands"),
        "a facet disregards itself"
    );
    assert_eq!(
        facet(&chosen, "options"),
        json!([{ "name": "Colour", "values": [{ "value": "Brown", "count": 2 }] }])
    );
    let both = search(
        &app,
        json!({ "filter": { "brands": ["Orme"], "categoryIds": [lighting] } }),
    )
    .await;
    assert_eq!(names(&both), ["Brass Floor Lamp"]);
    assert_eq!(
        facet(&both, "brands").as_array().unwrap().len(),
        2,
        "brands of lighting"
    );
    assert_eq!(
        facet(&both, "categories"),
        json!([{ "category": { "name": "Home" }, "count": 2 }, { "category": { "name": "Lighting" }, "count": 1 }])
    );
    let cheap = search(
        &app,
        json!({ "filter": { "price": { "most": 5000 } }, "sort": "PRICE_ASCENDING" }),
    )
    .await;
    assert_eq!(names(&cheap), ["Enamel Kettle", "Steel Chair"]);
    assert_eq!(
        facet(&cheap, "prices"),
        json!([{ "least": 2500, "below": 5000, "count": 2 }, { "least": 5000, "below": 10000, "count": 1 }, { "least": 10000, "below": 25000, "count": 2 }])
    );
    let red = search(&app, json!({ "filter": { "options": [{ "name": "Colour", "values": ["Red", "Grey"] }] }, "sort": "PRICE_DESCENDING" })).await;
    assert_eq!(names(&red), ["Steel Chair", "Enamel Kettle"]);
    assert_eq!(
        facet(&red, "options")[0]["values"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[tokio::test]
async fn pages_through_a_bounded_window_in_two_statements() {
    let (app, ..) = furnished().await;
    let first = search(&app, json!({ "first": 3, "sort": "PRICE_ASCENDING" })).await;
    assert_eq!(
        first.at("/searchProducts/pageInfo/hasNextPage"),
        &json!(true)
    );
    let rest = search(&app, json!({ "first": 3, "sort": "PRICE_ASCENDING", "after": first.at("/searchProducts/pageInfo/endCursor") })).await;
    let all: Vec<_> = names(&first).into_iter().chain(names(&rest)).collect();
    assert_eq!(
        all,
        [
            "Enamel Kettle",
            "Steel Chair",
            "Walnut Desk Lamp",
            "Oak Dining Chair",
            "Brass Floor Lamp"
        ]
    );
    assert_eq!(
        rest.at("/searchProducts/pageInfo/hasNextPage"),
        &json!(false)
    );
    let before = app.database.stats().statements;
    app.graphql("{ searchProducts(query: \"lamp\") { nodes { name slug price { units } } facets { brands { value count } } } }").send().await.data();
    assert_eq!(app.database.stats().statements - before, 1);
    for wrong in [
        json!({ "first": 101 }),
        json!({ "first": 0 }),
        json!({ "query": "x".repeat(201) }),
        json!({ "after": "☃" }),
    ] {
        assert_eq!(search(&app, wrong).await.code(), "INVALID_INPUT");
    }
}

#[tokio::test]
async fn completes_what_is_typed() {
    let (app, ..) = furnished().await;
    let suggest = async |prefix: &str| {
        let answer = app
            .graphql("query($p: String!) { suggest(prefix: $p, first: 3) { text count } }")
            .variables(json!({ "p": prefix }))
            .send()
            .await;
        answer.at("/suggest").clone()
    };
    assert_eq!(
        suggest("ke").await,
        json!([{ "text": "kettle", "count": 1 }])
    );
    assert_eq!(suggest("la").await, json!([{ "text": "lamp", "count": 2 }]));
    assert_eq!(
        suggest("walnut la").await,
        json!([{ "text": "walnut lamp", "count": 1 }])
    );
    assert_eq!(
        suggest("ketl").await,
        json!([{ "text": "kettle", "count": 1 }])
    );
    assert_eq!(suggest("").await, json!([]));
    assert_eq!(
        app.graphql("{ suggest(prefix: \"a\", first: 21) { text } }")
            .send()
            .await
            .code(),
        "INVALID_INPUT"
    );
}

#[tokio::test]
async fn follows_the_catalogue() {
    let (app, ..) = furnished().await;
    let lamp = stocked(&app, "lantern", 1).await;
    app.subgraph().catch_up().await.unwrap();
    assert_eq!(
        names(&search(&app, json!({ "query": "lantern" })).await),
        ["lantern"]
    );
    mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "replayed",
        json!({ "productId": lamp.product, "name": "Torch" }),
    )
    .await;
    app.subgraph().catch_up().await.unwrap();
    assert_eq!(
        names(&search(&app, json!({ "query": "torch" })).await),
        ["Torch"]
    );
    mutate(
        &app,
        "archiveProduct",
        "ArchiveProductInput",
        "replayed",
        json!({ "productId": lamp.product }),
    )
    .await;
    assert!(
        names(&search(&app, json!({ "query": "torch" })).await).is_empty(),
        "the rows decide before the index follows"
    );
    app.subgraph().catch_up().await.unwrap();
    assert_eq!(
        search(&app, json!({ "query": "torch" }))
            .await
            .at("/searchProducts/totalCount"),
        0
    );
    let gone = stocked(&app, "gone", 1).await;
    let answer = mutate(
        &app,
        "deleteProduct",
        "DeleteProductInput",
        "replayed",
        json!({ "productId": gone.product }),
    )
    .await;
    assert_eq!(refusal(&answer), "");
    app.subgraph().catch_up().await.unwrap();
    assert_eq!(
        search(&app, json!({ "query": "gone" }))
            .await
            .at("/searchProducts/totalCount"),
        0
    );
    app.ignore_events().await;
}

#[tokio::test]
async fn a_renamed_category_is_found_by_its_new_name() {
    let (app, _, lighting) = furnished().await;
    mutate(
        &app,
        "updateCategory",
        "UpdateCategoryInput",
        "replayed",
        json!({ "categoryId": lighting, "name": "Luminaires" }),
    )
    .await;
    app.subgraph().catch_up().await.unwrap();
    assert_eq!(
        search(&app, json!({ "query": "luminaires" }))
            .await
            .at("/searchProducts/totalCount"),
        2
    );
}

#[tokio::test]
async fn the_job_follows_by_itself() {
    let app = start().await;
    let job = serving::Serving::jobs(&app.served)
        .into_iter()
        .find(|job| job.name == "products.follow_catalogue")
        .unwrap();
    tokio::spawn(serving::run_job(job, app.shutdown.clone()));
    goods(&app, simple("lamp", "Lamp", 1, 1)).await;
    until("the lamp to be found", async || {
        (!names(&search(&app, json!({ "query": "lamp" })).await).is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn is_rebuilt_while_the_shop_runs() {
    let (app, ..) = furnished().await;
    let told = Mutex::new(Vec::new());
    let count = app
        .subgraph()
        .reindex(&|done, total| told.lock().unwrap().push((done, total)))
        .await
        .unwrap();
    assert_eq!(count, 5);
    assert_eq!(told.lock().unwrap().last(), Some(&(5, 5)));
    assert_eq!(
        names(&search(&app, json!({ "query": "kettle" })).await),
        ["Enamel Kettle"]
    );
    stocked(&app, "after", 1).await;
    app.subgraph().catch_up().await.unwrap();
    assert_eq!(
        names(&search(&app, json!({ "query": "after" })).await),
        ["after"]
    );
    let folders = std::fs::read_dir(app.folder().join("search"))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().is_dir())
        .count();
    assert_eq!(folders, 1, "the old index is gone");
    let checks = serving::Subgraph::checks(app.subgraph()).await;
    assert_eq!(checks[0].outcome, Ok("is up to the catalogue".to_owned()));
    let hidden = app
        .graphql("{ searchProducts { nodes { state } } }")
        .viewer(&staff())
        .send()
        .await;
    assert_eq!(
        hidden.at("/searchProducts/nodes").as_array().unwrap().len(),
        6
    );
}
