//! Products, their variants, the tree of categories, and the numbering of changes that search follows.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0101_catalogue"
    }
}

fn index(name: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(categories()).await?;
        manager.create_table(products()).await?;
        manager.create_table(product_categories()).await?;
        manager.create_table(variants()).await?;
        manager.create_table(removed_products()).await?;
        manager.create_table(change_counter()).await?;
        for index in [
            index(
                "products_newest",
                "products",
                &["state", "created_at", "id"],
            ),
            index("products_name", "products", &["state", "name", "id"]),
            index(
                "products_price",
                "products",
                &["state", "price_least", "id"],
            ),
            index("products_brand", "products", &["brand", "id"]),
            index("products_change", "products", &["change_number"]),
            index(
                "product_categories_of",
                "product_categories",
                &["category_id", "product_id"],
            ),
            index("variants_of", "variants", &["product_id", "position"]),
            index("categories_below", "categories", &["parent_id", "position"]),
        ] {
            manager.create_index(index).await?;
        }
        let first = Query::insert()
            .into_table("change_counter")
            .columns(["id", "value"])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(first).await
    }
}

fn categories() -> TableCreateStatement {
    Table::create()
        .table("categories")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("parent_id").uuid())
        .col(ColumnDef::new("slug").string().not_null().unique_key())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("position").integer().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from("categories", "parent_id")
                .to("categories", "id"),
        )
        .to_owned()
}

fn products() -> TableCreateStatement {
    Table::create()
        .table("products")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("slug").string().not_null().unique_key())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("brand").string())
        .col(ColumnDef::new("description").text().not_null())
        .col(ColumnDef::new("options").text().not_null())
        .col(ColumnDef::new("state").string().not_null())
        .col(ColumnDef::new("state_since").big_integer())
        // Lowest and highest price of the variants, kept with the product so that a list needs one statement.
        .col(
            ColumnDef::new("price_least")
                .big_integer()
                .not_null()
                .default(0),
        )
        .col(
            ColumnDef::new("price_most")
                .big_integer()
                .not_null()
                .default(0),
        )
        .col(ColumnDef::new("currency").string())
        .col(ColumnDef::new("version").big_integer().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("change_number").big_integer().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("updated_at").big_integer().not_null())
        .check(Expr::col("state").is_in(["DRAFT", "PUBLISHED", "ARCHIVED"]))
        .to_owned()
}

fn product_categories() -> TableCreateStatement {
    Table::create()
        .table("product_categories")
        .col(ColumnDef::new("product_id").uuid().not_null())
        .col(ColumnDef::new("category_id").uuid().not_null())
        .col(ColumnDef::new("position").integer().not_null())
        .primary_key(Index::create().col("product_id").col("category_id"))
        .foreign_key(
            ForeignKey::create()
                .from("product_categories", "product_id")
                .to("products", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(
            ForeignKey::create()
                .from("product_categories", "category_id")
                .to("categories", "id"),
        )
        .to_owned()
}

fn variants() -> TableCreateStatement {
    Table::create()
        .table("variants")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("product_id").uuid().not_null())
        .col(ColumnDef::new("position").integer().not_null())
        .col(ColumnDef::new("sku").string().not_null().unique_key())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("option_values").text().not_null())
        .col(ColumnDef::new("price_units").big_integer().not_null())
        .col(ColumnDef::new("currency").string().not_null())
        .foreign_key(
            ForeignKey::create()
                .from("variants", "product_id")
                .to("products", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .check(Expr::col("price_units").gte(0))
        .to_owned()
}

/// Products that were deleted, at the place of the deletion among the changes, for search to follow.
fn removed_products() -> TableCreateStatement {
    Table::create()
        .table("removed_products")
        .col(
            ColumnDef::new("change_number")
                .big_integer()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new("product_id").uuid().not_null())
        .to_owned()
}

/// One row. Whoever changes the catalogue raises it in the same transaction and so holds its row until the commit:
/// change numbers become visible in their own order, and search can follow them without missing a late commit.
fn change_counter() -> TableCreateStatement {
    Table::create()
        .table("change_counter")
        .col(ColumnDef::new("id").integer().not_null().primary_key())
        .col(ColumnDef::new("value").big_integer().not_null())
        .to_owned()
}
