//! Several reconcilers at once, as several workers run them: they share the database and the provider, nothing else.

use std::time::Duration;

use serving::{Job, Serving};
use stripe_emulator::ApiSwitches;

use crate::shop::{Shop, TOTAL, run_one};

const PAYMENTS: usize = 6;
const RUN: Duration = Duration::from_millis(900);

#[tokio::test]
async fn reconcilers_side_by_side_do_each_thing_once() {
    let shop = Shop::deaf().await;
    let (one, two, own) = (
        shop.replica().await,
        shop.replica().await,
        shop.app.served.jobs(),
    );
    // Slower than the time after which a call counts as cut off, so each call is made by several of them.
    let slow = ApiSwitches {
        latency_ms: 120,
        ..ApiSwitches::default()
    };
    // And each run is cut off after a while, for the calls are too slow ever to be done with.
    let both = async |job: &str| {
        let run = async |jobs: &[Job]| {
            let _ = tokio::time::timeout(RUN, run_one(jobs, job)).await;
        };
        tokio::join!(run(&one), run(&two), run(&own), run(&two));
    };

    let mut customers = Vec::new();
    for _ in 0..PAYMENTS {
        customers.push(shop.customer().await);
    }
    shop.disturb_api(ApiSwitches {
        fail_before: 1_000,
        ..ApiSwitches::default()
    });
    for customer in &customers {
        let answer = shop.create(customer, shop.app.clock.id()).await;
        assert_eq!(answer.code(), "UNAVAILABLE");
    }
    shop.disturb_api(slow.clone());
    testkit::until("all intents", async || {
        both("payments.reconcile").await;
        let list = shop.stripe("/payment_intents?limit=100").await;
        (list["data"].as_array().unwrap().len() == PAYMENTS).then_some(())
    })
    .await;
    both("payments.reconcile").await;
    assert_eq!(shop.announced().await, vec!["payment.created.v1"; PAYMENTS]);

    shop.disturb_api(ApiSwitches::default());
    let mut payments = Vec::new();
    for customer in &customers {
        let payment = shop.created(customer).await;
        shop.confirm(
            &customer.viewer,
            &payment,
            "pm_card_visa",
            shop.app.clock.id(),
        )
        .await;
        payments.push(payment);
        shop.cancel(customer).await;
    }
    shop.disturb_api(slow);
    testkit::until("all refunds", async || {
        tokio::join!(both("payments.reconcile"), both("payments.catch_up"));
        for (customer, payment) in customers.iter().zip(&payments) {
            let seen = shop.look(customer, payment).await;
            if seen["refunded"]["units"] != TOTAL {
                return None;
            }
        }
        Some(())
    })
    .await;
    both("payments.reconcile").await;
    let refunds = shop.stripe("/refunds?limit=100").await;
    assert_eq!(refunds["data"].as_array().unwrap().len(), PAYMENTS);
    let mut announced = shop.announced().await;
    announced.sort();
    let mut expected = vec!["payment.refunded.v1"; PAYMENTS];
    expected.extend(vec!["payment.succeeded.v1"; PAYMENTS]);
    assert_eq!(announced, expected);
}
