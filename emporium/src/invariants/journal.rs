//! What shoppers were answered: one JSON object a line, written and synced before the shopper goes on.

use serde::Deserialize;
use serving::graphql::global_id;
use uuid::Uuid;

use super::Facts;

/// One answer that a shopper received. Ids are those of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answered {
    /// `register` answered with this user.
    Registered {
        /// The id of the `User`.
        user: String,
    },
    /// `placeOrder` answered with this order.
    Placed {
        /// The id of the `Order`.
        order: String,
    },
    /// `confirmPayment` answered that the payment of this order succeeded.
    Paid {
        /// The id of the `Order`.
        order: String,
    },
    /// `cancelOrder` answered that this order is cancelled.
    Cancelled {
        /// The id of the `Order`.
        order: String,
    },
}

impl Answered {
    /// Reads a journal; a last line that was cut off by a crash of the shopper is passed over.
    pub(crate) fn read(lines: &[String]) -> Result<Vec<Self>, String> {
        let mut answers = Vec::with_capacity(lines.len());
        for (index, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            match serde_json::from_str(line) {
                Ok(answer) => answers.push(answer),
                Err(_) if index + 1 == lines.len() => {}
                Err(error) => {
                    return Err(format!(
                        "line {} of the journal is no answer: {error}",
                        index + 1
                    ));
                }
            }
        }
        Ok(answers)
    }

    /// What was lost of this answer, if anything was.
    pub(crate) fn lost(&self, facts: &Facts) -> Option<String> {
        let key = |kind: &str, id: &str| global_id::decode(kind, &id.into()).ok();
        match self {
            Self::Registered { user } => {
                let known = key("User", user).is_some_and(|user| facts.users.contains(&user));
                (!known).then(|| format!("user {user} was registered and is gone"))
            }
            Self::Placed { order } => {
                let known =
                    key("Order", order).is_some_and(|order| facts.orders.contains_key(&order));
                (!known).then(|| format!("order {order} was placed and is gone"))
            }
            Self::Paid { order } => {
                let order_id = key("Order", order);
                let paid = facts.payments.values().any(|payment| {
                    Some(payment.order_id) == order_id && payment.status == "succeeded"
                });
                (!paid).then(|| format!("order {order} was paid, but its payment is not"))
            }
            Self::Cancelled { order } => {
                let status = key("Order", order)
                    .and_then(|order: Uuid| facts.orders.get(&order))
                    .map(|order| &order.status);
                let kept = status.is_some_and(|status| status == "CANCELLED");
                (!kept).then(|| format!("order {order} was cancelled, but is {status:?}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_last_line_is_passed_over_and_no_other() {
        let whole = r#"{"answer":"placed","order":"x"}"#.to_owned();
        let cut = r#"{"answer":"pla"#.to_owned();
        assert_eq!(
            Answered::read(&[whole.clone(), cut.clone()]).unwrap().len(),
            1
        );
        assert!(Answered::read(&[cut, whole.clone()]).is_err());
        assert!(
            Answered::read(&[whole]).unwrap()[0]
                .lost(&Facts::default())
                .is_some()
        );
    }
}
