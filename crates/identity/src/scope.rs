//! Roles, and the scopes that they grant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One thing that staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Create and change products and categories.
    CatalogWrite,
    /// Adjust and reserve stock.
    InventoryWrite,
    /// See and move every order.
    OrdersManage,
    /// See and refund every payment.
    PaymentsManage,
    /// See every user and set roles.
    UsersManage,
}

impl Scope {
    /// Every scope, in the order in which tokens name them.
    pub const ALL: [Self; 5] = [
        Self::CatalogWrite,
        Self::InventoryWrite,
        Self::OrdersManage,
        Self::PaymentsManage,
        Self::UsersManage,
    ];

    /// The name in tokens and in `@requiresScopes`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CatalogWrite => "catalog:write",
            Self::InventoryWrite => "inventory:write",
            Self::OrdersManage => "orders:manage",
            Self::PaymentsManage => "payments:manage",
            Self::UsersManage => "users:manage",
        }
    }

    const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A set of scopes. As text: names with single spaces between (RFC 8693, section 4.2); names that
/// are not known are passed over, so that a newer issuer does not break an older verifier.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// Nothing allowed beyond one's own things.
    pub const NONE: Self = Self(0);

    /// Whether `scope` is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// This set and `scope`.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// What either set holds.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The scopes, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<&str> for Scopes {
    fn from(text: &str) -> Self {
        Scope::ALL
            .into_iter()
            .filter(|scope| text.split(' ').any(|name| name == scope.name()))
            .collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(formatter, "{space}{scope}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scopes({self})")
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

/// What a user is to the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Buys. Everybody who registers is one.
    Customer,
    /// Runs the shop: catalogue, stock, orders, payments.
    Staff,
    /// Staff that also decides who is staff.
    Admin,
}

impl Role {
    /// Every role, least powerful first.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Staff, Self::Admin];

    /// The name in the database and in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    /// What the role allows.
    pub const fn scopes(self) -> Scopes {
        let staff = Scopes::NONE
            .with(Scope::CatalogWrite)
            .with(Scope::InventoryWrite)
            .with(Scope::OrdersManage)
            .with(Scope::PaymentsManage);
        match self {
            Self::Customer => Scopes::NONE,
            Self::Staff => staff,
            Self::Admin => staff.with(Scope::UsersManage),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no role's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such role: {0}")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or_else(|| UnknownRole(name.to_owned()))
    }
}
