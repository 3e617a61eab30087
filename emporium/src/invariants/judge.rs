//! Holds what is known against the invariants.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    facts::{Facts, Order, Payment},
    journal::Answered,
};

/// How long an order may stay in a status that passes by itself, in milliseconds.
const STUCK: i64 = 60_000;

/// Every violation, as a line for people that begins with the invariant. Statements across databases may show a change
/// under way: only what stays when it is judged again is a violation.
pub(crate) fn judge(facts: &Facts, journal: &[Answered]) -> Vec<String> {
    let mut found = Vec::new();
    stock(facts, &mut found);
    let payment_of: HashMap<Uuid, &Payment> = facts
        .payments
        .values()
        .map(|payment| (payment.order_id, payment))
        .collect();
    for (id, order) in &facts.orders {
        history(*id, order, &mut found);
        reservation(facts, *id, order, &mut found);
        money(facts, *id, order, payment_of.get(id).copied(), &mut found);
    }
    strays(facts, &mut found);
    found.extend(facts.held.iter().map(|held| format!("I2 {held}")));
    for answer in journal {
        if let Some(lost) = answer.lost(facts) {
            found.push(format!("I4 {lost}"));
        }
    }
    found.sort();
    found
}

fn stock(facts: &Facts, found: &mut Vec<String>) {
    let mut held: HashMap<Uuid, i64> = HashMap::new();
    for reservation in facts
        .reservations
        .values()
        .filter(|reservation| reservation.state == "HELD")
    {
        for (variant, quantity) in &reservation.lines {
            *held.entry(*variant).or_default() += quantity;
        }
    }
    for (variant, stock) in &facts.stock {
        let (on_hand, reserved) = (stock.on_hand, stock.reserved);
        if reserved < 0 || reserved > on_hand {
            found.push(format!(
                "I1 variant {variant}: {reserved} reserved of {on_hand} on hand"
            ));
        }
        if (stock.ledger_on_hand, stock.ledger_reserved) != (on_hand, reserved) {
            found.push(format!(
                "I1 variant {variant}: {on_hand} on hand and {reserved} reserved, but its ledger sums to {} and {}",
                stock.ledger_on_hand, stock.ledger_reserved
            ));
        }
        if stock.ledger_entries != stock.version {
            found.push(format!(
                "I1 variant {variant}: version {} after {} ledger entries",
                stock.version, stock.ledger_entries
            ));
        }
        let promised = held.get(variant).copied().unwrap_or(0);
        if promised != reserved {
            found.push(format!(
                "I1 variant {variant}: {reserved} reserved, but reservations hold {promised}"
            ));
        }
        if stock
            .copied
            .is_some_and(|copy| copy != (on_hand - reserved, stock.version))
        {
            found.push(format!(
                "I2 variant {variant}: orders believes {:?} (available, version), products has {:?}",
                stock.copied.unwrap_or_default(),
                (on_hand - reserved, stock.version)
            ));
        }
    }
}

fn history(id: Uuid, order: &Order, found: &mut Vec<String>) {
    let name = format!("order {} ({id})", order.number);
    let expected: Vec<i64> = (1..=order.version).collect();
    if order.events != expected {
        found.push(format!(
            "I5 {name}: version {} with events {:?}",
            order.version, order.events
        ));
    }
    if order.last_status != order.status {
        found.push(format!(
            "I5 {name}: {} but its last event says {}",
            order.status, order.last_status
        ));
    }
    if order.status == "PENDING" && order.age > STUCK {
        found.push(format!(
            "I2 {name}: stuck in PENDING for {} s",
            order.age / 1_000
        ));
    }
    if order.status == "AWAITING_PAYMENT" && order.overdue.is_some_and(|overdue| overdue > STUCK) {
        found.push(format!(
            "I2 {name}: still AWAITING_PAYMENT {} s after its deadline",
            order.overdue.unwrap_or(0) / 1_000
        ));
    }
}

fn reservation(facts: &Facts, id: Uuid, order: &Order, found: &mut Vec<String>) {
    let reservation = facts.reservations.get(&id);
    let state = reservation.map_or("none", |reservation| reservation.state.as_str());
    let right = match order.status.as_str() {
        "PENDING" => true,
        "AWAITING_PAYMENT" => state == "HELD",
        "PAID" | "SHIPPED" | "DELIVERED" => state == "COMMITTED",
        "REJECTED" => matches!(state, "REJECTED" | "none"),
        _ => !matches!(state, "HELD" | "COMMITTED"),
    };
    if !right {
        found.push(format!(
            "I1 order {} ({id}) is {}, but its reservation is {state}",
            order.number, order.status
        ));
    }
    if let Some(reservation) =
        reservation.filter(|reservation| matches!(reservation.state.as_str(), "HELD" | "COMMITTED"))
    {
        let (mut wanted, mut had) = (order.lines.clone(), reservation.lines.clone());
        wanted.sort_unstable();
        had.sort_unstable();
        if wanted != had {
            found.push(format!(
                "I1 order {} ({id}) has lines {wanted:?}, its reservation {had:?}",
                order.number
            ));
        }
    }
}

fn money(
    facts: &Facts,
    id: Uuid,
    order: &Order,
    payment: Option<&Payment>,
    found: &mut Vec<String>,
) {
    let name = format!("order {} ({id})", order.number);
    let paid = matches!(order.status.as_str(), "PAID" | "SHIPPED" | "DELIVERED");
    let intent = payment
        .and_then(|payment| payment.intent.as_ref())
        .and_then(|intent| facts.intents.get(intent));
    let (captured, refunded) = intent.map_or((0, 0), |intent| (intent.captured, intent.refunded));
    if paid && (captured != order.total || refunded != 0) {
        found.push(format!(
            "I3 {name} of {} is {}, but the provider captured {captured} and refunded {refunded}",
            order.total, order.status
        ));
    }
    if !paid && order.status != "AWAITING_PAYMENT" && captured != refunded {
        found.push(format!(
            "I3 {name} is {}, but the provider captured {captured} and refunded {refunded}",
            order.status
        ));
    }
    if order.status == "AWAITING_PAYMENT" && captured != 0 {
        found.push(format!(
            "I3 {name} is AWAITING_PAYMENT, but the provider captured {captured}"
        ));
    }
    if order.refunded != refunded {
        found.push(format!(
            "I3 {name} says that {} was refunded, the provider {refunded}",
            order.refunded
        ));
    }
    let Some(payment) = payment else { return };
    if payment.amount != order.total {
        found.push(format!(
            "I3 {name} costs {}, its payment is of {}",
            order.total, payment.amount
        ));
    }
    if (payment.status == "succeeded") != (captured > 0) || payment.refunded != refunded {
        found.push(format!(
            "I3 {name}: its payment is {} with {} refunded, the provider captured {captured} and refunded {refunded}",
            payment.status, payment.refunded
        ));
    }
}

/// Money and stock that belong to no order.
fn strays(facts: &Facts, found: &mut Vec<String>) {
    let known: std::collections::HashSet<&str> = facts
        .payments
        .values()
        .filter_map(|payment| payment.intent.as_deref())
        .collect();
    for (id, intent) in &facts.intents {
        if intent.captured != intent.refunded && !known.contains(id.as_str()) {
            found.push(format!(
                "I3 the provider captured {} for {id}, which no payment knows",
                intent.captured
            ));
        }
    }
    for (id, payment) in &facts.payments {
        if !facts.orders.contains_key(&payment.order_id) {
            found.push(format!(
                "I3 payment {id} is for an order that does not exist"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::facts::{Intent, Reservation, Stock};

    fn id(byte: u8) -> Uuid {
        Uuid::from_bytes([byte; 16])
    }

    /// A shop with one order of two pieces, paid.
    fn sound() -> Facts {
        let mut facts = Facts::default();
        facts.stock.insert(
            id(1),
            Stock {
                on_hand: 8,
                reserved: 0,
                version: 3,
                ledger_on_hand: 8,
                ledger_reserved: 0,
                ledger_entries: 3,
                copied: Some((8, 3)),
            },
        );
        facts.reservations.insert(
            id(2),
            Reservation {
                state: "COMMITTED".to_owned(),
                lines: vec![(id(1), 2)],
            },
        );
        facts.orders.insert(
            id(2),
            Order {
                number: "A".to_owned(),
                status: "PAID".to_owned(),
                version: 3,
                total: 500,
                refunded: 0,
                overdue: None,
                age: 1_000,
                lines: vec![(id(1), 2)],
                events: vec![1, 2, 3],
                last_status: "PAID".to_owned(),
            },
        );
        facts.payments.insert(
            id(3),
            Payment {
                order_id: id(2),
                status: "succeeded".to_owned(),
                amount: 500,
                refunded: 0,
                intent: Some("pi_1".to_owned()),
            },
        );
        facts.intents.insert(
            "pi_1".to_owned(),
            Intent {
                captured: 500,
                refunded: 0,
            },
        );
        facts
    }

    fn judged(change: impl FnOnce(&mut Facts)) -> Vec<String> {
        let mut facts = sound();
        change(&mut facts);
        judge(&facts, &[])
    }

    #[test]
    fn a_sound_shop_passes() {
        assert_eq!(judged(|_| ()), Vec::<String>::new());
    }

    type Damage<'a> = &'a dyn Fn(&mut Facts);

    #[test]
    fn finds_each_kind_of_damage() {
        let order =
            |facts: &mut Facts, change: fn(&mut Order)| facts.orders.values_mut().for_each(change);
        let damages: [(&str, Damage); 10] = [
            ("I1", &|facts| {
                facts
                    .stock
                    .values_mut()
                    .for_each(|stock| stock.reserved = 9)
            }),
            ("I1", &|facts| {
                facts
                    .stock
                    .values_mut()
                    .for_each(|stock| stock.ledger_on_hand = 7)
            }),
            ("I1", &|facts| facts.reservations.clear()),
            ("I1", &|facts| {
                facts
                    .reservations
                    .values_mut()
                    .for_each(|one| one.lines[0].1 = 1)
            }),
            ("I2", &|facts| {
                facts
                    .stock
                    .values_mut()
                    .for_each(|stock| stock.copied = Some((9, 2)))
            }),
            ("I2", &|facts| facts.held.push("parked".to_owned())),
            ("I3", &|facts| {
                facts
                    .intents
                    .values_mut()
                    .for_each(|intent| intent.refunded = 500)
            }),
            ("I3", &|facts| facts.intents.clear()),
            ("I3", &move |facts| {
                order(facts, |order| order.status = "EXPIRED".to_owned())
            }),
            ("I5", &move |facts| {
                order(facts, |order| order.events = vec![1, 3])
            }),
        ];
        for (invariant, damage) in damages {
            let found = judged(|facts| damage(facts));
            assert!(
                found.iter().any(|line| line.starts_with(invariant)),
                "{invariant}: {found:?}"
            );
        }
    }
}
