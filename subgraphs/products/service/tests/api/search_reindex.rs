//! `reindex`: the index is built anew beside the one in use.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use serde_json::json;
use testkit::{staff, until};

use crate::{
    create_category::make,
    engine::{Engine, on_each_engine},
    furnished::{furnished, names, search},
    shop::{App, goods, mutate, simple, stocked},
};

on_each_engine!(
    takes_in_what_changes_meanwhile,
    one_at_a_time,
    who_catches_up_waits_for_who_builds,
    one_that_was_cut_off_leaves_the_old_index_in_use,
    several_may_follow_at_a_time,
);

async fn takes_in_what_changes_meanwhile(engine: Engine) {
    let app = App::start_with(engine.settings()).await;
    app.subgraph().seed_generated(1_500, &|_| {}).await.unwrap();
    app.ignore_events().await;
    let first = stocked(&app, "first", 1).await;
    app.subgraph().catch_up().await.unwrap();
    let asked = AtomicBool::new(false);
    let (reindexed, ()) = tokio::join!(
        async {
            let begun = &|_, _| asked.store(true, Ordering::Relaxed);
            let count = app.subgraph().reindex(begun).await;
            asked.store(false, Ordering::Relaxed);
            count.unwrap()
        },
        async {
            until("the rebuild to begin", async || {
                asked.load(Ordering::Relaxed).then_some(())
            })
            .await;
            let mut made = 0;
            while asked.load(Ordering::Relaxed) {
                goods(&app, simple(&format!("late-{made}"), "Latecomer", 1, 1)).await;
                made += 1;
                app.subgraph().catch_up().await.unwrap();
                let found = search(&app, json!({ "query": "latecomer" })).await;
                assert_eq!(
                    found.at("/searchProducts/totalCount"),
                    made,
                    "no step back in time"
                );
            }
            mutate(
                &app,
                "archiveProduct",
                "ArchiveProductInput",
                "replayed",
                json!({ "productId": first.product }),
            )
            .await;
            app.ignore_events().await;
        }
    );
    assert!(reindexed >= 1_500, "{reindexed}");
    app.subgraph().catch_up().await.unwrap();
    let all = search(&app, json!({})).await;
    let published = app
        .graphql("{ products { totalCount } }")
        .viewer(&staff())
        .send()
        .await;
    assert_eq!(
        all.at("/searchProducts/totalCount"),
        published.at("/products/totalCount")
    );
}

async fn one_at_a_time(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
    let under_way = AtomicBool::new(false);
    let begun = |_, _| under_way.store(true, Ordering::Relaxed);
    let mut one = pin!(app.subgraph().reindex(&begun));
    // As far as its first word, and then it waits until the other was answered.
    tokio::select! {
        biased;
        _ = &mut one => panic!("it was over at its first word"),
        () = poll_fn(|_| if under_way.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }) => {}
    }
    let other = app.subgraph().reindex(&|_, _| {}).await;
    assert_eq!(other.unwrap_err().code().as_str(), "CONFLICT");
    assert_eq!(one.await.unwrap(), 5);
    assert_eq!(app.subgraph().reindex(&|_, _| {}).await.unwrap(), 5);
}

async fn who_catches_up_waits_for_who_builds(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
    // Another tree of categories: the index has to be built anew.
    make(&app, "Latecomers", None, 0).await;
    goods(&app, simple("late", "Latecomer", 1, 1)).await;
    let under_way = AtomicBool::new(false);
    let begun = |_, _| under_way.store(true, Ordering::Relaxed);
    let mut one = pin!(app.subgraph().reindex(&begun));
    tokio::select! {
        biased;
        _ = &mut one => panic!("it was over at its first word"),
        () = poll_fn(|_| if under_way.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }) => {}
    }
    let caught_up = async {
        app.subgraph().catch_up().await.unwrap();
        let found = search(&app, json!({ "query": "latecomer" })).await;
        assert_eq!(names(&found), ["Latecomer"]);
    };
    let (built, ()) = tokio::join!(one, caught_up);
    assert_eq!(built.unwrap(), 6);
}

async fn one_that_was_cut_off_leaves_the_old_index_in_use(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
    let app = Arc::new(app);
    {
        let rebuilding = app.subgraph().reindex(&|done, _| {
            assert!(done == 0, "cut off here");
        });
        let cut_off = std::panic::AssertUnwindSafe(rebuilding);
        let ended = futures::FutureExt::catch_unwind(cut_off).await;
        assert!(ended.is_err());
    }
    engine.leave_behind(7);
    let found = search(&app, json!({ "query": "kettle" })).await;
    assert_eq!(names(&found), ["Enamel Kettle"]);
    // Who was killed gives nothing back: the next one waits until the lease is over.
    app.database
        .write(|tx| async move {
            use sea_orm::{
                ConnectionTrait, ExprTrait,
                sea_query::{Expr, Query},
            };
            let over = Query::update()
                .table("search_rebuild")
                .value("expires_at", 1_i64)
                .and_where(Expr::col("id").eq(1))
                .to_owned();
            tx.execute(&over).await?;
            Ok::<_, database::DatabaseError>(())
        })
        .await
        .unwrap();
    assert_eq!(app.subgraph().reindex(&|_, _| {}).await.unwrap(), 5);
    if let Engine::Elasticsearch { .. } = engine {
        until("what was left behind to be gone", async || {
            let indices = engine.indices();
            (indices == [(8, true)]).then_some(())
        })
        .await;
    }
    let found = search(&app, json!({ "query": "kettle" })).await;
    assert_eq!(names(&found), ["Enamel Kettle"]);
}

async fn several_may_follow_at_a_time(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
    for round in 0..5 {
        for place in 0..4 {
            let slug = format!("many-{round}-{place}");
            goods(&app, simple(&slug, "Many", 1, 1)).await;
        }
        let follow = || app.subgraph().catch_up();
        let (one, other, third) = tokio::join!(follow(), follow(), follow());
        one.and(other).and(third).unwrap();
        let found = search(&app, json!({ "query": "many" })).await;
        assert_eq!(found.at("/searchProducts/totalCount"), (round + 1) * 4);
    }
}

#[tokio::test]
async fn a_new_index_in_a_folder_is_in_use_whatever_becomes_of_the_old() {
    let (app, ..) = furnished(&Engine::Tantivy).await;
    let old = std::fs::read_dir(app.folder().join("search")).unwrap();
    for entry in old.map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            std::fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    assert_eq!(app.subgraph().reindex(&|_, _| {}).await.unwrap(), 5);
    app.subgraph().catch_up().await.unwrap();
    let found = search(&app, json!({ "query": "kettle" })).await;
    assert_eq!(names(&found), ["Enamel Kettle"]);
}
