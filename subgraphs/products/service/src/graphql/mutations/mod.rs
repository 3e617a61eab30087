//! Mutations, one verb a file: take the input, run the command of the same name, answer. Never here: decisions.

mod adjust_stock;
mod archive_product;
mod bulk_create_products;
mod create_category;
mod create_product;
mod create_variant;
mod delete_category;
mod delete_product;
mod delete_variant;
mod publish_product;
mod release_reservation;
mod reserve_stock;
mod set_low_stock;
mod update_category;
mod update_product;
mod update_variant;

use async_graphql::MergedObject;

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    create_product::CreateProduct,
    update_product::UpdateProduct,
    publish_product::PublishProduct,
    archive_product::ArchiveProduct,
    delete_product::DeleteProduct,
    bulk_create_products::BulkCreateProducts,
    create_variant::CreateVariant,
    update_variant::UpdateVariant,
    delete_variant::DeleteVariant,
    create_category::CreateCategory,
    update_category::UpdateCategory,
    delete_category::DeleteCategory,
    adjust_stock::AdjustStock,
    set_low_stock::SetLowStock,
    reserve_stock::ReserveStock,
    release_reservation::ReleaseReservation,
);
