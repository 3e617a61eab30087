//! What can be asked.

use async_graphql::{Context, ID, Object, OneofObject};
use database::cursor::Page;
use fault::Fault;
use identity::{Scope, Viewer};
use serving::graphql::global_id;
use uuid::Uuid;

use super::{
    Loaders, directives,
    references::References,
    types::{Cart, Order, OrderConnection, OrderFilter, StaffOrderFilter},
};
use crate::{
    commands::{cart_access::CartAccess, edit_cart, move_order::may_see, shop::Shop},
    store::{self, orders::Filter},
};

/// How to look an order up: by exactly one of these.
#[derive(Debug, OneofObject)]
pub(crate) enum OrderBy {
    /// Its id.
    Id(ID),
    /// Its number, such as `7K3M-9QXD-2FTB`, as people write it: case, hyphens and spaces do not matter.
    Number(String),
}

/// What can be asked of orders.
#[derive(async_graphql::MergedObject, Default)]
pub struct Query(Carts, Orders, References);

#[derive(Default)]
struct Carts;

#[Object]
impl Carts {
    /// A guest's cart, by the token that its first `addToCart` gave. Null when there is none (any more).
    #[graphql(directive = directives::cost::apply("5".to_owned()))]
    async fn cart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart's token: 43 characters of base64url.")] token: String,
    ) -> Result<Option<Cart>, Fault> {
        let access = CartAccess::of(&Viewer::Anonymous, Some(&token), None);
        show(ctx, access).await
    }

    /// The signed-in user's own cart. Null until something was put into it.
    #[graphql(directive = directives::authenticated::apply(), directive = directives::cost::apply("5".to_owned()))]
    async fn my_cart(&self, ctx: &Context<'_>) -> Result<Option<Cart>, Fault> {
        let viewer = ctx.data_unchecked::<Viewer>();
        viewer.user()?;
        show(ctx, CartAccess::of(viewer, None, None)).await
    }
}

async fn show(ctx: &Context<'_>, access: Option<CartAccess>) -> Result<Option<Cart>, Fault> {
    let shop = ctx.data_unchecked::<Shop>();
    let Some(access) = access else {
        return Ok(None);
    };
    let Some(cart) = store::carts::load(&shop.database, &access.holder).await? else {
        return Ok(None);
    };
    let view = edit_cart::view(&shop.database, cart).await?;
    Ok(Some(Cart(view)))
}

#[derive(Default)]
struct Orders;

#[Object]
impl Orders {
    /// One order, by its id or number: the viewer's own, or anybody's for staff (`orders:manage`). Null when there is none
    /// that the viewer may see.
    #[graphql(directive = directives::authenticated::apply(), directive = directives::cost::apply("2".to_owned()))]
    async fn order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id or its number.")] by: OrderBy,
    ) -> Result<Option<Order>, Fault> {
        let viewer = ctx.data_unchecked::<Viewer>();
        viewer.user()?;
        let found = match by {
            OrderBy::Id(id) => {
                ctx.data_unchecked::<Loaders>()
                    .order(global_id::decode("Order", &id)?)
                    .await?
            }
            OrderBy::Number(number) => {
                let number = number
                    .parse()
                    .map_err(|error| Fault::invalid(format!("`number` is {error}")))?;
                store::orders::by_number(ctx.data_unchecked::<Shop>().database.read(), &number)
                    .await?
            }
        };
        Ok(found.filter(|order| may_see(viewer, order)).map(Order))
    }

    /// The viewer's own orders, newest first.
    #[graphql(
        directive = directives::authenticated::apply(),
        directive = directives::list_size::apply(
            None,
            Some(vec!["first".to_owned(), "last".to_owned()]),
            Some(vec!["nodes".to_owned(), "edges".to_owned()]),
            Some(false)
        )
    )]
    async fn my_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most so many, 1 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last ones instead, at most so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that fit.")] filter: Option<OrderFilter>,
    ) -> Result<OrderConnection, Fault> {
        let user = ctx.data_unchecked::<Viewer>().user()?.id;
        let filter = filter.unwrap_or_default().of(Some(user));
        let page = Page::new(first, after.as_deref(), last, before.as_deref(), 20)?;
        list(ctx, filter, page).await
    }

    /// All orders, newest first. For staff (`orders:manage`).
    #[graphql(
        requires_scopes = "orders:manage",
        directive = directives::list_size::apply(
            None,
            Some(vec!["first".to_owned(), "last".to_owned()]),
            Some(vec!["nodes".to_owned(), "edges".to_owned()]),
            Some(false)
        )
    )]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most so many, 1 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last ones instead, at most so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that fit.")] filter: Option<StaffOrderFilter>,
    ) -> Result<OrderConnection, Fault> {
        ctx.data_unchecked::<Viewer>()
            .require(Scope::OrdersManage)?;
        let page = Page::new(first, after.as_deref(), last, before.as_deref(), 20)?;
        list(ctx, filter.unwrap_or_default().of()?, page).await
    }
}

async fn list(
    ctx: &Context<'_>,
    filter: Filter,
    page: Page<Uuid>,
) -> Result<OrderConnection, Fault> {
    let database = &ctx.data_unchecked::<Shop>().database;
    let rows = store::orders::page(database.read(), &filter, &page).await?;
    let (orders, has_previous_page, has_next_page) = page.cut(rows);
    Ok(OrderConnection {
        orders,
        has_previous_page,
        has_next_page,
        filter,
    })
}
