//! The list of users.

use async_graphql::connection::PageInfo;
use async_graphql::{ComplexObject, Context, InputObject, SimpleObject};
use database::cursor;
use fault::Fault;
use users_domain::Account;

use super::role::Role;
use super::user::{Sight, User};
use crate::graphql::schema::services;
use crate::store;
use crate::store::accounts::Wanted;

/// Which users a list holds. Every condition that is given must hold.
#[derive(InputObject, Default)]
pub(crate) struct UserFilter {
    /// The one with this e-mail address.
    pub(crate) email: Option<String>,
    /// Those who have this role.
    pub(crate) role: Option<Role>,
}

/// A page of users.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct UserConnection {
    /// The users, each with its cursor.
    edges: Vec<UserEdge>,
    /// Whether there are more.
    page_info: PageInfo,
    #[graphql(skip)]
    wanted: Wanted,
}

/// A user in a list.
#[derive(SimpleObject)]
pub(crate) struct UserEdge {
    /// The user's place in the list, for `after` and `before`.
    cursor: String,
    /// The user.
    node: User,
}

#[ComplexObject]
impl UserConnection {
    /// The users alone.
    async fn nodes(&self) -> Vec<&User> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// How many users the whole list holds; counted only when it is asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        let count = store::accounts::count(services(ctx)?.database.read(), &self.wanted).await?;
        Ok(Some(i32::try_from(count).unwrap_or(i32::MAX)))
    }
}

impl UserConnection {
    /// From a page as `Page::cut` gives it.
    pub(crate) fn new(
        wanted: Wanted,
        (accounts, previous, next): (Vec<Account>, bool, bool),
    ) -> Self {
        let edge = |account: Account| UserEdge {
            cursor: cursor::encode(&store::accounts::place(&account)),
            node: User {
                account,
                sight: Sight::Whole,
            },
        };
        let edges: Vec<_> = accounts.into_iter().map(edge).collect();
        let page_info = PageInfo {
            has_previous_page: previous,
            has_next_page: next,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Self {
            edges,
            page_info,
            wanted,
        }
    }
}
