//! Too much, too deep, malformed and nonsensical input against the whole shop: a typed error, quickly, and the next
//! client is served.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use system_tests::{Client, RunningShop, Shopper, Stage, available, key, search, settings};
use testkit::Answer;

/// How long the shop may take to refuse something.
const QUICKLY: Duration = Duration::from_secs(20);

/// Posts a body as it is; gives the status and the answer.
async fn post(client: &Client, body: impl Into<reqwest::Body>) -> (u16, Answer) {
    let began = Instant::now();
    let mut request = client
        .http()
        .post(format!("{}/graphql", client.base()))
        .header("content-type", "application/json")
        .body(body);
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let answer = Answer(response.json().await.unwrap());
    assert!(
        began.elapsed() < QUICKLY,
        "answered after {:?}: {answer:?}",
        began.elapsed()
    );
    still_serves(client).await;
    (status, answer)
}

/// The next client gets what they ask for.
async fn still_serves(client: &Client) {
    let answer = client
        .graphql("{ products(first: 1) { nodes { name } } }", Value::Null)
        .await;
    assert_ne!(answer.text("/products/nodes/0/name"), "");
}

/// Sends an operation that cannot be right; gives what was answered, quickly.
async fn ask(client: &Client, query: &str, variables: Value) -> Answer {
    post(
        client,
        json!({ "query": query, "variables": variables }).to_string(),
    )
    .await
    .1
}

system_tests::both!(requests_that_are_too_much_or_malformed);

async fn requests_that_are_too_much_or_malformed(shop: Stage) {
    let client = shop.client();
    let repeat = |piece: &dyn Fn(usize) -> String, times: usize| {
        (0..times).fold(String::new(), |mut all, number| {
            all += &piece(number);
            all
        })
    };
    let query = |text: String| json!({ "query": text }).to_string().into_bytes();
    let deep = format!(
        "{{ categories {} {{ id }} {} }}",
        "{ children ".repeat(60),
        "}".repeat(60)
    );
    let aliases = repeat(&|number| format!("a{number}: categories {{ id }} "), 3_000);
    let batch = |size| {
        format!(
            "[{}]",
            vec![r#"{"query":"{ __typename }"}"#; size].join(",")
        )
    };
    let nested = format!(
        "{{\"query\":\"{{ __typename }}\",\"variables\":{}1{}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let costly = "{ products(first: 100) { nodes { variants { product { variants { product { variants { product { name } } } } } } } } }";
    let mut laughs = String::from("{ ...f0 }");
    for level in 0..6 {
        let next = format!("...f{} ", level + 1).repeat(20);
        write!(laughs, " fragment f{level} on Query {{ {next} }}").unwrap();
    }
    laughs += " fragment f6 on Query { __typename }";
    for (what, body, status, code) in [
        (
            "a body that is a little too large",
            query(format!(
                "{{ suggest(prefix: \"{}\") {{ text }} }}",
                "x".repeat(1_000_001)
            )),
            413,
            "TOO_LARGE",
        ),
        ("60 levels", query(deep), 400, "TOO_COMPLEX"),
        (
            "3,000 aliases",
            query(format!("{{ {aliases} }}")),
            400,
            "TOO_COMPLEX",
        ),
        ("a million names", query(laughs), 400, "TOO_COMPLEX"),
        (
            "20,000 fields",
            query(format!("{{ categories {{ {} }} }}", "id ".repeat(20_000))),
            400,
            "TOO_COMPLEX",
        ),
        (
            "a list of lists",
            query(costly.to_owned()),
            400,
            "TOO_COMPLEX",
        ),
        ("a batch", batch(2).into_bytes(), 400, "INVALID_INPUT"),
        (
            "10,000 in a batch",
            batch(10_000).into_bytes(),
            400,
            "INVALID_INPUT",
        ),
        (
            "half a megabyte of brackets",
            nested.into_bytes(),
            400,
            "INVALID_INPUT",
        ),
        (
            "invalid UTF-8",
            b"{\"query\":\"{ suggest(prefix: \\\"\xff\xfe\\\") { text } }\"}".to_vec(),
            400,
            "INVALID_INPUT",
        ),
        ("nothing", Vec::new(), 400, "INVALID_INPUT"),
        ("null", b"null".to_vec(), 400, "INVALID_INPUT"),
        ("a number", b"7".to_vec(), 400, "INVALID_INPUT"),
        ("an open brace", b"{".to_vec(), 400, "INVALID_INPUT"),
        ("no query", b"{}".to_vec(), 400, "INVALID_INPUT"),
        ("an empty query", query(String::new()), 400, "INVALID_INPUT"),
        (
            "a query of zeros",
            query("\0".repeat(100)),
            400,
            "INVALID_INPUT",
        ),
        (
            "an unknown field",
            query("{ moon }".to_owned()),
            400,
            "INVALID_INPUT",
        ),
        (
            "a fragment of itself",
            query("{ ...F } fragment F on Query { ...F }".to_owned()),
            400,
            "INVALID_INPUT",
        ),
    ] {
        let (answered, answer) = post(&client, body).await;
        assert_eq!(
            (answered, answer.code()),
            (status, code),
            "{what}: {answer:?}"
        );
        assert_eq!(
            answer.errors()[0]["extensions"]["retryable"],
            false,
            "{what}"
        );
        assert!(
            answer.errors()[0]["extensions"]["traceId"].is_string(),
            "{what}: {answer:?}"
        );
    }
    // The answer comes before the body has left; who insists on sending the rest may find the line cut instead.
    let began = Instant::now();
    let huge = client
        .http()
        .post(format!("{}/graphql", client.base()))
        .header("content-type", "application/json")
        .body(vec![b' '; 20_000_000]);
    match huge.send().await {
        Ok(response) => assert_eq!(response.status().as_u16(), 413),
        Err(error) => assert!(error.is_request(), "{error:?}"),
    }
    assert!(began.elapsed() < QUICKLY);
    still_serves(&client).await;
    shop.close().await;
}

/// A refusal is a user error of this type, or a thrown error INVALID_INPUT.
fn is_refused(answer: &Answer, mutation: &str, what: &str) {
    if answer.errors().is_empty() {
        let errors = answer
            .at(&format!("/{mutation}/userErrors"))
            .as_array()
            .unwrap();
        assert!(!errors.is_empty(), "{what} was taken: {answer:?}");
        for error in errors {
            assert!(
                ["InvalidInput", "NotForSale"].contains(&error["__typename"].as_str().unwrap()),
                "{what}: {error}"
            );
            assert!(
                error["message"]
                    .as_str()
                    .is_some_and(|message| message.len() < 500),
                "{what}: {error}"
            );
        }
    } else {
        assert!(
            ["INVALID_INPUT", "NOT_FOUND"].contains(&answer.code()),
            "{what}: {answer:?}"
        );
        assert!(answer.0.to_string().len() < 5_000, "{what} came back whole");
    }
}

system_tests::both!(quantities_that_make_no_sense);

async fn quantities_that_make_no_sense(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 2).await;
    let shopper = Shopper::register(&client).await;
    let added = shopper.add(&found.variant, 1).await;
    let line = added.text("/addToCart/cart/lines/0/id");
    let cart = added.text("/addToCart/cart/id");
    let staff = Shopper::log_in(&client, "staff@emporium.example", "staff-of-the-emporium").await;
    let add = "mutation($it: ID!, $n: Int!) { addToCart(input: { variantId: $it, quantity: $n }) { userErrors { __typename message } } }";
    let change = "mutation($it: ID!, $n: Int!) { changeCartLine(input: { lineId: $it, quantity: $n }) { userErrors { __typename message } } }";
    let adjust = "mutation($it: ID!, $n: Int!, $key: String!) { adjustStock(input: { variantId: $it, delta: $n, reason: \"?\", idempotencyKey: $key }) { userErrors { __typename message } } }";
    let reserve = "mutation($it: ID!, $n: Int!, $key: String!) { reserveStock(input: { lines: [{ variantId: $it, quantity: $n }], seconds: 60, idempotencyKey: $key }) { userErrors { __typename message } } }";
    for (number, too_big) in [
        (json!(-1), false),
        (json!(0), false),
        (json!(i32::MIN), false),
        (json!(i32::MAX), false),
        (json!(2_147_483_648_i64), true),
        (json!(-9_223_372_036_854_775_808_i64), true),
        (json!(1.5), true),
        (json!(1e300), true),
        (json!("1"), true),
        (json!([1]), true),
        (Value::Null, true),
    ] {
        for (name, query, it) in [
            ("addToCart", add, &found.variant),
            ("changeCartLine", change, &line),
        ] {
            let answer = ask(&shopper.client, query, json!({ "it": it, "n": number })).await;
            is_refused(&answer, name, &format!("{name} {number}"));
            assert_eq!(
                too_big,
                !answer.errors().is_empty(),
                "{name} {number}: {answer:?}"
            );
        }
        let answer = ask(
            &staff.client,
            reserve,
            json!({ "it": found.variant, "n": number, "key": key() }),
        )
        .await;
        assert!(
            !answer.errors().is_empty() || answer.at("/reserveStock/userErrors") != &json!([]),
            "{number}: {answer:?}"
        );
    }
    let adjusted = async |number: i32| {
        let variables = json!({ "it": found.variant, "n": number, "key": key() });
        ask(&staff.client, adjust, variables).await
    };
    for number in [0, i32::MIN, -1_000_000] {
        let answer = adjusted(number).await;
        let refused =
            !answer.errors().is_empty() || answer.at("/adjustStock/userErrors") != &json!([]);
        assert!(refused, "adjustStock {number}: {answer:?}");
    }
    // So many that another one of the same overflows; whatever is taken can be read again.
    for _ in 0..3 {
        let answer = adjusted(i32::MAX).await;
        let codes = answer
            .errors()
            .iter()
            .map(|error| &error["extensions"]["code"]);
        assert!(
            codes.into_iter().all(|code| code == "INVALID_INPUT"),
            "{answer:?}"
        );
        assert!(available(&client, &found.variant).await >= found.available);
    }
    let shown = shopper
        .client
        .graphql("{ myCart { id quantity } }", Value::Null)
        .await;
    assert_eq!(
        (shown.text("/myCart/id"), shown.at("/myCart/quantity")),
        (cart, &json!(1))
    );
    shop.holds().await;
    shop.close().await;
}

system_tests::both!(prices_that_make_no_sense);

async fn prices_that_make_no_sense(shop: Stage) {
    let client = shop.client();
    let staff = Shopper::log_in(&client, "staff@emporium.example", "staff-of-the-emporium").await;
    let create = "mutation($price: ProductPriceInput!, $sku: String!) { createProduct(input: { product: { name: \"Strange\", publish: true, variants: [{ sku: $sku, price: $price, onHand: 5 }] } }) {
        product { variants { id } } userErrors { __typename message } } }";
    for price in [
        json!({ "units": -1, "currency": "USD" }),
        json!({ "units": i64::MIN, "currency": "USD" }),
        json!({ "units": 1e300, "currency": "USD" }),
        json!({ "units": 1.5, "currency": "USD" }),
        json!({ "units": "ten", "currency": "USD" }),
        json!({ "units": 100, "currency": "" }),
        json!({ "units": 100, "currency": "usd dollars" }),
        json!({ "units": 100, "currency": "\u{0}\u{0}\u{0}" }),
    ] {
        let answer = ask(
            &staff.client,
            create,
            json!({ "price": price, "sku": key() }),
        )
        .await;
        is_refused(&answer, "createProduct", &format!("a price of {price}"));
    }
    // The dearest price there may be: a cart of many is told off, or comes to a sum, but nothing wraps around.
    let mut dearest = None;
    for units in [
        i64::MAX,
        9_007_199_254_740_991,
        1_000_000_000_000,
        1_000_000_000,
    ] {
        let price = json!({ "units": units, "currency": "USD" });
        let answer = ask(
            &staff.client,
            create,
            json!({ "price": price, "sku": key() }),
        )
        .await;
        if answer.errors().is_empty() && answer.at("/createProduct/userErrors") == &json!([]) {
            dearest = Some((units, answer.text("/createProduct/product/variants/0/id")));
            break;
        }
        is_refused(&answer, "createProduct", &format!("a price of {units}"));
    }
    let (units, variant) = dearest.unwrap();
    shop.drain().await;
    let shopper = Shopper::register(&client).await;
    let add = "mutation($variant: ID!) { addToCart(input: { variantId: $variant, quantity: 99 }) { cart { totals { total { units } } } userErrors { __typename message } } }";
    let answer = ask(&shopper.client, add, json!({ "variant": variant })).await;
    if answer.errors().is_empty() && answer.at("/addToCart/userErrors") == &json!([]) {
        let total = answer
            .at("/addToCart/cart/totals/total/units")
            .as_i64()
            .unwrap();
        assert!(total >= units.checked_mul(99).unwrap(), "{answer:?}");
    } else {
        is_refused(&answer, "addToCart", "99 of the dearest");
    }
    shop.holds().await;
    shop.close().await;
}

system_tests::both!(texts_that_make_no_sense);

async fn texts_that_make_no_sense(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 1).await;
    let shopper = Shopper::register(&client).await;
    let staff = Shopper::log_in(&client, "staff@emporium.example", "staff-of-the-emporium").await;
    let texts = [
        String::new(),
        " ".to_owned(),
        "\0".to_owned(),
        "x".repeat(100_000),
        "\u{202e}\u{feff}".repeat(300),
        "👩‍👩‍👧‍👦".repeat(5_000),
        "'; DROP TABLE users; --".repeat(100),
        "%s%n../../../etc/passwd".repeat(200),
    ];
    let address = "mutation($text: String!) { setCartAddress(input: { address: { name: $text, line1: $text, city: $text, postalCode: $text, country: $text } }) { userErrors { __typename message } } }";
    let register = "mutation($text: String!) { register(input: { email: $text, password: $text }) { userErrors { __typename message } } }";
    let add = "mutation($text: ID!) { addToCart(input: { variantId: $text, quantity: 1 }) { userErrors { __typename message } } }";
    let place = "mutation($text: String!, $cart: ID!) { placeOrder(input: { cartId: $cart, idempotencyKey: $text }) { userErrors { __typename message } } }";
    let product = "mutation($text: String!) { createProduct(input: { product: { name: $text, slug: $text, variants: [{ sku: $text, price: { units: 1, currency: \"USD\" } }] } }) { userErrors { __typename message } } }";
    let cart = shopper
        .add(&found.variant, 1)
        .await
        .text("/addToCart/cart/id");
    for text in &texts {
        let shown: String = text.chars().take(12).collect();
        for (name, client, query) in [
            ("setCartAddress", &shopper.client, address),
            ("register", &client, register),
            ("addToCart", &shopper.client, add),
            ("placeOrder", &shopper.client, place),
            ("createProduct", &staff.client, product),
        ] {
            let answer = ask(client, query, json!({ "text": text, "cart": cart })).await;
            is_refused(&answer, name, &format!("{name} with {shown:?}"));
        }
        // Nobody is found under such a name, and nothing else happens.
        for query in [
            "query($text: String!) { searchProducts(query: $text, first: 3) { nodes { id } } }",
            "query($text: String!) { suggest(prefix: $text) { text } }",
            "query($text: String!) { product(by: { slug: $text }) { id } }",
            "query($text: ID!) { product(by: { id: $text }) { id } }",
            "query($text: ID!) { order(by: { id: $text }) { id } }",
            "query($text: String!) { order(by: { number: $text }) { id } }",
            "query($text: String!) { myOrders(first: 1, after: $text) { nodes { id } } }",
            "query($text: String!) { products(first: 1, after: $text) { nodes { id } } }",
            "mutation($text: String!) { logIn(input: { email: $text, password: $text }) { user { id } userErrors { __typename } } }",
            "mutation($text: String!) { refreshToken(input: { refreshToken: $text }) { user { id } userErrors { __typename } } }",
        ] {
            let answer = ask(&shopper.client, query, json!({ "text": text })).await;
            for error in answer.errors() {
                let code = error["extensions"]["code"].as_str().unwrap();
                let typed = [
                    "INVALID_INPUT",
                    "NOT_FOUND",
                    "UNAUTHENTICATED",
                    "RATE_LIMITED",
                ]
                .contains(&code);
                assert!(typed, "{query} with {shown:?}: {error}");
            }
        }
    }
    shop.holds().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let shop =
        RunningShop::open_with(settings(&[("EMPORIUM__ROUTER__RATES__ENABLED", "true")])).await;
    let client = shop.client();
    let wait = |error: &Value| {
        assert_eq!(error["extensions"]["code"], "RATE_LIMITED", "{error}");
        assert_eq!(error["extensions"]["retryable"], true, "{error}");
        let wait = error["extensions"]["retryAfterMs"].as_u64().unwrap();
        assert!((1..5_000).contains(&wait), "{error}");
        Duration::from_millis(wait)
    };
    let http = async || client.graphql("{ __typename }", Value::Null).await;
    // The shop's own numbers: 600 at once and 100 a second from one address.
    let mut sent = 0;
    let limited = loop {
        let answers = futures::future::join_all((0..50).map(|_| http())).await;
        sent += answers.len();
        assert!(sent < 5_000, "nobody is ever limited");
        if let Some(limited) = answers
            .into_iter()
            .find(|answer| !answer.errors().is_empty())
        {
            break limited;
        }
    };
    assert!(sent >= 600, "limited after {sent}");
    let come_back = async |after: Duration| {
        let back = Instant::now() + after;
        testkit::until("the time to come back", || {
            std::future::ready((Instant::now() >= back).then_some(()))
        })
        .await;
    };
    come_back(wait(&limited.errors()[0])).await;
    assert!(http().await.errors().is_empty());

    // On one WebSocket, the same; that it is opened counts too.
    come_back(Duration::from_millis(200)).await;
    let mut socket = client.subscribe("{ __typename }", Value::Null).await;
    let limited = loop {
        let answer = socket.next().await;
        match answer {
            Some(answer) if !answer.errors().is_empty() => break answer,
            Some(_) => {}
            None => socket.also("{ __typename }").await,
        }
        sent += 1;
        assert!(sent < 20_000, "nobody is ever limited over WebSocket");
    };
    wait(&limited.errors()[0]);
    shop.close().await;
}
