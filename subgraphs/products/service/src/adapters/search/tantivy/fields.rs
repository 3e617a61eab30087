//! The fields of the index and how text becomes words.

use tantivy::{
    Index, TantivyDocument,
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, SchemaBuilder, TextFieldIndexing,
        TextOptions,
    },
};

pub(super) use crate::adapters::search::document::BETWEEN;
use crate::adapters::search::{Document, analysis};

/// Words by their stem, for searching.
pub(super) const STEMMED: &str = "stemmed";
/// Words as they are, in lower case, for completing.
pub(super) const PLAIN: &str = "plain";

/// The fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub id: Field,
    pub id_high: Field,
    pub id_low: Field,
    pub name: Field,
    pub brand_text: Field,
    pub category_text: Field,
    pub option_text: Field,
    pub description: Field,
    pub sku: Field,
    pub words: Field,
    pub category: Field,
    pub brand: Field,
    pub option: Field,
    pub price: Field,
    pub created: Field,
}

fn text(
    builder: &mut SchemaBuilder,
    name: &str,
    analyzer: &str,
    record: IndexRecordOption,
) -> Field {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(analyzer)
        .set_index_option(record);
    builder.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
}

impl Fields {
    /// The schema and its fields.
    pub(super) fn declare() -> (Schema, Self) {
        let mut builder = Schema::builder();
        let searched = |builder: &mut SchemaBuilder, name| {
            text(builder, name, STEMMED, IndexRecordOption::WithFreqs)
        };
        let fields = Self {
            id: builder.add_text_field("id", STRING),
            id_high: builder.add_u64_field("id_high", FAST),
            id_low: builder.add_u64_field("id_low", FAST),
            name: searched(&mut builder, "name"),
            brand_text: searched(&mut builder, "brand_text"),
            category_text: searched(&mut builder, "category_text"),
            option_text: searched(&mut builder, "option_text"),
            description: searched(&mut builder, "description"),
            sku: builder.add_text_field("sku", STRING),
            words: text(&mut builder, "words", PLAIN, IndexRecordOption::Basic),
            category: builder.add_text_field("category", STRING | FAST),
            brand: builder.add_text_field("brand", STRING | FAST),
            option: builder.add_text_field("option", STRING | FAST),
            price: builder.add_i64_field("price", INDEXED | FAST),
            created: builder.add_i64_field("created", FAST),
        };
        (builder.build(), fields)
    }

    /// The fields that are searched for words, with their weight.
    pub(super) fn searched(&self) -> [(Field, f32); 5] {
        [
            (self.name, 4.0),
            (self.brand_text, 2.5),
            (self.category_text, 2.0),
            (self.option_text, 1.5),
            (self.description, 1.0),
        ]
    }

    /// A product in the form of the index.
    pub(super) fn document(&self, product: &Document) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        let (high, low) = product.id.as_u64_pair();
        document.add_text(self.id, product.id.simple().to_string());
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_text(self.name, &product.name);
        document.add_text(self.words, &product.name);
        document.add_text(self.description, &product.description);
        document.add_i64(self.price, product.price);
        document.add_i64(self.created, product.created_at);
        if let Some(brand) = &product.brand {
            document.add_text(self.brand, brand);
            document.add_text(self.brand_text, brand);
            document.add_text(self.words, brand);
        }
        for sku in &product.skus {
            document.add_text(self.sku, sku.to_lowercase());
        }
        for category in &product.categories {
            document.add_text(self.category, category.simple().to_string());
        }
        for name in &product.category_names {
            document.add_text(self.category_text, name);
        }
        for (name, value) in &product.options {
            document.add_text(self.option, format!("{name}{BETWEEN}{value}"));
            document.add_text(self.option_text, value);
        }
        document
    }
}

/// Registers how text becomes words.
pub(super) fn register_analyzers(index: &Index) {
    index.tokenizers().register(PLAIN, analysis::plain());
    index.tokenizers().register(STEMMED, analysis::stemmed());
}
