//! Pictures of products.

use async_graphql::SimpleObject;

/// A picture.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(name = "ProductImage")]
pub(crate) struct Image {
    /// Where it is: a path on the shop's own address, such as `/media/products/walnut-desk-lamp.svg`.
    pub url: String,
    /// What it shows, for those who cannot see it.
    pub alt: String,
    /// Its width in pixels; it scales.
    pub width: i32,
    /// Its height in pixels; it scales.
    pub height: i32,
}
