//! Users, as far as the viewer may see them.

use async_graphql::{Context, ID, Object};
use fault::Fault;
use identity::{Scope, Viewer};
use serving::graphql::{DateTime, global_id};
use users_domain::Account;
use uuid::Uuid;

use super::address::SavedAddress;
use super::role::Role;
use crate::graphql::directives::list_size;
use crate::graphql::schema::loaders;

/// How much of a user the viewer may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everything: the user, and those who manage users.
    Whole,
    /// The name: those who manage orders, and have to call the customer something.
    Name,
}

impl Sight {
    /// What `viewer` may see of the user `id`; `None`: nothing at all, not even that there is one.
    pub(crate) fn of(viewer: &Viewer, id: Uuid) -> Option<Self> {
        if viewer.id() == Some(id) || viewer.has(Scope::UsersManage) {
            Some(Self::Whole)
        } else {
            viewer.has(Scope::OrdersManage).then_some(Self::Name)
        }
    }
}

pub(crate) struct User {
    pub(crate) account: Account,
    pub(crate) sight: Sight,
}

impl User {
    fn whole(&self) -> Option<&Account> {
        (self.sight == Sight::Whole).then_some(&self.account)
    }

    async fn address(
        &self,
        ctx: &Context<'_>,
        id: Option<Uuid>,
    ) -> Result<Option<SavedAddress>, Fault> {
        let (Some(account), Some(id)) = (self.whole(), id) else {
            return Ok(None);
        };
        let addresses = loaders(ctx)?.addresses(account.id).await?;
        Ok(addresses
            .into_iter()
            .find(|stored| stored.id == id)
            .map(Into::into))
    }
}

/// Someone with an account. Whoever is neither the user nor manages users sees null where a field says so.
#[Object]
impl User {
    /// Its opaque id.
    async fn id(&self) -> ID {
        global_id::encode("User", self.account.id)
    }

    /// What to call the user, if they said so.
    async fn display_name(&self) -> Option<&str> {
        self.account
            .display_name
            .as_ref()
            .map(users_domain::DisplayName::as_str)
    }

    /// The e-mail address in lower case. Null for others.
    async fn email(&self) -> Option<&str> {
        self.whole().map(|account| account.email.as_str())
    }

    /// The roles, least powerful first. Null for others.
    #[graphql(directive = list_size::apply(Some(2), None, None, None))]
    async fn roles(&self, ctx: &Context<'_>) -> Result<Option<Vec<Role>>, Fault> {
        let Some(account) = self.whole() else {
            return Ok(None);
        };
        let roles = loaders(ctx)?.roles(account.id).await?;
        Ok(Some(roles.into_iter().map(Into::into).collect()))
    }

    /// The saved addresses, oldest first; at most 20. Null for others.
    #[graphql(directive = list_size::apply(Some(3), None, None, None))]
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Option<Vec<SavedAddress>>, Fault> {
        let Some(account) = self.whole() else {
            return Ok(None);
        };
        let addresses = loaders(ctx)?.addresses(account.id).await?;
        Ok(Some(addresses.into_iter().map(Into::into).collect()))
    }

    /// The address that is shipped to unless another is named. Null for others.
    async fn default_shipping_address(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<SavedAddress>, Fault> {
        self.address(ctx, self.account.default_shipping).await
    }

    /// The address that is billed unless another is named. Null for others.
    async fn default_billing_address(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<SavedAddress>, Fault> {
        self.address(ctx, self.account.default_billing).await
    }

    /// When the user registered.
    async fn created_at(&self) -> DateTime {
        self.account.created_at.into()
    }

    /// Counts every change of the user, their roles and addresses; `ifVersion` of mutations refers to it.
    async fn version(&self) -> i32 {
        i32::try_from(self.account.version).unwrap_or(i32::MAX)
    }
}
