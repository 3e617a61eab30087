//! A payment as its customer and staff see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use fault::Fault;
use identity::{Scope, Viewer};
use payments_domain::Status;
use serving::graphql::{DateTime, Money, global_id};

use super::{Order, PaymentAttempt, PaymentEvent, PaymentStatus, Refund};
use crate::{app::Tools, graphql::Loaders, store::payments::Stored};

/// The payment of an order. An order has one; a declined attempt leaves it open for the next one.
#[derive(Debug)]
pub(crate) struct Payment {
    pub(crate) stored: Stored,
    /// Known only where the provider has just told it.
    pub(crate) client_secret: Option<String>,
}

impl Payment {
    /// The payment, if the viewer may see it: its customer, and staff.
    pub(crate) fn for_viewer(stored: Stored, viewer: &Viewer) -> Option<Self> {
        let theirs = viewer.id() == Some(stored.snapshot().customer_id);
        (theirs || viewer.has(Scope::PaymentsManage)).then_some(Self {
            stored,
            client_secret: None,
        })
    }
}

#[Object]
impl Payment {
    /// Its id.
    async fn id(&self) -> ID {
        global_id::encode("Payment", self.stored.snapshot().id)
    }

    /// What is paid for.
    async fn order(&self) -> Order {
        Order {
            id: global_id::encode("Order", self.stored.snapshot().order_id),
        }
    }

    /// What is to be paid.
    async fn amount(&self) -> Money {
        self.stored.snapshot().amount.into()
    }

    /// Where it stands.
    async fn status(&self) -> PaymentStatus {
        (&self.stored.snapshot().status).into()
    }

    /// For Stripe.js, to confirm the payment from a browser: `stripe.confirmPayment({clientSecret})`. Given in the
    /// answer of `createPayment` alone; call that again to get it again. Null once the payment has come to an end.
    async fn client_secret(&self) -> Option<&str> {
        self.client_secret.as_deref()
    }

    /// For Stripe.js, to start it: `Stripe(publishableKey)`.
    async fn publishable_key<'c>(&self, ctx: &Context<'c>) -> &'c str {
        &ctx.data_unchecked::<Arc<Tools>>().config.publishable_key
    }

    /// While it is REQUIRES_ACTION: what the customer has to do.
    async fn next_action(&self) -> Option<PaymentAction> {
        match &self.stored.snapshot().status {
            Status::RequiresAction { url, .. } => Some(PaymentAction { url: url.clone() }),
            _ => None,
        }
    }

    /// What has gone back of the amount.
    async fn refunded(&self) -> Money {
        let snapshot = self.stored.snapshot();
        money::Money::new(snapshot.refunded_units(), snapshot.amount.currency()).into()
    }

    /// The attempts to pay, oldest first.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<PaymentAttempt>, Fault> {
        let rows = ctx
            .data_unchecked::<Loaders>()
            .attempts(self.stored.snapshot().id)
            .await?;
        Ok(rows.into_iter().map(PaymentAttempt::from).collect())
    }

    /// The refunds, oldest first.
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>, Fault> {
        if self.stored.snapshot().refunds.is_empty() {
            return Ok(Vec::new());
        }
        let rows = ctx
            .data_unchecked::<Loaders>()
            .refunds(self.stored.snapshot().id)
            .await?;
        rows.into_iter().map(Refund::read).collect()
    }

    /// What became of it, oldest first.
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<PaymentEvent>, Fault> {
        let rows = ctx
            .data_unchecked::<Loaders>()
            .events(self.stored.snapshot().id)
            .await?;
        Ok(rows.into_iter().map(PaymentEvent::from).collect())
    }

    /// Counts its changes.
    async fn version(&self) -> i32 {
        i32::try_from(self.stored.snapshot().version).unwrap_or(i32::MAX)
    }

    /// When the order began to wait for it.
    async fn created_at(&self) -> DateTime {
        self.stored.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.stored.updated_at.into()
    }
}

/// Something that the customer has to do before the payment goes on.
#[derive(Debug, SimpleObject)]
pub(crate) struct PaymentAction {
    /// Send the customer's browser there, such as to their bank for 3-D Secure; they come back by themselves. Null
    /// when Stripe.js has to see to it.
    url: Option<String>,
}
