//! Whatever is done to stock, reservations and the category tree, the rules hold.

use std::collections::HashMap;

use clock::Timestamp;
use products_domain::{
    Category, CategoryTree, Entry, EntryKind, Line, Reservation, ReservationState, StockLevel,
    lines_from,
};
use proptest::prelude::*;
use uuid::Uuid;

#[derive(Clone, Copy, Debug)]
enum Step {
    Reserve(u32),
    Release(u32),
    Commit(u32),
    Restock(u32),
    Adjust(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u32..50).prop_map(Step::Reserve),
        (0u32..50).prop_map(Step::Release),
        (0u32..50).prop_map(Step::Commit),
        (0u32..50).prop_map(Step::Restock),
        (-50i64..50).prop_map(Step::Adjust),
        Just(Step::Adjust(i64::MAX)),
        Just(Step::Adjust(i64::MIN)),
    ]
}

proptest! {
    #[test]
    fn stock_is_never_oversold_and_the_ledger_sums_to_it(steps in proptest::collection::vec(step(), 0..200)) {
        let variant = Uuid::from_u128(1);
        let mut level = StockLevel::default();
        let mut ledger = Vec::new();
        for step in steps {
            let (next, entry) = match step {
                Step::Reserve(n) => (level.reserve(n), Entry::of(EntryKind::Reserved, variant, n)),
                Step::Release(n) => (level.release(n), Entry::of(EntryKind::Released, variant, n)),
                Step::Commit(n) => (level.commit(n), Entry::of(EntryKind::Committed, variant, n)),
                Step::Restock(n) => (level.restock(n), Entry::of(EntryKind::Restocked, variant, n)),
                Step::Adjust(n) => (level.adjust(n), Entry::adjusted(variant, n)),
            };
            if let Ok(next) = next {
                level = next;
                ledger.push(entry);
            }
            prop_assert!(0 <= level.reserved() && level.reserved() <= level.on_hand());
            prop_assert_eq!(level.available(), level.on_hand() - level.reserved());
            prop_assert_eq!(ledger.iter().map(|entry| entry.on_hand).sum::<i64>(), level.on_hand());
            prop_assert_eq!(ledger.iter().map(|entry| entry.reserved).sum::<i64>(), level.reserved());
        }
    }

    #[test]
    fn lines_come_out_sorted_once_each_and_complete(lines in proptest::collection::vec((0u128..10, 1u32..9), 1..40)) {
        let mut sums: HashMap<Uuid, u32> = HashMap::new();
        for (id, quantity) in &lines {
            *sums.entry(Uuid::from_u128(*id)).or_default() += quantity;
        }
        let out = lines_from(lines.iter().map(|(id, quantity)| Line { variant_id: Uuid::from_u128(*id), quantity: *quantity }));
        let out = out.unwrap();
        prop_assert!(out.windows(2).all(|pair| pair[0].variant_id < pair[1].variant_id));
        prop_assert_eq!(out.len(), sums.len());
        for line in out {
            prop_assert_eq!(sums[&line.variant_id], line.quantity);
        }
    }

    #[test]
    fn the_tree_never_gets_a_cycle(moves in proptest::collection::vec((1u128..12, 0u128..12), 0..80)) {
        let mut tree = CategoryTree::default();
        for id in 1..12u128 {
            tree.add(Category { id: Uuid::from_u128(id), parent_id: None }).unwrap();
        }
        for (id, parent) in moves {
            let parent = (parent > 0).then(|| Uuid::from_u128(parent));
            let _refused = tree.relocate(Uuid::from_u128(id), parent);
            let mut seen: Vec<Uuid> = tree.children(None).iter().flat_map(|top| tree.with_descendants(*top)).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), 11, "every category is reached from the top, once");
            for id in seen {
                prop_assert!(tree.path(id).len() <= products_domain::MAX_DEPTH);
            }
        }
    }

    #[test]
    fn a_reservation_gives_stock_back_at_most_once(steps in proptest::collection::vec(0u8..4, 0..12)) {
        let variant = Uuid::from_u128(1);
        let line = Line { variant_id: variant, quantity: 3 };
        let mut level = StockLevel::new(10, 0).unwrap().reserve(3).unwrap();
        let mut held = Reservation::hold(Uuid::from_u128(2), vec![line], Timestamp::from_millis(100));
        for step in steps {
            match step {
                0 => if let Ok(next) = held.clone().commit() {
                    level = level.commit(3).unwrap();
                    held = next;
                },
                1 => if let Ok((next, kind)) = held.clone().release() {
                    level = if kind == EntryKind::Restocked { level.restock(3) } else { level.release(3) }.unwrap();
                    held = next;
                },
                2 => if let Ok(next) = held.clone().expire(Timestamp::from_millis(100)) {
                    level = level.release(3).unwrap();
                    held = next;
                },
                _ => if let Ok(next) = held.clone().commit_again() {
                    level = level.reserve(3).unwrap().commit(3).unwrap();
                    held = next;
                },
            }
            let (on_hand, reserved) = match held.state {
                ReservationState::Held { .. } => (10, 3),
                ReservationState::Committed => (7, 0),
                _ => (10, 0),
            };
            prop_assert_eq!((level.on_hand(), level.reserved()), (on_hand, reserved));
        }
    }
}
