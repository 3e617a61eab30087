//! Two trivial subgraphs, in process and over the network.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    Context, Data, EmptySubscription, ErrorExtensions as _, ID, Object, Request, Schema,
    SimpleObject, Subscription, Variables, http::ALL_WEBSOCKET_PROTOCOLS,
};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    Router,
    extract::{State, WebSocketUpgrade},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, future::BoxFuture, stream};
use router::{InProcess, SubgraphAnswer, SubgraphRequest};
use tokio::{net::TcpListener, sync::Notify};

/// Told when somebody waits at the gate, and opens it.
pub(crate) static ARRIVED: Notify = Notify::const_new();
pub(crate) static GATE: Notify = Notify::const_new();

/// What a subgraph was told about the client.
#[derive(Clone, Debug, Default)]
struct Told {
    authorization: Option<String>,
    address: Option<String>,
    traceparent: Option<String>,
}

/// A product, as its own subgraph knows it.
#[derive(SimpleObject)]
#[graphql(name = "Product")]
struct CatalogProduct {
    id: ID,
    name: String,
    parts: Vec<CatalogProduct>,
}

fn product(id: &str) -> CatalogProduct {
    CatalogProduct {
        id: id.into(),
        name: format!("product {id}"),
        parts: Vec::new(),
    }
}

/// What the names of products are printed in; a test may change it.
#[derive(Clone, Default)]
pub(crate) struct Edition(pub(crate) Arc<AtomicUsize>);

/// The edition in which products cannot be listed.
pub(crate) const FLOODED: usize = usize::MAX;

struct CatalogQuery;

#[Object(name = "Query")]
impl CatalogQuery {
    async fn product(&self, id: ID) -> Option<CatalogProduct> {
        (id.as_str() != "none").then(|| product(&id))
    }
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] first: usize,
    ) -> async_graphql::Result<Vec<CatalogProduct>> {
        let edition = ctx.data_unchecked::<Edition>().0.load(Ordering::SeqCst);
        if edition == FLOODED {
            return Err(async_graphql::Error::new("the cellar is flooded"));
        }
        let name = |n: usize| match edition {
            0 => format!("product {n}"),
            _ => format!("product {n}, edition {edition}"),
        };
        Ok((0..first.min(100))
            .map(|n| CatalogProduct {
                name: name(n),
                ..product(&n.to_string())
            })
            .collect())
    }
    async fn authorization(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<Told>()
            .authorization
            .clone()
            .unwrap_or_default()
    }
    async fn address(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<Told>()
            .address
            .clone()
            .unwrap_or_default()
    }
    async fn traceparent(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<Told>()
            .traceparent
            .clone()
            .unwrap_or_default()
    }
    /// Answers once the gate is opened.
    async fn gated(&self) -> bool {
        ARRIVED.notify_one();
        GATE.notified().await;
        true
    }
    async fn panics(&self) -> Option<bool> {
        Some("a broken resolver".parse::<bool>().unwrap())
    }
    /// Never answers.
    async fn slow(&self) -> Option<String> {
        std::future::pending::<()>().await;
        None
    }
    /// Fails with that code, or without one.
    async fn fails(&self, code: Option<String>) -> async_graphql::Result<Option<String>> {
        let error = async_graphql::Error::new("the cellar is flooded");
        Err(match code {
            Some(code) => error.extend_with(|_, extensions| extensions.set("code", code)),
            None => error,
        })
    }
    async fn mine(&self) -> Option<String> {
        Some("yours".to_owned())
    }
    #[graphql(entity)]
    async fn find_product(&self, id: ID) -> CatalogProduct {
        product(&id)
    }
}

struct CatalogMutation;

#[Object(name = "Mutation")]
impl CatalogMutation {
    async fn rename(&self, id: ID, name: String) -> CatalogProduct {
        CatalogProduct {
            name,
            ..product(&id)
        }
    }
    async fn restock(&self) -> Option<i32> {
        Some(7)
    }
}

/// A review of a product.
#[derive(SimpleObject, Clone)]
struct Review {
    number: usize,
    text: String,
    product: ReviewedProduct,
}

/// A product, as far as reviews know it.
#[derive(SimpleObject, Clone)]
#[graphql(name = "Product", complex)]
struct ReviewedProduct {
    id: ID,
}

#[async_graphql::ComplexObject]
impl ReviewedProduct {
    async fn reviews(&self) -> Vec<Review> {
        vec![review(1, &self.id)]
    }
}

fn review(number: usize, id: &ID) -> Review {
    Review {
        number,
        text: format!("review {number}"),
        product: ReviewedProduct { id: id.clone() },
    }
}

struct ReviewsQuery;

#[Object(name = "Query")]
impl ReviewsQuery {
    async fn newest_review(&self) -> Review {
        review(1, &"1".into())
    }
    #[graphql(entity)]
    async fn find_product(&self, id: ID) -> ReviewedProduct {
        ReviewedProduct { id }
    }
}

struct ReviewsSubscription;

#[Subscription(name = "Subscription")]
impl ReviewsSubscription {
    /// That many reviews, then the end; without a number, none and no end.
    async fn reviewed(&self, count: Option<usize>) -> impl Stream<Item = Review> {
        match count {
            Some(count) => stream::iter((1..=count).map(|n| review(n, &"1".into()))).boxed(),
            None => stream::pending().boxed(),
        }
    }
    /// One review after another, large ones, for as long as somebody listens.
    async fn torrent(&self) -> impl Stream<Item = Review> {
        stream::unfold(1_usize, |number| async move {
            // A source with a pace of its own: faster than its readers.
            tokio::time::sleep(Duration::from_micros(200)).await;
            let mut review = review(number, &"1".into());
            review.text = "x".repeat(16_384);
            Some((review, number + 1))
        })
    }
    /// The token that came along.
    async fn token(&self, ctx: &Context<'_>) -> impl Stream<Item = String> {
        let told = ctx.data_unchecked::<Told>().clone();
        stream::iter([told.authorization.unwrap_or_default()])
    }
    async fn my_reviews(&self) -> impl Stream<Item = Review> {
        stream::iter([review(1, &"1".into())])
    }
}

type Catalog = Schema<CatalogQuery, CatalogMutation, EmptySubscription>;
type Reviews = Schema<ReviewsQuery, async_graphql::EmptyMutation, ReviewsSubscription>;

/// Both subgraphs.
#[derive(Clone)]
pub(crate) struct Subgraphs {
    catalog: Catalog,
    reviews: Reviews,
    pub(crate) edition: Edition,
}

impl Subgraphs {
    pub(crate) fn new() -> Self {
        let edition = Edition::default();
        Self {
            edition: edition.clone(),
            catalog: Schema::build(CatalogQuery, CatalogMutation, EmptySubscription)
                .data(edition)
                .enable_federation()
                .finish(),
            reviews: Schema::build(
                ReviewsQuery,
                async_graphql::EmptyMutation,
                ReviewsSubscription,
            )
            .enable_federation()
            .enable_subscription_in_federation()
            .finish(),
        }
    }

    /// The supergraph, with guards put on some fields.
    pub(crate) fn supergraph() -> String {
        let these = Self::new();
        let export = || async_graphql::SDLExportOptions::new().federation();
        let catalog = these
            .catalog
            .sdl_with_options(export())
            .replace("mine: String", "mine: String @authenticated")
            .replace(
                "restock: Int",
                r#"restock: Int @requiresScopes(scopes: [["inventory:write"]])"#,
            )
            .replace(
                "): [Product!]!",
                r#"): [Product!]! @listSize(slicingArguments: ["first"], assumedSize: 20)"#,
            );
        let reviews = these
            .reviews
            .sdl_with_options(export())
            .replace("myReviews: Review!", "myReviews: Review! @authenticated");
        schema::compose(&[
            ("catalog", &catalog, "http://catalog.invalid/graphql"),
            ("reviews", &reviews, "http://reviews.invalid/graphql"),
        ])
        .unwrap()
    }

    /// Serves both on loopback and gives their URLs by name.
    pub(crate) async fn serve(&self) -> BTreeMap<String, String> {
        let mut urls = BTreeMap::new();
        for name in ["catalog", "reviews"] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/graphql", listener.local_addr().unwrap());
            urls.insert(name.to_owned(), url);
            let app = self.app(name);
            tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        }
        urls
    }

    /// What serves one of them.
    pub(crate) fn app(&self, name: &'static str) -> Router {
        Router::new()
            .route("/graphql", get(socket).post(post))
            .with_state((self.clone(), name))
    }

    async fn run(&self, subgraph: &str, request: Request) -> Bytes {
        let response = match subgraph {
            "catalog" => self.catalog.execute(request).await,
            "reviews" => self.reviews.execute(request).await,
            other => panic!("no subgraph {other}"),
        };
        serde_json::to_vec(&response).unwrap().into()
    }
}

impl InProcess for Subgraphs {
    fn execute<'a>(
        &'a self,
        subgraph: &'a str,
        call: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, SubgraphAnswer> {
        Box::pin(async move {
            // A spawn from here must land in the main runtime.
            tokio::spawn(async {}).await.unwrap();
            let variables = Variables::from_json(serde_json::from_slice(&call.variables).unwrap());
            let told = Told {
                authorization: call.authorization.map(ToOwned::to_owned),
                address: Some(call.client_address.to_string()),
                traceparent: call.traceparent,
            };
            self.run(
                subgraph,
                Request::new(call.query).variables(variables).data(told),
            )
            .await
            .into()
        })
    }
}

type Served = (Subgraphs, &'static str);

fn told(headers: &HeaderMap) -> Told {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    Told {
        authorization: text("authorization"),
        address: text(serving::CLIENT_ADDRESS)
            .inspect(|address| assert!(address.parse::<IpAddr>().is_ok(), "{address}")),
        traceparent: text("traceparent"),
    }
}

async fn post(
    State((subgraphs, name)): State<Served>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request: Request = serde_json::from_slice(&body).unwrap();
    let body = subgraphs.run(name, request.data(told(&headers))).await;
    Response::builder()
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

async fn socket(
    State((subgraphs, _)): State<Served>,
    headers: HeaderMap,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response {
    let reviews = subgraphs.reviews.clone();
    let told = Arc::new(told(&headers));
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .on_upgrade(move |socket| async move {
            GraphQLWebSocket::new(socket, reviews, protocol)
                .on_connection_init(move |payload: serde_json::Value| async move {
                    let mut told = told.as_ref().clone();
                    let given = payload
                        .get("headers")
                        .and_then(|headers| headers.get("authorization"))
                        .or_else(|| payload.get("authorization"))
                        .and_then(serde_json::Value::as_str);
                    told.authorization = given.map(ToOwned::to_owned).or(told.authorization);
                    let mut data = Data::default();
                    data.insert(told);
                    Ok(data)
                })
                .serve()
                .await;
        })
}
