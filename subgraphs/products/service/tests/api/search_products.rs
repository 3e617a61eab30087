//! `searchProducts`.

use serde_json::json;
use testkit::Answer;

use crate::{
    engine::{Engine, on_each_engine},
    furnished::{furnished, names, search},
};

on_each_engine!(
    finds_by_relevance_and_forgives_misspellings,
    any_of_the_words_will_do_when_no_product_has_all,
    shows_where_it_matched_and_escapes_the_rest,
    counts_stay_in_the_facet_that_is_chosen_in,
    pages_through_a_bounded_window_in_two_statements,
);

async fn finds_by_relevance_and_forgives_misspellings(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
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

async fn any_of_the_words_will_do_when_no_product_has_all(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
    assert_eq!(
        names(&search(&app, json!({ "query": "kettle spaceship" })).await),
        ["Enamel Kettle"]
    );
}

async fn shows_where_it_matched_and_escapes_the_rest(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
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

async fn counts_stay_in_the_facet_that_is_chosen_in(engine: Engine) {
    let (app, _, lighting) = furnished(&engine).await;
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

async fn pages_through_a_bounded_window_in_two_statements(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
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
