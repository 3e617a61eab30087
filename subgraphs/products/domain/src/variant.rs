//! What is bought: one form of a product, with its own SKU, price and stock.

use money::{Currency, Money};
use uuid::Uuid;

use crate::{Flaw, Name, OptionValue, Sku};

/// The highest price, in minor units.
pub const MAX_PRICE: i64 = 99_999_999_999;

/// A price: zero or more, at most [`MAX_PRICE`] minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price(Money);

impl Price {
    /// Checks the amount.
    pub fn parse(amount: Money) -> Result<Self, String> {
        if (0..=MAX_PRICE).contains(&amount.units()) {
            Ok(Self(amount))
        } else {
            Err(format!("must be 0 to {MAX_PRICE} minor units"))
        }
    }

    /// The amount.
    pub const fn amount(self) -> Money {
        self.0
    }

    /// The amount in minor units.
    pub const fn units(self) -> i64 {
        self.0.units()
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.0.currency()
    }
}

/// What staff say about a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantFacts {
    /// The stock keeping unit, unique in the shop.
    pub sku: Sku,
    /// What it is called; the option values joined by ` / ` unless given.
    pub name: Name,
    /// One value for each option of the product, in the product's order.
    pub values: Vec<OptionValue>,
    /// What one costs.
    pub price: Price,
}

impl VariantFacts {
    /// Checks the parts; `name` may be left out, and is then made from the option values or from `product`'s name.
    pub fn parse(
        sku: &str,
        name: Option<&str>,
        values: &[String],
        price: Money,
        product: &str,
    ) -> Result<Self, Vec<Flaw>> {
        let mut flaws = Vec::new();
        let sku = Sku::at("sku", sku).map_err(|flaw| flaws.push(flaw));
        let mut parsed = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            match OptionValue::parse(value) {
                Ok(value) => parsed.push(value),
                Err(message) => flaws.push(Flaw::new(format!("options.{index}.value"), message)),
            }
        }
        let made = || {
            if values.is_empty() {
                product.to_owned()
            } else {
                values.join(" / ")
            }
        };
        let name = Name::at("name", &name.map_or_else(made, str::to_owned))
            .map_err(|flaw| flaws.push(flaw));
        let price =
            Price::parse(price).map_err(|message| flaws.push(Flaw::new("price.units", message)));
        match (sku, name, price) {
            (Ok(sku), Ok(name), Ok(price)) if flaws.is_empty() => Ok(Self {
                sku,
                name,
                values: parsed,
                price,
            }),
            _ => Err(flaws),
        }
    }
}

/// One form of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The variant's id.
    pub id: Uuid,
    /// What it is.
    pub facts: VariantFacts,
}
