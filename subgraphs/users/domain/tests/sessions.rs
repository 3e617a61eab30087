//! Sessions, their refresh tokens, and the counting of attempts.

use std::time::Duration;

use clock::Timestamp;
use proptest::prelude::*;
use users_domain::{
    Account, AddressUse, Attempts, AttemptsLimit, Email, EndReason, RenewalRefusal, Session,
    SessionPolicy, SessionState,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const DAY: Duration = Duration::from_hours(24);
const POLICY: SessionPolicy = SessionPolicy {
    idle: Duration::from_hours(48),
    absolute: Duration::from_hours(120),
};

fn session() -> Session {
    Session::open(Uuid::from_u128(1), Uuid::from_u128(2), NOW, POLICY)
}

#[test]
fn renewal_moves_the_end_but_not_beyond_the_absolute_one() {
    let later = session().renew(false, NOW.plus(DAY), POLICY).unwrap();
    assert_eq!(
        later.state,
        SessionState::Open {
            until: NOW.plus(DAY * 3)
        }
    );
    let late = later
        .renew(
            false,
            NOW.plus(DAY * 3).minus(Duration::from_millis(1)),
            POLICY,
        )
        .unwrap();
    let last = late.renew(false, NOW.plus(DAY * 4), POLICY).unwrap();
    assert_eq!(
        last.state,
        SessionState::Open {
            until: NOW.plus(DAY * 5)
        }
    );
    assert_eq!(
        last.renew(false, NOW.plus(DAY * 5), POLICY),
        Err(RenewalRefusal::Expired)
    );
}

#[test]
fn a_replaced_token_ends_the_family() {
    assert_eq!(
        session().renew(true, NOW, POLICY),
        Err(RenewalRefusal::Reused)
    );
    let ended = session().end(EndReason::Reused, NOW).unwrap();
    assert_eq!(ended.renew(false, NOW, POLICY), Err(RenewalRefusal::Ended));
    assert_eq!(ended.renew(true, NOW, POLICY), Err(RenewalRefusal::Ended));
    assert_eq!(ended.end(EndReason::LoggedOut, NOW), None, "ended once");
}

#[test]
fn reasons_have_names() {
    use EndReason::{Displaced, LoggedOut, Reused, Revoked, RolesChanged};
    for reason in [LoggedOut, Revoked, Reused, RolesChanged, Displaced] {
        assert_eq!(reason.to_string().parse(), Ok(reason));
    }
    assert!("bored".parse::<EndReason>().is_err());
}

#[test]
fn the_first_address_is_the_default_until_it_goes() {
    let account = Account::register(
        Uuid::from_u128(1),
        Email::parse("a@b.example").unwrap(),
        None,
        NOW,
    );
    let (first, second) = (Uuid::from_u128(2), Uuid::from_u128(3));
    let account = account
        .with_address(first)
        .with_address(second)
        .with_default(AddressUse::Billing, second);
    assert_eq!(account.default_for(AddressUse::Shipping), Some(first));
    assert_eq!(account.default_for(AddressUse::Billing), Some(second));
    let account = account.without_address(first);
    assert_eq!(account.default_for(AddressUse::Shipping), None);
    assert_eq!(account.default_for(AddressUse::Billing), Some(second));
}

#[test]
fn too_many_attempts_wait() {
    let limit = AttemptsLimit {
        most: 2,
        window: Duration::from_mins(1),
    };
    let mut attempts = Attempts::default();
    attempts.admit(NOW, limit).unwrap();
    attempts
        .admit(NOW.plus(Duration::from_secs(10)), limit)
        .unwrap();
    assert_eq!(
        attempts.admit(NOW.plus(Duration::from_secs(15)), limit),
        Err(Duration::from_secs(45))
    );
    attempts.forgive();
    attempts
        .admit(NOW.plus(Duration::from_secs(20)), limit)
        .unwrap();
    attempts
        .admit(NOW.plus(Duration::from_mins(1)), limit)
        .unwrap();
}

proptest! {
    #[test]
    fn no_window_ever_holds_more_than_the_limit(most in 1_u32..8, steps in proptest::collection::vec(0_u64..20_000, 1..80)) {
        let limit = AttemptsLimit { most, window: Duration::from_secs(30) };
        let (mut attempts, mut now, mut admitted) = (Attempts::default(), NOW, Vec::<Timestamp>::new());
        for step in steps {
            now = now.plus(Duration::from_millis(step));
            match attempts.admit(now, limit) {
                Ok(()) => admitted.push(now),
                Err(wait) => prop_assert!(attempts.clone().admit(now.plus(wait), limit).is_ok(), "the wait is enough"),
            }
            let within = admitted.iter().filter(|time| now.since(**time) < limit.window).count();
            prop_assert!(within <= usize::try_from(most).unwrap());
        }
    }

    #[test]
    fn a_session_never_outlives_its_policy(steps in proptest::collection::vec(0_u64..200_000_000, 1..50)) {
        let (mut session, mut now) = (session(), NOW);
        for step in steps {
            now = now.plus(Duration::from_millis(step));
            match session.renew(false, now, POLICY) {
                Ok(renewed) => session = renewed,
                Err(refusal) => {
                    prop_assert_eq!(refusal, RenewalRefusal::Expired);
                    break;
                }
            }
            let SessionState::Open { until } = session.state else { unreachable!() };
            prop_assert!(until <= NOW.plus(POLICY.absolute) && until <= now.plus(POLICY.idle));
        }
    }
}
