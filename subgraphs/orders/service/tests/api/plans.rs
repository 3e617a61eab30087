//! Lists, filters and look-ups over tens of thousands of orders use their indexes.

use orders_domain::OrderNumber;
use serde_json::json;
use serving::Serving;
use testkit::staff;

use crate::shop::{Shop, gid, id, shopper};

/// Multiplies what one purchase left behind.
const FILL: &str = "
    INSERT INTO orders SELECT gen_random_uuid(), numbers.number, gen_random_uuid(), status, state, 9000000000000 + n, currency, subtotal_units, shipping_units, tax_units,
        total_units, refunded_units, address, placed_at - n * 1000, version
        FROM orders, numbers;
    INSERT INTO order_lines SELECT o.id, l.position, gen_random_uuid(), l.variant_id, l.sku, l.name, l.quantity,
        l.unit_units, l.subtotal_units, l.tax_units, l.currency
        FROM orders o, order_lines l WHERE o.id <> l.order_id;
    INSERT INTO order_events SELECT o.id, e.version, e.status, e.fact, e.at
        FROM orders o, order_events e WHERE o.id <> e.order_id;
    INSERT INTO carts SELECT gen_random_uuid(), gen_random_uuid(), md5(n::TEXT), address, version, created_at,
        expires_at + n FROM carts, generate_series(1, 40000) n;
    INSERT INTO cart_lines SELECT gen_random_uuid(), id, gen_random_uuid(), 1, 100, 'USD', 0 FROM carts
        WHERE id <> (SELECT id FROM carts ORDER BY expires_at LIMIT 1);
    INSERT INTO offers SELECT gen_random_uuid(), gen_random_uuid(), sku, name, price_units, currency, for_sale,
        version FROM offers, generate_series(1, 40000) n;
    INSERT INTO offer_stock SELECT variant_id, 5, 1 FROM offers ON CONFLICT DO NOTHING;
    INSERT INTO revoked_sessions SELECT gen_random_uuid(), 9000000000000 + n FROM generate_series(1, 40000) n";

#[tokio::test]
async fn no_list_filter_or_look_up_reads_a_big_table_whole() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let plans = shop.app.plans().unwrap();
    let numbers: Vec<String> = (1_u64..=40_000)
        .map(|n| OrderNumber::from_random(n.to_be_bytes()).to_string())
        .collect();
    plans
        .fill(&format!(
            "CREATE TABLE numbers AS SELECT number, n \
             FROM unnest(string_to_array('{}', ',')) WITH ORDINALITY AS all_of_them(number, n); {FILL}",
            numbers.join(",")
        ))
        .await;
    // From here on, what is made of the database is what is judged: the tables were small before.
    plans.forget();

    let whole = "totalCount pageInfo { hasNextPage endCursor } nodes { id number status lines { id } events { version } }";
    let customer = gid("User", viewer.id().unwrap());
    for filter in [
        json!({ "customerId": customer }),
        json!({ "status": ["AWAITING_PAYMENT", "PAID"] }),
        json!({ "customerId": customer, "status": ["PENDING"] }),
        json!({ "placedFrom": "2026-01-01T00:00:00Z", "placedBefore": "2026-01-02T00:00:00Z" }),
    ] {
        for range in ["first: 20", "last: 20"] {
            let document = format!(
                "query($filter: StaffOrderFilter) {{ orders(filter: $filter, {range}) {{ {whole} }} }}"
            );
            let variables = json!({ "filter": filter });
            shop.send(&staff(), &document, variables).await.data();
        }
    }
    let all = format!(
        "{{ orders(first: 20) {{ {} }} }}",
        whole.replace("totalCount", "")
    );
    shop.send(&staff(), &all, json!({})).await.data();
    let mine = format!(
        "{{ myOrders(first: 20, filter: {{ status: [PENDING] }}) {{ {whole} }} myCart {{ id }} }}"
    );
    shop.send(&viewer, &mine, json!({})).await.data();
    shop.order(&viewer, order).await.data();
    let by_number = "query($number: String!) { order(by: { number: $number }) { id } }";
    let number = json!({ "number": numbers[7] });
    shop.send(&staff(), by_number, number)
        .await
        .text("/order/id");
    // A purchase from cart to payment, and what runs by the clock.
    let order = shop.ordered(&viewer).await;
    shop.reserved(order).await;
    shop.paid(order, Shop::TOTAL).await;
    shop.sells(100, 5).await;
    shop.tell(
        id(),
        &events::users::SessionRevoked {
            user_id: id(),
            session_id: id(),
            until: shop.app.clock.now(),
        },
    )
    .await;
    for job in shop.app.served.jobs() {
        (job.run)().await.unwrap();
    }
    shop.app.ignore_events().await;
    plans.check_big(&["\"outbox\""]).await;
}
