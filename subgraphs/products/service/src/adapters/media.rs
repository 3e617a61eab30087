//! Pictures of products, at `/media/products/<slug>.svg`. They are drawn from the slug and the name, so they are never
//! stored, and a browser may keep them.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use products_domain::StateKind;
use uuid::Uuid;

use crate::{
    app::Shop,
    demo,
    store::{
        catalogue::{self, By},
        categories,
    },
};

pub(crate) fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/media/products/{file}", get(image))
        .with_state(shop)
}

async fn image(State(shop): State<Shop>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(slug) = file.strip_suffix(".svg").filter(|slug| slug.len() <= 100) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let card = match catalogue::one(&shop.database, &By::Slug(slug.to_owned())).await {
        Ok(Some((card, _))) if card.state() != Some(StateKind::Draft) => card,
        Ok(_) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(product.slug = slug, %error, "the picture of a product cannot be drawn");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    // The drawing depends on the slug and the name; renaming gives another tag.
    let tag = format!(
        "\"{}\"",
        database::idempotency::hash(&(&card.slug, &card.name))
            .get(..16)
            .unwrap_or_default()
    );
    let cache = format!("public, max-age={}", shop.config.media_max_age_seconds);
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|seen| seen.as_bytes() == tag.as_bytes());
    let caching = [(header::CACHE_CONTROL, cache), (header::ETAG, tag)];
    if known {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let kind = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A drawing runs nothing, also when it is opened by itself.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    let category = category_of(&shop, card.id).await.unwrap_or_default();
    let brand = card
        .rest
        .as_ref()
        .and_then(|rest| rest.brand.as_deref())
        .unwrap_or_default();
    (
        caching,
        kind,
        demo::image_svg(&card.slug, &card.name, brand, &category),
    )
        .into_response()
}

/// The slug of a product's first category, for a drawing that its name does not tell.
async fn category_of(shop: &Shop, product: Uuid) -> Option<String> {
    let places = catalogue::categories_of(&shop.database, &[product])
        .await
        .ok()?;
    let id = places.get(&product)?.first()?;
    let rows = categories::all(shop.database.read()).await.ok()?;
    rows.into_iter()
        .find(|row| row.id == *id)
        .map(|row| row.slug)
}
