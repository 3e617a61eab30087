//! `products`.

use serde_json::{Value, json};
use testkit::staff;

use crate::shop::{App, create, goods, simple, staff_only, start, stocked};

const PAGE: &str = "query($first: Int, $after: String, $last: Int, $before: String, $filter: ProductFilter, $sort: ProductSort! = NEWEST) {
    products(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort) {
        nodes { name slug price { units } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn names(app: &App, variables: Value) -> (Vec<String>, Value) {
    let answer = app.graphql(PAGE).variables(variables).send().await;
    let nodes = answer.at("/products/nodes").as_array().unwrap();
    let names = nodes
        .iter()
        .map(|node| node["name"].as_str().unwrap().to_owned())
        .collect();
    (names, answer.at("/products/pageInfo").clone())
}

async fn three(app: &App) {
    for (slug, units) in [("birch", 300), ("ash", 100), ("cedar", 200)] {
        goods(app, simple(slug, slug, units, 5)).await;
    }
}

#[tokio::test]
async fn pages_go_through_every_order_forwards_and_backwards() {
    let app = start().await;
    three(&app).await;
    for (sort, all) in [
        ("NEWEST", ["cedar", "ash", "birch"]),
        ("OLDEST", ["birch", "ash", "cedar"]),
        ("NAME_ASCENDING", ["ash", "birch", "cedar"]),
        ("NAME_DESCENDING", ["cedar", "birch", "ash"]),
        ("PRICE_ASCENDING", ["ash", "cedar", "birch"]),
        ("PRICE_DESCENDING", ["birch", "cedar", "ash"]),
    ] {
        let (first, info) = names(&app, json!({ "first": 2, "sort": sort })).await;
        assert_eq!(first, all[..2], "{sort}");
        assert_eq!(
            (&info["hasNextPage"], &info["hasPreviousPage"]),
            (&json!(true), &json!(false))
        );
        let (rest, info) = names(
            &app,
            json!({ "first": 2, "after": info["endCursor"], "sort": sort }),
        )
        .await;
        assert_eq!(rest, all[2..], "{sort}");
        let (back, _) = names(
            &app,
            json!({ "last": 2, "before": info["startCursor"], "sort": sort }),
        )
        .await;
        assert_eq!(back, all[..2], "{sort}");
    }
    let (_, info) = names(&app, json!({ "first": 1, "sort": "NAME_ASCENDING" })).await;
    let other = json!({ "after": info["endCursor"], "sort": "PRICE_ASCENDING" });
    assert_eq!(
        app.graphql(PAGE).variables(other).send().await.code(),
        "INVALID_INPUT"
    );
    for wrong in [
        json!({ "first": 101 }),
        json!({ "first": 0 }),
        json!({ "first": -1 }),
        json!({ "after": "☃" }),
    ] {
        assert_eq!(
            app.graphql(PAGE).variables(wrong).send().await.code(),
            "INVALID_INPUT"
        );
    }
}

#[tokio::test]
async fn filters_narrow_and_the_count_follows() {
    let app = start().await;
    three(&app).await;
    let mut branded = simple("desk", "desk", 900, 1);
    branded["brand"] = json!("Halden");
    goods(&app, branded).await;
    let filtered = |filter: Value| json!({ "filter": filter, "sort": "NAME_ASCENDING" });
    assert_eq!(
        names(&app, filtered(json!({ "brands": ["Halden"] })))
            .await
            .0,
        ["desk"]
    );
    assert_eq!(
        names(
            &app,
            filtered(json!({ "price": { "least": 150, "most": 300 } }))
        )
        .await
        .0,
        ["birch", "cedar"]
    );
    assert!(
        names(&app, filtered(json!({ "price": { "currency": "EUR" } })))
            .await
            .0
            .is_empty()
    );
    let count = app
        .graphql("{ products(first: 1, filter: { price: { most: 300 } }) { totalCount } }")
        .send()
        .await;
    assert_eq!(count.at("/products/totalCount"), 3);
}

#[tokio::test]
async fn a_category_holds_what_is_below_it() {
    let app = start().await;
    let category = async |name: &str, parent: Option<&str>| {
        app.graphql("mutation($input: CreateCategoryInput!) { createCategory(input: $input) { category { id } } }")
            .variables(json!({ "input": { "name": name, "parentId": parent } }))
            .viewer(&staff())
            .send()
            .await
            .text("/createCategory/category/id")
    };
    let home = category("Home", None).await;
    let lamps = category("Lamps", Some(&home)).await;
    let mut lamp = simple("lamp", "lamp", 900, 1);
    lamp["categoryIds"] = json!([lamps]);
    goods(&app, lamp).await;
    stocked(&app, "spoon", 1).await;
    assert_eq!(
        names(&app, json!({ "filter": { "categoryId": home } }))
            .await
            .0,
        ["lamp"]
    );
    assert_eq!(
        names(&app, json!({ "filter": { "categoryId": lamps } }))
            .await
            .0,
        ["lamp"]
    );
}

#[tokio::test]
async fn drafts_are_for_those_who_edit() {
    let app = start().await;
    let mut draft = simple("secret", "secret", 900, 1);
    draft["publish"] = json!(false);
    create(&app, draft).await;
    app.ignore_events().await;
    assert!(names(&app, json!({})).await.0.is_empty());
    let filter = json!({ "filter": { "states": ["DRAFT"] } });
    let seen = app
        .graphql(PAGE)
        .variables(filter.clone())
        .viewer(&staff())
        .send()
        .await;
    assert_eq!(seen.at("/products/nodes/0/name"), "secret");
    assert_eq!(
        app.graphql(PAGE).variables(filter).send().await.code(),
        "FORBIDDEN"
    );
    staff_only(
        &app,
        "mutation { publishProduct(input: { productId: \"x\" }) { replayed } }",
        json!({}),
    )
    .await;
}

#[tokio::test]
async fn a_list_and_what_hangs_on_it_take_a_statement_a_kind() {
    let app = start().await;
    for number in 0..20 {
        create(&app, simple(&format!("thing-{number}"), "thing", 100, 1)).await;
    }
    app.ignore_events().await;
    // Where two kinds hang on a list, four statements, and up to two more when the first answers come so far apart on a busy
    // machine that what hangs on them is asked for in two batches. One a product would be twenty.
    for (document, most) in [
        (
            "{ products(first: 20) { nodes { name slug price { units } priceRange { from { units } to { units } } } } }",
            1,
        ),
        (
            "{ products(first: 20) { nodes { name description variants { sku stock { available } product { name } } } } }",
            6,
        ),
        (
            "{ products(first: 20) { totalCount nodes { options { name } categories { name parent { name } } } } }",
            6,
        ),
        (
            "{ product(by: { slug: \"thing-7\" }) { name description variants { sku price { units } stock { available } } } }",
            2,
        ),
    ] {
        let before = app.database.stats().statements;
        app.graphql(document).send().await.data();
        let asked = app.database.stats().statements - before;
        assert!(asked <= most, "{asked} statements for {document}");
    }
}
