//! What the verbs that people move orders with share: find the order, let the verb decide, save, announce, keep the outcome.

use database::idempotency::{Once, Seen};
use fault::Fault;
use identity::Viewer;
use orders_domain::{Fact, Order, Refused, Status};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{shop::Shop, step};
use crate::store;

/// Why an order stayed as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub(crate) enum MoveRefusal {
    /// A value of the input is wrong.
    Invalid { path: String, message: String },
    /// The order is at another version.
    Stale { current: i64 },
    /// The key was used with another input.
    Conflict,
    /// There is no such edge from where the order stands.
    NoEdge { from: Status, to: Status },
}

/// What a verb led to.
pub(crate) struct MoveAnswer {
    /// The order as it is now.
    pub(crate) order: Order,
    pub(crate) refusals: Vec<MoveRefusal>,
    pub(crate) replayed: bool,
}

/// One move of one order.
pub(crate) struct Move<'a> {
    pub(crate) shop: &'a Shop,
    pub(crate) once: Once,
    pub(crate) order_id: Uuid,
    pub(crate) if_version: Option<i64>,
    /// Whether the order may be seen at all. To whom it may not, it does not exist.
    pub(crate) visible: &'a (dyn Fn(&Order) -> bool + Sync),
}

impl Move<'_> {
    /// Runs it.
    pub(crate) async fn run<D>(&self, decide: D) -> Result<MoveAnswer, Fault>
    where
        D: Fn(Order) -> Result<Result<(Order, Fact), Refused>, MoveRefusal> + Sync,
    {
        let decide = &decide;
        self.shop
            .database
            .write(|tx| async move {
                let order = store::orders::lock(&tx, self.order_id)
                    .await?
                    .filter(|order| (self.visible)(order))
                    .ok_or_else(|| Fault::not_found("order"))?;
                match self.once.look::<Vec<MoveRefusal>>(&tx).await? {
                    Seen::Before(refusals) => {
                        return Ok(MoveAnswer {
                            order,
                            refusals,
                            replayed: true,
                        });
                    }
                    Seen::Otherwise => {
                        return Ok(MoveAnswer {
                            order,
                            refusals: vec![MoveRefusal::Conflict],
                            replayed: false,
                        });
                    }
                    Seen::Never => {}
                }
                let (order, refusals) = match self.decide(order.clone(), decide) {
                    Ok((moved, fact)) => {
                        step::save(&tx, self.shop, order.version, &moved, &fact).await?;
                        (moved, Vec::new())
                    }
                    Err(refusal) => (order, vec![refusal]),
                };
                self.once.keep(&tx, &refusals).await?;
                Ok::<_, Fault>(MoveAnswer {
                    order,
                    refusals,
                    replayed: false,
                })
            })
            .await
    }

    fn decide<D>(&self, order: Order, decide: &D) -> Result<(Order, Fact), MoveRefusal>
    where
        D: Fn(Order) -> Result<Result<(Order, Fact), Refused>, MoveRefusal>,
    {
        if self
            .if_version
            .is_some_and(|version| version != order.version)
        {
            return Err(MoveRefusal::Stale {
                current: order.version,
            });
        }
        decide(order)?.map_err(|Refused { from, to }| MoveRefusal::NoEdge { from, to })
    }
}

/// A text that people typed: trimmed, and within `most` characters.
pub(crate) fn text(
    path: &str,
    text: Option<&str>,
    most: usize,
) -> Result<Option<String>, MoveRefusal> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > most || text.chars().any(char::is_control)) {
        let message = format!("at most {most} characters, and no line break");
        return Err(MoveRefusal::Invalid {
            path: path.to_owned(),
            message,
        });
    }
    Ok(text.map(ToOwned::to_owned))
}

/// Whether the viewer may see an order: it is theirs, or they manage all.
pub(crate) fn may_see(viewer: &Viewer, order: &Order) -> bool {
    viewer.id() == Some(order.customer_id) || viewer.has(identity::Scope::OrdersManage)
}
