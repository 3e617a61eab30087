//! A list of objects answers as a `Vec` of them does, and waits for all of them together.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
use money::Currency;
use serde_json::Value;
use serving::graphql::{Money, Objects};
use tokio::sync::Barrier;

const THINGS: usize = 4;

struct Query;

#[derive(Clone)]
struct Thing(i32);

fn even(number: i32) -> Result<i32, String> {
    match number % 2 {
        0 => Ok(number),
        _ => Err(format!("{number} is odd")),
    }
}

#[Object]
impl Thing {
    async fn id(&self) -> i32 {
        self.0
    }

    async fn price(&self) -> Option<Money> {
        (self.0 > 0).then(|| money::Money::new(self.0.into(), Currency::USD).into())
    }

    async fn later(&self) -> i32 {
        tokio::task::yield_now().await;
        self.0
    }

    async fn even(&self) -> Result<i32, String> {
        even(self.0)
    }

    async fn even_later(&self) -> Result<Option<i32>, String> {
        tokio::task::yield_now().await;
        even(self.0).map(Some)
    }

    async fn plus(&self, number: i32) -> i32 {
        self.0.saturating_add(number)
    }

    async fn parts(&self) -> Objects<'_, Self> {
        Objects::Owned(vec![self.clone(); 2])
    }

    /// Comes when all things of the list have been asked.
    async fn together(&self, ctx: &async_graphql::Context<'_>) -> i32 {
        ctx.data_unchecked::<Barrier>().wait().await;
        self.0
    }
}

#[Object]
impl Query {
    async fn listed(&self) -> Vec<Thing> {
        (0..).take(THINGS).map(Thing).collect()
    }

    async fn objects(&self) -> Objects<'_, Thing> {
        Objects::Owned((0..).take(THINGS).map(Thing).collect())
    }
}

/// The data, and the errors in the order of their places.
async fn ask(query: &str) -> (Value, Vec<String>) {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription)
        .data(Barrier::new(THINGS))
        .finish();
    let answer = serde_json::to_value(schema.execute(query).await).unwrap();
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    let mut errors: Vec<_> = errors
        .iter()
        .map(|error| error["path"].to_string())
        .collect();
    errors.sort();
    (answer["data"].clone(), errors)
}

#[tokio::test]
async fn what_is_at_hand_what_waits_and_what_fails_come_out_as_from_a_vec() {
    for selection in [
        "id price { units exponent currency decimal }",
        "__typename id other: id price { __typename units }",
        "id later plus(number: 3) more: plus(number: 4)",
        "id even",
        "evenLater id",
        "parts { id later parts { id } even }",
        "id ... on Thing { later } ...rest",
        "id @skip(if: true) later @include(if: true)",
        "id id price { units } price { currency }",
    ] {
        let query = |root: &str| {
            format!(
                "{{ things: {root} {{ {selection} }} }} {}",
                if selection.contains("...rest") {
                    "fragment rest on Thing { price { units } }"
                } else {
                    ""
                }
            )
        };
        let (wanted, wrong) = ask(&query("listed")).await;
        assert!(
            wanted.is_object() || !wrong.is_empty(),
            "{selection}: {wanted}"
        );
        assert_eq!(ask(&query("objects")).await, (wanted, wrong), "{selection}");
    }
}

#[tokio::test]
async fn the_fields_of_all_objects_wait_together() {
    let (data, errors) = ask("{ objects { id together } }").await;
    assert_eq!(errors, [""; 0]);
    assert_eq!(data["objects"][THINGS - 1]["together"], 3);
}

#[test]
fn the_schema_says_list() {
    let sdl = Schema::new(Query, EmptyMutation, EmptySubscription).sdl();
    assert!(sdl.contains("objects: [Thing!]!"), "{sdl}");
    assert!(sdl.contains("price: Money\n"), "{sdl}");
}
