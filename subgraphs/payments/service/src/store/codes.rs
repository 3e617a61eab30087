//! The texts that stand for enums in the tables.

use database::DatabaseError;
use payments_domain::{OrderOutcome, RefundReason, RefundState};

pub(crate) fn order_outcome(outcome: OrderOutcome) -> &'static str {
    match outcome {
        OrderOutcome::Open => "open",
        OrderOutcome::Paid => "paid",
        OrderOutcome::Ended => "ended",
    }
}

pub(crate) fn parse_order_outcome(code: &str) -> Result<OrderOutcome, DatabaseError> {
    match code {
        "open" => Ok(OrderOutcome::Open),
        "paid" => Ok(OrderOutcome::Paid),
        "ended" => Ok(OrderOutcome::Ended),
        other => Err(DatabaseError::corrupt(
            "payments",
            format!("order outcome {other}"),
        )),
    }
}

pub(crate) fn refund_reason(reason: RefundReason) -> &'static str {
    match reason {
        RefundReason::OrderEnded => "order_ended",
        RefundReason::Staff => "staff",
        RefundReason::AtProvider => "at_provider",
    }
}

pub(crate) fn parse_refund_reason(code: &str) -> Result<RefundReason, DatabaseError> {
    match code {
        "order_ended" => Ok(RefundReason::OrderEnded),
        "staff" => Ok(RefundReason::Staff),
        "at_provider" => Ok(RefundReason::AtProvider),
        other => Err(DatabaseError::corrupt("refunds", format!("reason {other}"))),
    }
}

pub(crate) fn refund_state(state: RefundState) -> &'static str {
    match state {
        RefundState::Requested => "requested",
        RefundState::Pending => "pending",
        RefundState::Succeeded => "succeeded",
        RefundState::Failed => "failed",
    }
}

pub(crate) fn parse_refund_state(code: &str) -> Result<RefundState, DatabaseError> {
    match code {
        "requested" => Ok(RefundState::Requested),
        "pending" => Ok(RefundState::Pending),
        "succeeded" => Ok(RefundState::Succeeded),
        "failed" => Ok(RefundState::Failed),
        other => Err(DatabaseError::corrupt("refunds", format!("state {other}"))),
    }
}
