//! `order.paid.v1`.

use serde_json::json;

use crate::shop::Shop;

#[tokio::test]
async fn the_money_of_a_paid_order_is_kept() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.paid(&customer).await;
    for _ in 0..2 {
        shop.pay_order(&customer, &payment).await;
    }
    shop.run_job("payments.reconcile").await;
    assert_eq!(shop.look(&customer, &payment).await["refunds"], json!([]));
    assert_eq!(
        shop.announced().await,
        ["payment.created.v1", "payment.succeeded.v1"]
    );
}
