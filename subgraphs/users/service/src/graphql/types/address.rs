//! Saved addresses.

use async_graphql::{Enum, ID, InputObject, SimpleObject};
use serde::Serialize;
use serving::graphql::global_id;
use users_domain::AddressForm;

use crate::store::addresses::Stored;

/// An address that a user has saved, to ship to or to bill.
#[derive(SimpleObject)]
pub(crate) struct SavedAddress {
    /// Its opaque id.
    id: ID,
    /// Who receives, such as `Ada Lovelace`.
    name: String,
    /// Street and number, such as `12 St James's Square`.
    line1: String,
    /// Flat, floor, company.
    line2: Option<String>,
    /// Town.
    city: String,
    /// State, province or county.
    region: Option<String>,
    /// Postal code; some countries have none.
    postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code, such as `GB`.
    country: String,
    /// Telephone number for the carrier, such as `+44 20 7946 0000`.
    phone: Option<String>,
}

impl From<Stored> for SavedAddress {
    fn from(stored: Stored) -> Self {
        let address = stored.address;
        Self {
            id: global_id::encode("SavedAddress", stored.id),
            name: address.name,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            region: address.region,
            postal_code: address.postal_code,
            country: address.country.code().to_owned(),
            phone: address.phone,
        }
    }
}

/// An address to save. Spaces around and runs of spaces within a value are tidied away.
#[derive(InputObject, Serialize)]
pub(crate) struct SavedAddressInput {
    /// Who receives: 1 to 100 characters.
    name: String,
    /// Street and number: 1 to 200 characters.
    line1: String,
    /// Flat, floor, company: at most 200 characters.
    line2: Option<String>,
    /// Town: 1 to 100 characters.
    city: String,
    /// State, province or county: at most 100 characters.
    region: Option<String>,
    /// Postal code: at most 16 letters, digits, spaces and hyphens.
    postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code, such as `GB`.
    country: String,
    /// Telephone number for the carrier, such as `+44 20 7946 0000`.
    phone: Option<String>,
}

impl From<SavedAddressInput> for AddressForm {
    fn from(input: SavedAddressInput) -> Self {
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

/// What an address is used for unless another one is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "users_domain::AddressUse")]
pub(crate) enum AddressUse {
    /// Parcels go there.
    Shipping,
    /// It stands on the invoice.
    Billing,
}
