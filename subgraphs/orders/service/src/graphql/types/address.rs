//! Where things go.

use async_graphql::{InputObject, SimpleObject};

use crate::commands::set_cart_address::Draft;

/// Where the things in a cart or an order go.
#[derive(Debug, SimpleObject)]
#[graphql(name = "DeliveryAddress")]
pub(crate) struct Address {
    /// Who receives it.
    name: String,
    /// Street and house number.
    line1: String,
    /// Flat, floor or company.
    line2: Option<String>,
    /// City.
    city: String,
    /// State, province or county, where the country has them.
    region: Option<String>,
    /// Postal code.
    postal_code: String,
    /// Country: ISO 3166-1 code of two letters, such as `DE`.
    country: String,
    /// A telephone number for the carrier.
    phone: Option<String>,
}

impl From<&orders_domain::Address> for Address {
    fn from(address: &orders_domain::Address) -> Self {
        let address = address.clone();
        Self {
            name: address.name,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            region: address.region,
            postal_code: address.postal_code,
            country: address.country,
            phone: address.phone,
        }
    }
}

/// Where things go, as somebody typed it.
#[derive(Debug, InputObject)]
#[graphql(name = "DeliveryAddressInput")]
pub(crate) struct AddressInput {
    /// Who receives it; at most 100 characters.
    name: String,
    /// Street and house number; at most 200 characters.
    line1: String,
    /// Flat, floor or company; at most 200 characters.
    line2: Option<String>,
    /// City; at most 100 characters.
    city: String,
    /// State, province or county, where the country has them; at most 100 characters.
    region: Option<String>,
    /// Postal code; at most 16 characters.
    postal_code: String,
    /// Country: ISO 3166-1 code of two letters, such as `DE`.
    country: String,
    /// A telephone number for the carrier, such as `+49 30 901820`.
    phone: Option<String>,
}

impl From<AddressInput> for Draft {
    fn from(input: AddressInput) -> Self {
        Self {
            name: input.name,
            line1: input.line1,
            line2: input.line2,
            city: input.city,
            region: input.region,
            postal_code: input.postal_code,
            country: input.country,
            phone: input.phone,
        }
    }
}
