//! The demo catalogue: what a shop shows on its first start, products without end for load work,
//! and a drawing for each. Everything here is plain data and the same at every run; nothing here
//! touches a database, and nothing real belongs here. The texts are in `demo/` beside `Cargo.toml`.

mod catalogue;
mod chance;
mod files;
mod generator;
mod image;
#[cfg(test)]
mod tests;

pub use catalogue::{DemoCatalogue, DemoCategory, DemoProduct, DemoVariant};
pub use files::DemoError;
pub use generator::generate;
pub use image::image_svg;
