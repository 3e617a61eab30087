//! What holds for every cart, every total and every number.

use std::collections::BTreeMap;

use clock::Timestamp;
use money::{Currency, Money};
use orders_domain::{
    AddressDraft, Cart, CartError, CartLine, Limits, Offer, OrderNumber, Problem, Rules, problems,
    totals,
};
use proptest::prelude::*;
use uuid::Uuid;

const LIMITS: Limits = Limits {
    lines: 10,
    quantity: 99,
};

fn usd(units: i64) -> Money {
    Money::new(units, Currency::USD)
}

fn line(id: u128, variant: u128, quantity: u32) -> CartLine {
    CartLine {
        id: Uuid::from_u128(id),
        variant_id: Uuid::from_u128(variant),
        quantity,
        seen_price: usd(1_000),
        added_at: Timestamp::from_millis(0),
    }
}

fn contents(cart: &Cart) -> BTreeMap<Uuid, u32> {
    cart.lines()
        .iter()
        .map(|line| (line.variant_id, line.quantity))
        .collect()
}

fn rules(shipping: i64, free_from: Option<i64>, tax_basis_points: u32) -> Rules {
    Rules {
        currency: Currency::USD,
        shipping: usd(shipping),
        free_shipping_from: free_from.map(usd),
        tax_basis_points,
    }
}

proptest! {
    #[test]
    fn totals_conserve_to_the_last_cent(
        lines in prop::collection::vec((0_i64..5_000_000, 1_u32..100), 0..50),
        shipping in 0_i64..10_000,
        free_from in prop::option::of(0_i64..1_000_000),
        tax in 0_u32..5_000,
    ) {
        let lines: Vec<_> = lines.into_iter().map(|(units, quantity)| (usd(units), quantity)).collect();
        let rules = rules(shipping, free_from, tax);
        let (sum, parts) = totals(&lines, &rules).unwrap();
        prop_assert_eq!(parts.len(), lines.len());
        prop_assert_eq!(sum.total.units(), sum.subtotal.units() + sum.shipping.units() + sum.tax.units());
        prop_assert_eq!(sum.subtotal.units(), parts.iter().map(|part| part.subtotal.units()).sum::<i64>());
        let goods_tax: i64 = parts.iter().map(|part| part.tax.units()).sum();
        let shipping_tax = sum.tax.units() - goods_tax;
        prop_assert_eq!(goods_tax, sum.subtotal.basis_points(tax).unwrap().units());
        prop_assert!(shipping_tax >= 0);
        prop_assert!(parts.iter().all(|part| part.tax.units() >= 0));
        prop_assert_eq!(sum, totals(&lines, &rules).unwrap().0);
    }

    #[test]
    fn additions_commute(adds in prop::collection::vec((0_u128..8, 1_u32..5), 0..20), seed in any::<u64>()) {
        let mut there = Cart::default();
        let mut back = Cart::default();
        for (index, (variant, quantity)) in adds.iter().enumerate() {
            there.add(line(index as u128, *variant, *quantity), LIMITS).unwrap();
        }
        let mut shuffled = adds.clone();
        let length = shuffled.len().max(1);
        shuffled.rotate_left(usize::try_from(seed).unwrap_or(0) % length);
        shuffled.reverse();
        for (index, (variant, quantity)) in shuffled.iter().enumerate() {
            back.add(line(index as u128, *variant, *quantity), LIMITS).unwrap();
        }
        prop_assert_eq!(contents(&there), contents(&back));
        let added: u32 = adds.iter().map(|(_, quantity)| quantity).sum();
        prop_assert_eq!(contents(&there).values().sum::<u32>(), added);
    }

    #[test]
    fn a_cart_never_passes_its_limits(adds in prop::collection::vec((0_u128..20, any::<u32>()), 0..60)) {
        let mut cart = Cart::default();
        let mut other = Cart::default();
        for (index, (variant, quantity)) in adds.iter().enumerate() {
            let target = if index % 2 == 0 { &mut cart } else { &mut other };
            let _ = target.add(line(index as u128, *variant, *quantity % 150), LIMITS);
        }
        let before = contents(&cart);
        let incoming = contents(&other);
        let merged = cart.merge(other, LIMITS);
        prop_assert!(cart.lines().len() <= LIMITS.lines);
        prop_assert!(cart.lines().iter().all(|line| (1..=LIMITS.quantity).contains(&line.quantity)));
        let after = contents(&cart);
        for (variant, quantity) in incoming {
            let whole = before.get(&variant).copied().unwrap_or(0) + quantity;
            let got = after.get(&variant).copied().unwrap_or(0);
            prop_assert!(got == whole || merged.cut.contains(&variant));
        }
        prop_assert!(before.iter().all(|(variant, quantity)| after.get(variant) >= Some(quantity)));
    }

    #[test]
    fn numbers_survive_how_people_write_them(bytes in any::<[u8; 8]>(), place in 0_usize..14, other in 0_usize..31) {
        let number = OrderNumber::from_random(bytes);
        let sloppy = number.as_str().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        prop_assert_eq!(&sloppy.parse::<OrderNumber>().unwrap(), &number);
        let alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut wrong = number.as_str().as_bytes().to_vec();
        if wrong[place] != b'-' {
            let at = alphabet.iter().position(|symbol| *symbol == wrong[place]).unwrap();
            wrong[place] = alphabet[(at + 1 + other) % 32];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert!(wrong == number.as_str() || wrong.parse::<OrderNumber>().is_err());
        }
    }
}

#[test]
fn line_operations_refuse_what_is_out_of_bounds() {
    let mut cart = Cart::default();
    cart.add(line(1, 1, 99), LIMITS).unwrap();
    assert_eq!(
        cart.add(line(2, 1, 1), LIMITS),
        Err(CartError::Quantity { limit: 99 })
    );
    assert_eq!(
        cart.add(line(2, 1, u32::MAX), LIMITS),
        Err(CartError::Quantity { limit: 99 })
    );
    assert_eq!(
        cart.add(line(2, 2, 0), LIMITS),
        Err(CartError::Quantity { limit: 99 })
    );
    assert_eq!(
        cart.change(Uuid::from_u128(9), 1, None, LIMITS),
        Err(CartError::NoSuchLine)
    );
    assert_eq!(
        cart.change(Uuid::from_u128(1), 0, None, LIMITS),
        Err(CartError::Quantity { limit: 99 })
    );
    assert_eq!(
        cart.change(Uuid::from_u128(1), 4, Some(usd(900)), LIMITS)
            .unwrap()
            .seen_price,
        usd(900)
    );
    assert_eq!(cart.remove(Uuid::from_u128(1)).unwrap().quantity, 4);
    assert_eq!(cart.remove(Uuid::from_u128(1)), Err(CartError::NoSuchLine));
    for variant in 0..10 {
        cart.add(line(variant, variant, 1), LIMITS).unwrap();
    }
    assert_eq!(
        cart.add(line(11, 11, 1), LIMITS),
        Err(CartError::TooManyLines { limit: 10 })
    );
}

#[test]
fn a_line_tells_its_problems() {
    let offer = Offer {
        variant_id: Uuid::from_u128(1),
        product_id: Uuid::from_u128(2),
        sku: "MUG-1".to_owned(),
        name: "Mug".to_owned(),
        price: usd(1_200),
        for_sale: true,
        available: 3,
    };
    let found = problems(&line(1, 1, 5), Some(&offer), Currency::USD);
    let changed = Problem::PriceChanged {
        was: usd(1_000),
        is: usd(1_200),
    };
    assert_eq!(found, [changed, Problem::ShortStock { available: 3 }]);
    assert_eq!(
        problems(&line(1, 1, 5), Some(&offer), Currency::EUR),
        [Problem::NotForSale]
    );
    assert_eq!(
        problems(&line(1, 1, 5), None, Currency::USD),
        [Problem::NotForSale]
    );
    let withdrawn = Offer {
        for_sale: false,
        ..offer
    };
    assert_eq!(
        problems(&line(1, 1, 1), Some(&withdrawn), Currency::USD),
        [Problem::NotForSale]
    );
}

#[test]
fn totals_of_nothing_and_of_too_much() {
    let rules = rules(500, Some(10_000), 850);
    assert_eq!(totals(&[], &rules).unwrap().0.total, usd(0));
    assert_eq!(
        totals(&[(usd(10_000), 1)], &rules).unwrap().0.total,
        usd(10_850)
    );
    assert_eq!(
        totals(&[(usd(9_999), 1)], &rules).unwrap().0.shipping,
        usd(500)
    );
    assert!(totals(&[(usd(i64::MAX), 2)], &rules).is_err());
    assert!(totals(&[(Money::new(1, Currency::EUR), 1)], &rules).is_err());
}

#[test]
fn an_address_is_trimmed_or_tells_every_fault() {
    let draft = AddressDraft {
        name: "  Ada Lovelace ".to_owned(),
        line1: "12 St James's Square".to_owned(),
        line2: Some("  ".to_owned()),
        city: "London".to_owned(),
        region: None,
        postal_code: "SW1Y 4JH".to_owned(),
        country: "gb".to_owned(),
        phone: Some("+44 20 7930 1234".to_owned()),
    };
    let address = draft.clone().check().unwrap();
    assert_eq!(
        (address.name.as_str(), address.country.as_str()),
        ("Ada Lovelace", "GB")
    );
    assert_eq!(address.line2, None);
    let wrong = AddressDraft {
        name: " ".to_owned(),
        city: "x".repeat(101),
        line1: "a\u{0}b".to_owned(),
        country: "UK".to_owned(),
        phone: Some("call me".to_owned()),
        ..draft
    };
    let fields: Vec<_> = wrong
        .check()
        .unwrap_err()
        .into_iter()
        .map(|fault| fault.field)
        .collect();
    assert_eq!(fields, ["name", "line1", "city", "country", "phone"]);
}
