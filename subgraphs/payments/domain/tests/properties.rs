//! Captured money is kept for a paid order or goes back for an ended one, whatever comes in which order
//! and however often.

use clock::Timestamp;
use money::{Currency, Money};
use payments_domain::{
    Basis, Failure, IntentState, IntentView, OrderOutcome, Payment, RefundReason, RefundState,
    RefundView, Step, keys,
};
use proptest::prelude::*;
use uuid::Uuid;

/// A provider as small as can be: one intent, refunds by idempotency key, and a record of what it showed.
#[derive(Default)]
struct Provider {
    state: Option<IntentState>,
    shown: Vec<IntentView>,
    refunds: Vec<(String, RefundView)>,
    failures: u32,
}

impl Provider {
    fn show(&mut self) -> IntentView {
        let state = self
            .state
            .get_or_insert(IntentState::Open { failure: None })
            .clone();
        let view = IntentView {
            id: "pi_1".to_owned(),
            state,
        };
        self.shown.push(view.clone());
        view
    }

    fn set(&mut self, state: IntentState) {
        if self.state.as_ref().is_some_and(|now| !now.is_final()) {
            self.state = Some(state);
            self.show();
        }
    }

    fn confirm(&mut self, outcome: u8) {
        self.failures += 1;
        self.set(match outcome % 4 {
            0 => IntentState::Succeeded,
            1 => IntentState::Processing,
            2 => IntentState::RequiresAction { url: None },
            _ => IntentState::Open {
                failure: Some(Failure {
                    reference: format!("ch_{}", self.failures),
                    code: "card_declined".to_owned(),
                    decline_code: None,
                    message: String::new(),
                }),
            },
        });
    }

    fn refund(&mut self, key: String, ours: Uuid, units: i64) -> RefundView {
        if let Some((_, made)) = self.refunds.iter().find(|(known, _)| *known == key) {
            return made.clone();
        }
        let made = RefundView {
            provider_id: format!("re_{}", self.refunds.len()),
            ours: Some(ours),
            units,
            state: RefundState::Succeeded,
        };
        self.refunds.push((key, made.clone()));
        made
    }
}

/// One step of the reconciler. `answered` says whether the answer came back before the crash.
fn step(
    payment: Payment,
    provider: &mut Provider,
    fresh: u128,
    answered: bool,
    outcome: u8,
) -> Payment {
    let version = payment.snapshot().version;
    let id = payment.snapshot().id;
    let view = match payment.next_step() {
        Step::Rest => return payment,
        Step::Confirm { .. } => {
            let waits = matches!(provider.state, Some(IntentState::Open { .. }));
            if waits {
                provider.confirm(outcome);
            }
            provider.show()
        }
        Step::Cancel { .. } => {
            if !matches!(provider.state, Some(IntentState::Processing)) {
                provider.set(IntentState::Cancelled);
            }
            provider.show()
        }
        Step::Create | Step::Ask { .. } => provider.show(),
        Step::Refund { refund, .. } => {
            let made = provider.refund(
                keys::refund(id, refund.number),
                refund.id,
                refund.amount.units(),
            );
            return if answered {
                payment.observe_refund(&made, Uuid::nil()).payment
            } else {
                payment
            };
        }
        Step::AskRefund { .. } => unreachable!("this provider refunds at once"),
    };
    if !answered {
        return payment;
    }
    payment
        .observe(&view, Basis::AskedAt(version), Uuid::from_u128(fresh))
        .payment
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn money_is_kept_or_given_back(
        acts in prop::collection::vec((0_u8..9, any::<u8>()), 0..40),
        ends_paid in any::<bool>(),
    ) {
        let amount = Money::new(1_999, Currency::USD);
        let mut payment = Payment::requested(
            Uuid::from_u128(1),
            Uuid::from_u128(2),
            Uuid::from_u128(3),
            amount,
            Timestamp::from_millis(0),
        );
        let mut provider = Provider::default();
        let mut fresh = 100_u128;
        for (act, detail) in acts {
            fresh += 1;
            payment = match act {
                // createPayment; the call follows as a step, its answer taken in or lost.
                0 | 1 => payment.clone().ask().unwrap_or(payment),
                // confirmPayment.
                2 => payment.clone().begin_attempt("pm".to_owned()).map_or(payment, |(begun, _)| begun),
                // The customer confirms with the provider directly, or the provider moves on by itself.
                3 => { provider.confirm(detail); payment }
                // Any webhook that was ever due, again or late.
                4 | 5 if !provider.shown.is_empty() => {
                    let view = provider.shown[usize::from(detail) % provider.shown.len()].clone();
                    payment.observe(&view, Basis::Told, Uuid::from_u128(fresh)).payment
                }
                6 => step(payment, &mut provider, fresh, detail % 3 > 0, detail),
                7 => payment.hear_of_order(OrderOutcome::Open, Uuid::from_u128(fresh)).0,
                // Orders judges only what it was told: paid after success, ended at any time.
                8 if detail % 4 == 0 => payment.hear_of_order(OrderOutcome::Ended, Uuid::from_u128(fresh)).0,
                _ => payment,
            };
        }
        // The end: orders gives its word, twice; every webhook comes; the reconciler works until it rests.
        let captured = matches!(provider.state, Some(IntentState::Succeeded));
        let verdict = if captured && ends_paid { OrderOutcome::Paid } else { OrderOutcome::Ended };
        for _ in 0..2 {
            fresh += 1;
            payment = payment.hear_of_order(verdict, Uuid::from_u128(fresh)).0;
        }
        for view in provider.shown.clone() {
            fresh += 1;
            payment = payment.observe(&view, Basis::Told, Uuid::from_u128(fresh)).payment;
        }
        for round in 0..50_u8 {
            fresh += 1;
            if matches!(provider.state, Some(IntentState::Processing)) && round > 2 {
                provider.confirm(round);
            }
            payment = step(payment, &mut provider, fresh, true, round);
        }
        let back: i64 = provider.refunds.iter().map(|(_, made)| made.units).sum();
        let captured = matches!(provider.state, Some(IntentState::Succeeded));
        match (captured, payment.snapshot().order) {
            (true, OrderOutcome::Paid) => prop_assert_eq!(back, 0),
            (true, OrderOutcome::Ended) => {
                prop_assert_eq!(back, amount.units());
                prop_assert_eq!(provider.refunds.len(), 1);
                prop_assert_eq!(payment.snapshot().refunded_units(), back);
            }
            (true, OrderOutcome::Open) => prop_assert!(false, "the order was judged"),
            (false, _) => {
                prop_assert_eq!(back, 0);
                if payment.snapshot().order == OrderOutcome::Ended {
                    prop_assert!(matches!(provider.state, None | Some(IntentState::Cancelled)));
                }
            }
        }
        prop_assert_eq!(payment.next_step(), Step::Rest);
    }

    #[test]
    fn more_is_never_refunded_than_was_captured(
        views in prop::collection::vec((0_u8..4, 1_i64..3_000, 0_u8..3), 0..20),
    ) {
        let amount = Money::new(1_999, Currency::USD);
        let payment = Payment::requested(Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3), amount, Timestamp::from_millis(0));
        let succeeded = IntentView { id: "pi_1".to_owned(), state: IntentState::Succeeded };
        let mut payment = payment.observe(&succeeded, Basis::Told, Uuid::nil()).payment;
        for (number, (which, units, state)) in views.into_iter().enumerate() {
            let view = RefundView {
                provider_id: format!("re_{which}"),
                ours: None,
                units,
                state: [RefundState::Pending, RefundState::Succeeded, RefundState::Failed][usize::from(state)],
            };
            payment = payment.observe_refund(&view, Uuid::from_u128(number as u128)).payment;
            let left = payment.snapshot().refundable_units();
            prop_assert!((0..=amount.units()).contains(&left));
            if let Ok((_, refund)) = payment.clone().request_refund(RefundReason::Staff, Uuid::nil()) {
                prop_assert_eq!(refund.amount.units(), left);
            }
        }
    }
}
