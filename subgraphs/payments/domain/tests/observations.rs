//! Single steps of a payment.

use clock::Timestamp;
use money::{Currency, Money};
use payments_domain::{
    AttemptOutcome, AttemptRefused, Basis, Fact, Failure, IntentState, IntentView, OrderOutcome,
    Payment, RefundReason, RefundRefused, RefundState, RefundView, Status, Step,
};
use uuid::Uuid;

fn requested() -> Payment {
    Payment::requested(
        Uuid::from_u128(1),
        Uuid::from_u128(2),
        Uuid::from_u128(3),
        Money::new(1_999, Currency::USD),
        Timestamp::from_millis(900_000),
    )
}

fn view(state: IntentState) -> IntentView {
    IntentView {
        id: "pi_1".to_owned(),
        state,
    }
}

fn open() -> IntentView {
    view(IntentState::Open { failure: None })
}

fn declined(reference: &str) -> IntentView {
    view(IntentState::Open {
        failure: Some(Failure {
            reference: reference.to_owned(),
            code: "card_declined".to_owned(),
            decline_code: None,
            message: "Your card was declined.".to_owned(),
        }),
    })
}

fn seen(payment: Payment, view: &IntentView) -> (Payment, Vec<Fact>) {
    let version = payment.snapshot().version;
    let observation = payment.observe(view, Basis::AskedAt(version), Uuid::from_u128(9));
    assert!(!observation.ask_again);
    (observation.payment, observation.facts)
}

fn created() -> Payment {
    seen(requested(), &open()).0
}

#[test]
fn the_first_view_opens_a_payment() {
    let (payment, facts) = seen(requested(), &open());
    assert_eq!(facts, [Fact::Created]);
    assert_eq!(payment.snapshot().status.intent(), Some("pi_1"));
    assert_eq!(payment.snapshot().version, 2);
    assert_eq!(seen(payment, &open()).1, []);
}

#[test]
fn a_declined_attempt_is_taken_in_once_and_leaves_the_payment_open() {
    let (payment, attempt) = created().begin_attempt("pm_card".to_owned()).unwrap();
    assert!(matches!(payment.next_step(), Step::Confirm { .. }));
    assert_eq!(
        payment
            .clone()
            .begin_attempt("pm_card".to_owned())
            .unwrap_err(),
        AttemptRefused::InProgress
    );
    let (payment, facts) = seen(payment, &declined("ch_1"));
    assert!(matches!(
        &facts[..],
        [Fact::Attempted { number, outcome: AttemptOutcome::Failed(_) }] if *number == attempt.number
    ));
    assert_eq!(seen(payment.clone(), &declined("ch_1")).1, []);
    let (payment, second) = payment.begin_attempt("pm_card".to_owned()).unwrap();
    assert_eq!(second.number, 2);
    let (payment, facts) = seen(payment, &view(IntentState::Succeeded));
    assert_eq!(
        facts,
        [
            Fact::Attempted {
                number: 2,
                outcome: AttemptOutcome::Succeeded
            },
            Fact::Succeeded
        ]
    );
    assert_eq!(payment.next_step(), Step::Rest);
}

#[test]
fn what_a_webhook_says_of_an_unfinished_intent_is_a_hint() {
    let told = created().observe(&declined("ch_1"), Basis::Told, Uuid::nil());
    assert_eq!((told.facts, told.ask_again), (vec![], true));
    let (payment, _) = created().begin_attempt("pm_card".to_owned()).unwrap();
    let late = payment.observe(&declined("ch_1"), Basis::AskedAt(2), Uuid::nil());
    assert_eq!((late.facts, late.ask_again), (vec![], true));
}

#[test]
fn a_final_state_is_never_undone() {
    let (paid, _) = seen(created(), &view(IntentState::Succeeded));
    for older in [
        open(),
        declined("ch_1"),
        view(IntentState::Processing),
        view(IntentState::Cancelled),
    ] {
        let told = paid.clone().observe(&older, Basis::Told, Uuid::nil());
        assert_eq!((told.payment, told.ask_again), (paid.clone(), false));
    }
}

#[test]
fn another_intent_changes_nothing() {
    let stranger = IntentView {
        id: "pi_2".to_owned(),
        state: IntentState::Succeeded,
    };
    assert_eq!(seen(created(), &stranger), (created(), vec![]));
}

#[test]
fn an_action_is_part_of_its_attempt() {
    let (payment, _) = created().begin_attempt("pm_3ds".to_owned()).unwrap();
    let action = view(IntentState::RequiresAction {
        url: Some("https://bank.test".to_owned()),
    });
    let (payment, facts) = seen(payment, &action);
    assert_eq!(
        facts,
        [Fact::Attempted {
            number: 1,
            outcome: AttemptOutcome::RequiresAction
        }]
    );
    let (payment, facts) = seen(payment, &declined("pm_3ds"));
    assert!(matches!(facts[..], [Fact::Attempted { number: 1, .. }]));
    assert!(matches!(payment.snapshot().status, Status::Created { .. }));
}

#[test]
fn an_order_that_ends_closes_its_payment() {
    let refund_id = Uuid::from_u128(9);
    let (never_asked, facts) = requested().hear_of_order(OrderOutcome::Ended, refund_id);
    assert_eq!(facts, [Fact::Cancelled]);
    assert_eq!(never_asked.next_step(), Step::Rest);

    let (asked, facts) = created().hear_of_order(OrderOutcome::Ended, refund_id);
    assert_eq!(facts, []);
    assert!(matches!(asked.next_step(), Step::Cancel { .. }));

    let (paid, _) = seen(created(), &view(IntentState::Succeeded));
    let (paid, facts) = paid.hear_of_order(OrderOutcome::Ended, refund_id);
    assert!(matches!(&facts[..], [Fact::RefundMoved(refund)] if refund.id == refund_id));
    assert!(matches!(paid.next_step(), Step::Refund { .. }));
}

#[test]
fn an_intent_that_shows_up_after_the_end_is_cancelled_or_refunded() {
    let (ended, _) = requested().hear_of_order(OrderOutcome::Ended, Uuid::nil());
    let (adopted, facts) = seen(ended.clone(), &open());
    assert_eq!(facts, [Fact::Created]);
    assert!(matches!(adopted.next_step(), Step::Cancel { .. }));
    let (captured, _) = seen(ended, &view(IntentState::Succeeded));
    assert!(matches!(captured.next_step(), Step::Refund { .. }));
}

#[test]
fn everything_is_refunded_once() {
    assert_eq!(
        created()
            .request_refund(RefundReason::Staff, Uuid::nil())
            .unwrap_err(),
        RefundRefused::NothingCaptured
    );
    let (paid, _) = seen(created(), &view(IntentState::Succeeded));
    let (payment, refund) = paid
        .request_refund(RefundReason::Staff, Uuid::from_u128(9))
        .unwrap();
    assert_eq!(
        payment
            .clone()
            .request_refund(RefundReason::Staff, Uuid::from_u128(10))
            .unwrap_err(),
        RefundRefused::AlreadyRefunded
    );
    let shown = |state| RefundView {
        provider_id: "re_1".to_owned(),
        ours: Some(refund.id),
        units: 1_999,
        state,
    };
    let pending = payment.observe_refund(&shown(RefundState::Pending), Uuid::nil());
    assert!(matches!(
        pending.payment.next_step(),
        Step::AskRefund { .. }
    ));
    let done = pending
        .payment
        .observe_refund(&shown(RefundState::Succeeded), Uuid::nil());
    assert!(matches!(
        done.facts[..],
        [Fact::RefundMoved(_), Fact::Refunded(_)]
    ));
    assert_eq!(done.payment.snapshot().refunded_units(), 1_999);
    let again = done
        .payment
        .clone()
        .observe_refund(&shown(RefundState::Pending), Uuid::nil());
    assert_eq!((again.payment, again.facts), (done.payment, vec![]));
}

#[test]
fn a_refund_made_at_the_provider_counts() {
    let (paid, _) = seen(created(), &view(IntentState::Succeeded));
    let foreign = RefundView {
        provider_id: "re_7".to_owned(),
        ours: None,
        units: 999,
        state: RefundState::Succeeded,
    };
    let payment = paid.observe_refund(&foreign, Uuid::from_u128(9)).payment;
    assert_eq!(payment.snapshot().refunded_units(), 999);
    let (payment, facts) = payment.hear_of_order(OrderOutcome::Ended, Uuid::from_u128(10));
    assert!(matches!(&facts[..], [Fact::RefundMoved(rest)] if rest.amount.units() == 1_000));
    assert!(matches!(payment.next_step(), Step::Refund { .. }));
}

#[test]
fn an_intent_that_may_exist_is_found_before_it_is_given_up() {
    let asked = requested().ask().unwrap();
    assert_eq!(asked.clone().ask().unwrap(), asked);
    assert_eq!(asked.next_step(), Step::Create);
    let (ended, facts) = asked.hear_of_order(OrderOutcome::Ended, Uuid::nil());
    assert_eq!((facts, ended.next_step()), (vec![], Step::Create));
    assert_eq!(ended.clone().ask().unwrap_err(), AttemptRefused::Ended);
    let (found, _) = seen(ended.clone(), &open());
    assert!(matches!(found.next_step(), Step::Cancel { .. }));
    let (refused, facts) = ended.refuse();
    assert_eq!(
        (facts, refused.next_step()),
        (vec![Fact::Cancelled], Step::Rest)
    );
}
