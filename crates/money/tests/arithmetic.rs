//! What the arithmetic of money promises.

use money::{Currency, Money, MoneyError};
use proptest::prelude::*;

fn usd(units: i64) -> Money {
    Money::new(units, Currency::USD)
}

#[test]
fn shows_decimals_of_each_exponent() {
    assert_eq!(usd(1999).decimal(), "19.99");
    assert_eq!(usd(-5).decimal(), "-0.05");
    assert_eq!(Money::new(1200, Currency::JPY).decimal(), "1200");
    assert_eq!(Money::new(1, Currency::KWD).decimal(), "0.001");
    assert_eq!(usd(i64::MIN).decimal(), "-92233720368547758.08");
}

#[test]
fn rounds_shares_half_to_even() {
    assert_eq!(usd(50).basis_points(100).unwrap(), usd(0));
    assert_eq!(usd(150).basis_points(100).unwrap(), usd(2));
    assert_eq!(usd(151).basis_points(100).unwrap(), usd(2));
    assert_eq!(usd(1000).basis_points(850).unwrap(), usd(85));
}

#[test]
fn refuses_overflow_and_mixed_currencies() {
    assert_eq!(usd(i64::MAX).checked_add(usd(1)), Err(MoneyError::Overflow));
    assert_eq!(usd(i64::MAX).times(2), Err(MoneyError::Overflow));
    let mixed = usd(1).checked_sub(Money::new(1, Currency::EUR));
    assert_eq!(
        mixed,
        Err(MoneyError::CurrencyMismatch(Currency::USD, Currency::EUR))
    );
    assert_eq!(usd(1).split(&[0, 0]), Err(MoneyError::NoWeight));
}

proptest! {
    #[test]
    fn a_split_sums_to_the_whole(units in any::<i64>(), weights in prop::collection::vec(0_u32.., 1..20)) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let parts = usd(units).split(&weights).unwrap();
        prop_assert_eq!(parts.len(), weights.len());
        prop_assert_eq!(parts.iter().map(|part| i128::from(part.units())).sum::<i128>(), i128::from(units));
    }

    #[test]
    fn no_part_is_off_by_more_than_one(units in 0_i64.., weights in prop::collection::vec(1_u32..1000, 1..20)) {
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        for (part, weight) in usd(units).split(&weights).unwrap().iter().zip(&weights) {
            let exact = i128::from(units) * i128::from(*weight) / total;
            prop_assert!((i128::from(part.units()) - exact).abs() <= 1);
        }
    }

    #[test]
    fn adding_and_taking_away_cancel(a in any::<i32>(), b in any::<i32>()) {
        let (a, b) = (usd(i64::from(a)), usd(i64::from(b)));
        prop_assert_eq!(a.checked_add(b).unwrap().checked_sub(b).unwrap(), a);
    }
}
