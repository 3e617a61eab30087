//! What can be asked of users.

use async_graphql::{Context, Object};
use database::cursor::Page;
use fault::Fault;
use identity::Scope;
use users_domain::Email;

use super::directives::{authenticated, cost, list_size, names};
use super::schema::{loaders, services, viewer};
use super::types::user::{Sight, User};
use super::types::user_list::{UserConnection, UserFilter};
use crate::store;

const DEFAULT_PAGE: u32 = 20;

#[derive(Default)]
pub(crate) struct Accounts;

#[Object]
impl Accounts {
    /// The user who is logged in. UNAUTHENTICATED without a valid access token.
    #[graphql(directive = authenticated::apply(), directive = cost::apply("1".to_owned()))]
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<User>, Fault> {
        let id = viewer(ctx)?.user()?.id;
        let account = loaders(ctx)?
            .account(id)
            .await?
            .ok_or_else(Fault::unauthenticated)?;
        Ok(Some(User {
            account,
            sight: Sight::Whole,
        }))
    }

    /// All users, newest first. Needs the scope `users:manage`.
    #[graphql(requires_scopes = "users:manage", directive = cost::apply("5".to_owned()), directive = list_size::apply(Some(20), Some(names(["first", "last"])), Some(names(["nodes", "edges"])), Some(false)))]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many to take from the start: 1 to 100, 20 if nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Take those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many to take from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Take those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that match.")] filter: Option<UserFilter>,
    ) -> Result<UserConnection, Fault> {
        viewer(ctx)?.require(Scope::UsersManage)?;
        let page = Page::new(
            first,
            after.as_deref(),
            last,
            before.as_deref(),
            DEFAULT_PAGE,
        )?;
        let filter = filter.unwrap_or_default();
        let wanted = store::accounts::Wanted {
            email: filter
                .email
                .map(|email| {
                    Email::parse(&email).map_err(|refusal| Fault::invalid(refusal.to_string()))
                })
                .transpose()?,
            role: filter.role.map(Into::into),
        };
        let rows = store::accounts::page(services(ctx)?.database.read(), &wanted, &page).await?;
        Ok(UserConnection::new(wanted, page.cut(rows)))
    }
}
