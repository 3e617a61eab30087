use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::shop::Shop;

#[tokio::test]
async fn bad_parameters_are_refused_with_their_name() {
    let shop = Shop::open().await;
    let long = format!("amount=2000&currency=usd&description={}", "x".repeat(6_000));
    let cases = [
        ("", "currency"),
        ("currency=usd", "amount"),
        ("amount=&currency=usd", "amount"),
        ("amount=-1&currency=usd", "amount"),
        ("amount=0&currency=usd", "amount"),
        ("amount=49&currency=usd", "amount"),
        ("amount=100000000&currency=usd", "amount"),
        ("amount=99999999999999999999&currency=usd", "amount"),
        ("amount=20.00&currency=usd", "amount"),
        ("amount[]=2000&currency=usd", "amount"),
        ("amount=2000&currency=xxx", "currency"),
        ("amount=2000&currency=usd&colour=red", "colour"),
        (
            "amount=2000&currency=usd&payment_method=pm_nothing",
            "payment_method",
        ),
        (
            "amount=2000&currency=usd&payment_method_types[]=gold",
            "payment_method_types",
        ),
        (
            "amount=2000&currency=usd&capture_method=manual",
            "capture_method",
        ),
        ("amount=2000&currency=usd&confirm=maybe", "confirm"),
        ("amount=2000&currency=usd&metadata=x", "metadata"),
        ("amount=2000&currency=usd&expand[]=everything", "expand"),
        (long.as_str(), "description"),
    ];
    for (body, param) in cases {
        let error = shop
            .client
            .post("/v1/payment_intents", body)
            .await
            .refused(400);
        assert_eq!(error["type"], "invalid_request_error", "{body:.60}");
        assert_eq!(error["param"], param, "{body:.60}");
    }
    for body in [
        "a[b=1",
        "amount=1&amount=2",
        "a=%ff",
        &"a[]=1&".repeat(2_000),
        "a[b][c][d][e][f][g][h][i][j]=1",
    ] {
        shop.client
            .post("/v1/payment_intents", body)
            .await
            .refused(400);
    }
    let state = shop.client.get("/_emulator/state").await.ok();
    assert_eq!(state["payment_intents"], serde_json::json!({}));
}

#[tokio::test]
async fn oversized_and_garbled_requests_leave_it_serving() {
    let shop = Shop::open().await;
    let huge = "a".repeat(1024 * 1024);
    let status = shop
        .client
        .try_send(shop.client.form("/v1/payment_intents", &huge))
        .await;
    assert!(status.is_err() || status.is_ok_and(|answer| answer.status == 413));
    let bytes = shop
        .client
        .request(Method::POST, "/v1/refunds")
        .body(vec![0xff_u8, 0xfe, b'=']);
    shop.client.send(bytes).await.refused(400);

    let garbage: [&[u8]; 4] = [
        b"\x16\x03\x01 not http\r\n\r\n",
        b"GET /v1/payment_intents HTTP/1.1\r\nHost: x\r\nAuthorization: Basic !!!\r\nConnection: close\r\n\r\n",
        b"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"GET /v1/%00%ff/../../etc HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_shop\r\nConnection: close\r\n\r\n",
    ];
    for bytes in garbage {
        let mut stream = TcpStream::connect(shop.emulator.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(
            !answer.starts_with(b"HTTP/1.1 2"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/payment_intents/",
        "/v1/customers",
        "/v1/payment_intents/pi_1/capture",
        "/v2/x",
    ] {
        let answer = shop.client.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    shop.paid().await;
}
