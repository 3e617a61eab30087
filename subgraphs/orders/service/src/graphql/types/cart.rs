//! A cart as its owner sees it. Everything was read with the cart; no field asks again.

use async_graphql::{ID, Object};
use fault::Fault;
use orders_domain::{CartLine as Line, Offer, problems, totals};
use serving::graphql::{DateTime, Money, global_id};

use super::{Address, CartProblem, Totals, Variant};
use crate::{
    commands::{edit_cart::CartView, shop::Shop},
    graphql::directives,
};

/// What somebody is about to order. It always comes back; what is wrong with it is in `problems`.
#[derive(Debug)]
pub(crate) struct Cart(pub(crate) CartView);

/// Some pieces of one variant in a cart.
#[derive(Debug)]
pub(crate) struct CartLine {
    line: Line,
    offer: Option<Offer>,
}

/// What somebody is about to order. It always comes back; what is wrong with it is in `problems`.
#[Object]
impl Cart {
    /// Its id.
    async fn id(&self) -> ID {
        global_id::encode("Cart", self.0.cart.id)
    }

    /// Raised by each change, for `ifVersion`.
    async fn version(&self) -> i64 {
        self.0.cart.version
    }

    /// Its lines, oldest first; a variant has one line at most.
    #[graphql(directive = directives::list_size::apply(Some(10), None, None, None))]
    async fn lines(&self) -> Vec<CartLine> {
        let line = |line: &Line| CartLine {
            line: *line,
            offer: self.offer(line).cloned(),
        };
        self.stored().iter().map(line).collect()
    }

    /// How many pieces there are on all lines.
    async fn quantity(&self) -> i64 {
        self.stored()
            .iter()
            .map(|line| i64::from(line.quantity))
            .sum()
    }

    /// What it would come to as an order, at present prices. Lines that cannot be bought count nothing.
    async fn totals(&self, ctx: &async_graphql::Context<'_>) -> Result<Totals, Fault> {
        let rules = &ctx.data_unchecked::<Shop>().settings.rules;
        let priced: Vec<_> = self
            .stored()
            .iter()
            .filter_map(|line| self.offer(line).map(|offer| (line, offer)))
            .filter(|(_, offer)| offer.sells_in(rules.currency))
            .map(|(line, offer)| (offer.price, line.quantity))
            .collect();
        let (sum, _) = totals(&priced, rules)
            .map_err(|_| Fault::invalid("this cart costs more than can be counted"))?;
        Ok(sum.into())
    }

    /// What its owner should look at before ordering.
    async fn problems(&self, ctx: &async_graphql::Context<'_>) -> Vec<CartProblem> {
        let currency = ctx.data_unchecked::<Shop>().settings.rules.currency;
        let of_line = |line: &Line| {
            let line = *line;
            let found = problems(&line, self.offer(&line), currency);
            found
                .into_iter()
                .map(move |problem| CartProblem::of(&line, problem))
        };
        self.stored().iter().flat_map(of_line).collect()
    }

    /// Where it goes; needed before it can be ordered.
    async fn address(&self) -> Option<Address> {
        self.0.cart.address.as_ref().map(Into::into)
    }
}

impl Cart {
    fn stored(&self) -> &[Line] {
        self.0.cart.lines.lines()
    }

    fn offer(&self, line: &Line) -> Option<&Offer> {
        self.0.offers.get(&line.variant_id)
    }
}

/// Some pieces of one variant in a cart.
#[Object]
impl CartLine {
    /// Its id.
    async fn id(&self) -> ID {
        global_id::encode("CartLine", self.line.id)
    }

    /// What is in it.
    async fn variant(&self) -> Variant {
        Variant::of(self.line.variant_id)
    }

    /// What it is called: the product, and the variant where there are several. Null once orders knows it no more.
    async fn name(&self) -> Option<&str> {
        self.offer.as_ref().map(|offer| offer.name.as_str())
    }

    /// How many pieces.
    async fn quantity(&self) -> u32 {
        self.line.quantity
    }

    /// How many can be bought now, the pieces of this line included.
    async fn available(&self) -> u32 {
        self.offer
            .as_ref()
            .filter(|offer| offer.for_sale)
            .map_or(0, |offer| offer.available)
    }

    /// What one costs now.
    async fn unit_price(&self) -> Money {
        self.price().into()
    }

    /// What the line comes to, before tax.
    async fn total(&self) -> Result<Money, Fault> {
        let total = self.price().times(self.line.quantity);
        Ok(total
            .map_err(|_| Fault::invalid("this line costs more than can be counted"))?
            .into())
    }

    /// When it came into the cart.
    async fn added_at(&self) -> DateTime {
        self.line.added_at.into()
    }

    /// What its owner should look at before ordering.
    async fn problems(&self, ctx: &async_graphql::Context<'_>) -> Vec<CartProblem> {
        let currency = ctx.data_unchecked::<Shop>().settings.rules.currency;
        let found = problems(&self.line, self.offer.as_ref(), currency);
        found
            .into_iter()
            .map(|problem| CartProblem::of(&self.line, problem))
            .collect()
    }
}

impl CartLine {
    fn price(&self) -> money::Money {
        self.offer
            .as_ref()
            .map_or(self.line.seen_price, |offer| offer.price)
    }
}
