//! An account and its addresses in use.

use clock::Timestamp;
use uuid::Uuid;

use crate::{DisplayName, Email};

/// Who can log in. Roles and sessions are kept beside it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user's id.
    pub id: Uuid,
    /// What identifies the account at log-in.
    pub email: Email,
    /// What to call the user.
    pub display_name: Option<DisplayName>,
    /// The address used for shipping unless another is chosen.
    pub default_shipping: Option<Uuid>,
    /// The address used for billing unless another is chosen.
    pub default_billing: Option<Uuid>,
    /// Counts every change of the account, its roles and its addresses.
    pub version: i64,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// What an address is used for by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressUse {
    /// Where parcels go.
    Shipping,
    /// What stands on the invoice.
    Billing,
}

impl Account {
    /// A new account at its first version.
    pub fn register(
        id: Uuid,
        email: Email,
        display_name: Option<DisplayName>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            email,
            display_name,
            default_shipping: None,
            default_billing: None,
            version: 1,
            created_at: now,
        }
    }

    /// The default address for `purpose`.
    pub fn default_for(&self, purpose: AddressUse) -> Option<Uuid> {
        match purpose {
            AddressUse::Shipping => self.default_shipping,
            AddressUse::Billing => self.default_billing,
        }
    }

    /// Makes `address_id` (one of this account) the default for `purpose`.
    #[must_use]
    pub fn with_default(mut self, purpose: AddressUse, address_id: Uuid) -> Self {
        match purpose {
            AddressUse::Shipping => self.default_shipping = Some(address_id),
            AddressUse::Billing => self.default_billing = Some(address_id),
        }
        self
    }

    /// Takes in a new address: the first one becomes the default for everything.
    #[must_use]
    pub fn with_address(mut self, address_id: Uuid) -> Self {
        self.default_shipping.get_or_insert(address_id);
        self.default_billing.get_or_insert(address_id);
        self
    }

    /// Lets go of an address: what it was the default for has none any more.
    #[must_use]
    pub fn without_address(mut self, address_id: Uuid) -> Self {
        self.default_shipping = self.default_shipping.filter(|id| *id != address_id);
        self.default_billing = self.default_billing.filter(|id| *id != address_id);
        self
    }
}
