//! `publishProduct`.

use events::products::SaleState;
use serde_json::json;

use crate::shop::{create, mutate, refusal, simple, snapshot, start};

#[tokio::test]
async fn publish_and_archive_move_the_state() {
    let app = start().await;
    let mut draft = simple("lamp", "Lamp", 900, 1);
    draft["publish"] = json!(false);
    let made = create(&app, draft).await;
    let id = made.text("/createProduct/product/id");
    app.ignore_events().await;
    let archived = mutate(
        &app,
        "archiveProduct",
        "ArchiveProductInput",
        "product { state }",
        json!({ "productId": id }),
    )
    .await;
    assert_eq!(refusal(&archived), "NotAllowed");
    for (name, kind, state, told) in [
        (
            "publishProduct",
            "PublishProductInput",
            "PUBLISHED",
            SaleState::Published,
        ),
        (
            "archiveProduct",
            "ArchiveProductInput",
            "ARCHIVED",
            SaleState::Archived,
        ),
        (
            "publishProduct",
            "PublishProductInput",
            "PUBLISHED",
            SaleState::Published,
        ),
    ] {
        let answer = mutate(
            &app,
            name,
            kind,
            "product { state }",
            json!({ "productId": id }),
        )
        .await;
        assert_eq!(answer.at(&format!("/{name}/product/state")), state);
        let events = app.events().await;
        assert_eq!(snapshot(&events).state, told);
        assert_eq!(snapshot(&events).variants[0].state, told);
    }
}
