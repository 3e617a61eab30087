//! The index behind search: it follows the catalogue, and is built anew while the shop runs.

use std::sync::Mutex;

use serde_json::json;
use testkit::{staff, until};

use crate::{
    engine::{Engine, on_each_engine},
    furnished::{furnished, names, search},
    shop::{App, goods, mutate, refusal, simple, stocked},
};

on_each_engine!(
    follows_the_catalogue,
    a_renamed_category_is_found_by_its_new_name,
    the_job_follows_by_itself,
    is_rebuilt_while_the_shop_runs,
);

async fn follows_the_catalogue(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
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

async fn a_renamed_category_is_found_by_its_new_name(engine: Engine) {
    let (app, _, lighting) = furnished(&engine).await;
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

async fn the_job_follows_by_itself(engine: Engine) {
    let app = App::start_with(engine.settings()).await;
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

async fn is_rebuilt_while_the_shop_runs(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
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
    let indices = match &engine {
        Engine::Tantivy => std::fs::read_dir(app.folder().join("search"))
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().is_dir())
            .count(),
        Engine::Elasticsearch { .. } => engine.indices().len(),
    };
    assert_eq!(indices, 1, "the old index is gone");
    let checks = serving::Subgraph::side_checks(app.subgraph()).await;
    let found = checks[0].outcome.as_ref().unwrap();
    assert!(found.ends_with(", is up to the catalogue"), "{found}");
    assert!(
        found.starts_with("Tantivy in ")
            || found.contains(" at http://") && found.contains("-v2, "),
        "{found}"
    );
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
