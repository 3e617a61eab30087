//! Sets when staff are told that few of a variant are left.

use fault::Fault;
use messaging::outbox;
use products_domain::MAX_ON_HAND;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Stop, announce},
    store::stock,
};

/// The threshold of a variant.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub variant_id: Uuid,
    /// Staff are told when so few or fewer are available; none for never.
    pub threshold: Option<i64>,
}

/// Sets the threshold; announces what that makes of the stock as it is.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "setLowStock", input, |tx| async move {
        let id = input.variant_id;
        if input
            .threshold
            .is_some_and(|threshold| !(0..=MAX_ON_HAND).contains(&threshold))
        {
            let text = format!("must be 0 to {MAX_ON_HAND}, or null");
            return Err(Stop::invalid("threshold", text));
        }
        stock::lock_many(&tx, &[id]).await?;
        let known = stock::load_many(&tx, &[id])
            .await?
            .remove(&id)
            .ok_or_else(|| Stop::missing("variant"))?;
        let changed = stock::set_low_at(&tx, &known, input.threshold).await?;
        let told = announce::threshold(&shop.clock, &changed)?;
        outbox::append(&tx, told.into_iter().collect()).await?;
        Ok(id)
    })
    .await
}
