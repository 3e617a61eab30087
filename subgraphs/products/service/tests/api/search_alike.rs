//! The same catalogue answers the same on both engines.

use serde_json::{Value, json};

use crate::{engine::Engine, furnished::search, shop::App};

/// The part of an answer that is determined: facets always; hits where nothing ties.
fn determined(answer: &Value, whole: bool) -> Value {
    let found = &answer["searchProducts"];
    let mut names: Vec<&str> = found["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    let mut facets = found["facets"].clone();
    // Categories that tie stand in the order of their ids, which are others in each shop.
    let categories = facets["categories"].as_array_mut().unwrap();
    categories.sort_by_key(|count| (-count["count"].as_i64().unwrap(), count.to_string()));
    json!({
        "total": found["totalCount"],
        "facets": facets,
        "names": if whole { json!(names) } else { Value::Null },
    })
}

#[tokio::test]
async fn the_same_catalogue_answers_the_same() {
    let Some(engine) = Engine::elasticsearch() else {
        return;
    };
    let mut apps = Vec::new();
    for engine in [&Engine::Tantivy, &engine] {
        let app = App::start_with(engine.settings()).await;
        app.subgraph().seed_demo().await.unwrap();
        app.subgraph().seed_generated(600, &|_| {}).await.unwrap();
        app.ignore_events().await;
        app.subgraph().catch_up().await.unwrap();
        apps.push(app);
    }
    let mut found_any = 0;
    let mut asked = vec![
        json!({}),
        json!({ "filter": { "price": { "least": 1000, "most": 9000 } } }),
        json!({ "filter": { "options": [{ "name": "Colour", "values": ["Red", "Blue"] }, { "name": "Size", "values": ["M"] }] } }),
        json!({ "query": "walnut", "filter": { "price": { "least": 3000 }, "options": [{ "name": "Colour", "values": ["Walnut"] }] } }),
    ];
    let facets = search(&apps[0], json!({})).await;
    for place in 0..3 {
        let brand = facets.text(&format!("/searchProducts/facets/brands/{place}/value"));
        asked.push(json!({ "filter": { "brands": [brand] } }));
        asked.push(json!({ "query": brand }));
    }
    for query in [
        "lamp",
        "lamps",
        "laamp",
        "jacket",
        "jaket",
        "wool blanket",
        "blanket wool warm",
        "coffee grinder spaceship",
        "ceramic mug",
        "cermic mug",
        "mug!",
        "(mug",
        "mug) OR name:*",
        "\"mug\"",
        "*:*",
        "-mug",
        "\\",
        "{\"match_all\":{}}",
        "a",
        "the",
        "organic cotton",
        "orgnaic coton",
        "tent",
        "rucksack",
        "xqzwv",
        "café",
        "CAFE",
        "don't",
        "1",
        "2 kg",
        "waterproof wateproof",
        "kettle\u{0}",
        "🦀",
        "ölkanne",
        "stainless stel bottle",
    ] {
        asked.push(json!({ "query": query }));
    }
    for variables in asked {
        for sort in ["RELEVANCE", "PRICE_ASCENDING"] {
            let mut variables = variables.clone();
            variables["first"] = json!(100);
            variables["sort"] = json!(sort);
            let mut answers = Vec::new();
            for app in &apps {
                answers.push(search(app, variables.clone()).await.data().clone());
            }
            let total = answers[0]["searchProducts"]["totalCount"].as_u64().unwrap();
            found_any += u64::from(total > 0);
            let [one, other] = [0, 1].map(|place| determined(&answers[place], total <= 100));
            for part in [
                "/total",
                "/names",
                "/facets/brands",
                "/facets/categories",
                "/facets/prices",
                "/facets/options",
            ] {
                assert_eq!(
                    one.pointer(part),
                    other.pointer(part),
                    "{part} of {variables}"
                );
            }
        }
    }
    assert!(found_any > 40, "{found_any}");
    for prefix in [
        "l", "la", "lam", "lmap", "wool b", "cer", "jakc", "zzzz", "(.*)", "a b", "c.*", "mu\"",
    ] {
        let mut answers = Vec::new();
        for app in &apps {
            let asked =
                app.graphql("query($p: String!) { suggest(prefix: $p, first: 20) { text count } }");
            answers.push(
                asked
                    .variables(json!({ "p": prefix }))
                    .send()
                    .await
                    .data()
                    .clone(),
            );
        }
        assert_eq!(answers[0], answers[1], "{prefix}");
    }
}
