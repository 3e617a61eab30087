//! Pictures at `/media/products/`.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serving::Serving;
use tower::ServiceExt;

use crate::shop::{App, create, simple, start, stocked};

async fn get(app: &App, path: &str, tag: Option<&str>) -> axum::response::Response {
    let mut request = Request::get(path);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    app.served
        .routes()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn pictures_are_served_with_caching() {
    let app = start().await;
    stocked(&app, "lamp", 1).await;
    let answer = get(&app, "/media/products/lamp.svg", None).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "image/svg+xml");
    assert_eq!(
        answer.headers()[header::CACHE_CONTROL],
        "public, max-age=86400"
    );
    let tag = answer.headers()[header::ETAG].to_str().unwrap().to_owned();
    let body = axum::body::to_bytes(answer.into_body(), 100_000)
        .await
        .unwrap();
    assert!(body.starts_with(b"<svg"), "{body:?}");
    let again = get(&app, "/media/products/lamp.svg", Some(&tag)).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let same = get(&app, "/media/products/lamp.svg", None).await;
    assert_eq!(
        axum::body::to_bytes(same.into_body(), 100_000)
            .await
            .unwrap(),
        body
    );
}

#[tokio::test]
async fn what_is_not_public_has_no_picture() {
    let app = start().await;
    let mut draft = simple("secret", "secret", 1, 1);
    draft["publish"] = serde_json::json!(false);
    create(&app, draft).await;
    app.ignore_events().await;
    for path in [
        "secret.svg",
        "nothing.svg",
        "lamp.png",
        "..%2f..%2fetc%2fpasswd.svg",
    ] {
        assert_eq!(
            get(&app, &format!("/media/products/{path}"), None)
                .await
                .status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
