//! `suggest`.

use serde_json::json;

use crate::{
    engine::{Engine, on_each_engine},
    furnished::furnished,
};

on_each_engine!(completes_what_is_typed,);

async fn completes_what_is_typed(engine: Engine) {
    let (app, ..) = furnished(&engine).await;
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
