//! Every edge of the state machines, and what a product's parts must agree on.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use clock::Timestamp;
use money::{Currency, Money};
use products_domain::{
    Brand, CategoryError, CategoryTree, Description, Facts, Name, OptionName, Product,
    ProductError, Reservation, ReservationError, ReservationState, Slug, State, StateError,
    StockError, StockLevel, Variant, VariantFacts,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_millis(1_000);
const LATER: Timestamp = Timestamp::from_millis(2_000);

fn facts(options: &[&str]) -> Facts {
    Facts {
        slug: Slug::parse("desk-lamp").unwrap(),
        name: Name::parse("Desk lamp").unwrap(),
        description: Description::parse("Lights a desk.").unwrap(),
        brand: Some(Brand::parse("Halden").unwrap()),
        options: options
            .iter()
            .map(|name| OptionName::parse(name).unwrap())
            .collect(),
        category_ids: Vec::new(),
    }
}

fn variant(id: u128, sku: &str, values: &[&str], units: i64) -> Variant {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let price = Money::new(units, Currency::USD);
    Variant {
        id: Uuid::from_u128(id),
        facts: VariantFacts::parse(sku, None, &values, price, "Desk lamp").unwrap(),
    }
}

fn product(variants: Vec<Variant>) -> Product {
    Product::create(Uuid::from_u128(9), facts(&["Colour"]), variants, NOW).unwrap()
}

#[test]
fn a_product_goes_from_draft_to_public_to_archive_and_back() {
    let product = product(vec![
        variant(1, "A", &["Oak"], 500),
        variant(2, "B", &["Ash"], 700),
    ]);
    assert_eq!((product.state, product.version), (State::Draft, 1));
    assert_eq!(
        product.clone().archive(NOW),
        Err(ProductError::State(StateError::NeverPublished))
    );
    let public = product.publish(LATER).unwrap();
    assert_eq!(
        (public.state, public.version),
        (State::Published { since: LATER }, 2)
    );
    assert_eq!(
        public.clone().publish(NOW).unwrap(),
        public,
        "publishing twice changes nothing"
    );
    let prices = public.prices().unwrap();
    assert_eq!((prices.least.units(), prices.most.units()), (500, 700));
    let archived = public.archive(LATER).unwrap();
    assert_eq!(archived.version, 3);
    assert!(matches!(
        archived.publish(LATER).unwrap().state,
        State::Published { .. }
    ));
}

#[test]
fn nothing_to_buy_is_not_published() {
    let empty = product(Vec::new());
    assert_eq!(
        empty.publish(NOW),
        Err(ProductError::State(StateError::NoVariant))
    );
    let public = product(vec![variant(1, "A", &["Oak"], 500)])
        .publish(NOW)
        .unwrap();
    assert_eq!(
        public.clone().remove_variant(Uuid::from_u128(1), NOW),
        Err(ProductError::LastVariant)
    );
    assert_eq!(
        public.remove_variant(Uuid::from_u128(7), NOW),
        Err(ProductError::NoSuchVariant)
    );
}

#[test]
fn parts_that_do_not_agree_are_named() {
    let wrong = vec![
        variant(1, "A", &["Oak"], 500),
        variant(2, "A", &["Oak"], 500),
        variant(3, "C", &[], 1),
    ];
    let Err(ProductError::Flaws(flaws)) =
        Product::create(Uuid::nil(), facts(&["Colour"]), wrong, NOW)
    else {
        panic!("accepted");
    };
    let paths: Vec<_> = flaws.iter().map(|flaw| flaw.path.as_str()).collect();
    assert_eq!(
        paths,
        ["variants.1.sku", "variants.1.options", "variants.2.options"]
    );
}

#[test]
fn bad_prices_are_refused() {
    for units in [-1, i64::MIN, products_domain::MAX_PRICE + 1, i64::MAX] {
        let flaws = VariantFacts::parse("A", None, &[], Money::new(units, Currency::USD), "Lamp")
            .unwrap_err();
        assert_eq!(flaws[0].path, "price.units");
    }
}

#[test]
fn a_reservation_has_only_these_edges() {
    let held = Reservation::hold(Uuid::nil(), Vec::new(), LATER);
    assert_eq!(
        held.clone().expire(NOW),
        Err(ReservationError::NotDue(LATER))
    );
    assert_eq!(
        held.clone().commit_again(),
        Err(ReservationError::Ended(held.state))
    );
    let sold = held.clone().commit().unwrap();
    assert!(sold.clone().commit().is_err() && sold.clone().expire(LATER).is_err());
    let (back, _) = sold.release().unwrap();
    assert_eq!(back.state, ReservationState::Released);
    assert!(back.clone().release().is_err());
    assert!(back.commit_again().is_ok());
    let gone = held.expire(LATER).unwrap();
    assert!(
        gone.clone().release().is_err()
            && gone.clone().commit().is_err()
            && gone.commit_again().is_ok()
    );
}

#[test]
fn stock_refuses_what_is_not_there() {
    let level = StockLevel::new(5, 3).unwrap();
    assert_eq!(level.reserve(3), Err(StockError::Short { available: 2 }));
    assert_eq!(
        level.release(4),
        Err(StockError::NotReserved { reserved: 3 })
    );
    assert_eq!(level.adjust(-3), Err(StockError::Short { available: 2 }));
    assert_eq!(level.adjust(i64::MAX), Err(StockError::OutOfRange));
    assert!(StockLevel::new(-1, 0).is_err() && StockLevel::new(1, 2).is_err());
}

#[test]
fn the_tree_is_bounded() {
    let mut tree = CategoryTree::default();
    let mut parent = None;
    for id in 1..=8u128 {
        tree.add(products_domain::Category {
            id: Uuid::from_u128(id),
            parent_id: parent,
        })
        .unwrap();
        parent = Some(Uuid::from_u128(id));
    }
    let ninth = products_domain::Category {
        id: Uuid::from_u128(9),
        parent_id: parent,
    };
    assert_eq!(tree.add(ninth), Err(CategoryError::TooDeep));
    assert_eq!(
        tree.relocate(Uuid::from_u128(2), Some(Uuid::from_u128(5))),
        Err(CategoryError::Cycle)
    );
    assert_eq!(
        tree.remove(Uuid::from_u128(1)),
        Err(CategoryError::HasChildren)
    );
    assert_eq!(
        tree.relocate(Uuid::from_u128(1), Some(Uuid::from_u128(99))),
        Err(CategoryError::Unknown)
    );
}
