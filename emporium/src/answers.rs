//! What a subgraph in this process answers, handed to the router as it is: neither writes JSON for the other to read.

use std::borrow::Cow;

use async_graphql::{Name, Response, Value};
use router::{Data, SubgraphAnswer};

/// The answer as the router takes it. What has errors to tell is JSON, as it is from a subgraph elsewhere.
pub(crate) fn of(response: Response) -> SubgraphAnswer {
    if response.errors.is_empty()
        && response.extensions.is_empty()
        && response.data != Value::Null
        && let Some(names) = Names::of(&response.data)
    {
        return SubgraphAnswer::Data(data(response.data, &names));
    }
    SubgraphAnswer::Json(serde_json::to_vec(&response).unwrap_or_default().into())
}

/// The names of all fields in an answer, as it has them and as they are kept. There are few, so that looking through them is
/// quick.
struct Names(Vec<(Name, &'static str)>);

impl Names {
    /// None when there is one that cannot be kept.
    fn of(value: &Value) -> Option<Self> {
        let mut names = Self(Vec::with_capacity(16));
        names.learn(value).then_some(names)
    }

    fn learn(&mut self, value: &Value) -> bool {
        match value {
            Value::List(values) => values.iter().all(|value| self.learn(value)),
            Value::Object(fields) => fields.iter().all(|(name, value)| {
                if self.get(name).is_none() {
                    let Some(kept) = router::kept(name) else {
                        return false;
                    };
                    self.0.push((name.clone(), kept));
                }
                self.learn(value)
            }),
            _ => true,
        }
    }

    /// The objects of a list share their names, which are then found by their address.
    fn get(&self, name: &Name) -> Option<&'static str> {
        let mut known = self.0.iter();
        let found = known
            .find(|(known, _)| std::ptr::eq(known.as_str(), name.as_str()))
            .or_else(|| self.0.iter().find(|(known, _)| known == name));
        found.map(|(_, kept)| *kept)
    }
}

fn data(value: Value, names: &Names) -> Data<'static> {
    match value {
        Value::Null => Data::Null,
        Value::Boolean(is) => Data::Bool(is),
        Value::Number(number) => {
            if let Some(number) = number.as_u64() {
                Data::U64(number)
            } else if let Some(number) = number.as_i64() {
                Data::I64(number)
            } else {
                number.as_f64().map_or(Data::Null, Data::F64)
            }
        }
        Value::String(text) => Data::String(Cow::Owned(text)),
        Value::Enum(name) => Data::String(Cow::Owned(name.to_string())),
        Value::Binary(bytes) => {
            Data::Array(bytes.iter().map(|byte| Data::U64((*byte).into())).collect())
        }
        Value::List(values) => {
            Data::Array(values.into_iter().map(|value| data(value, names)).collect())
        }
        Value::Object(fields) => {
            let mut all = Vec::with_capacity(fields.len());
            for (name, value) in fields {
                all.extend(names.get(&name).map(|name| (name, data(value, names))));
            }
            all.sort_unstable_by_key(|(name, _)| *name);
            Data::Object(all)
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{ServerError, value};
    use serde_json::json;

    use super::*;

    fn json_of(answer: &SubgraphAnswer) -> serde_json::Value {
        match answer {
            SubgraphAnswer::Data(data) => serde_json::to_value(data).unwrap(),
            SubgraphAnswer::Json(_) => panic!("it is JSON"),
        }
    }

    #[test]
    fn data_is_what_its_json_would_be() {
        let mut all = value!({
            "text": "a \"quoted\" ☕ \u{1} text", "whole": 7, "below": -7, "most": 18_446_744_073_709_551_615_u64,
            "least": -9_223_372_036_854_775_808_i64, "part": 0.1, "no": null, "yes": true,
            "list": [[], [1, null, "x"], { "b": 1, "a": { "c": [] } }], "_entities": [{ "__typename": "Money", "z": 1 }]
        });
        let Value::Object(fields) = &mut all else {
            panic!("it is an object");
        };
        fields.insert(Name::new("state"), Value::Enum(Name::new("ACTIVE")));
        fields.insert(
            Name::new("bytes"),
            Value::Binary(bytes::Bytes::from_static(&[0, 255])),
        );
        let wanted = serde_json::to_value(&all).unwrap();
        assert_eq!(json_of(&of(Response::new(all))), wanted);
    }

    #[test]
    fn fields_are_in_the_order_of_their_names() {
        let SubgraphAnswer::Data(Data::Object(fields)) =
            of(Response::new(value!({ "b": 1, "c": 2, "a": 3 })))
        else {
            panic!("it is data");
        };
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn what_is_more_than_data_is_json() {
        let json = |response| match of(response) {
            SubgraphAnswer::Json(json) => serde_json::from_slice::<serde_json::Value>(&json),
            SubgraphAnswer::Data(_) => panic!("it is data"),
        };
        let failed = Response::from_errors(vec![ServerError::new("no", None)]);
        let failed = json(failed).unwrap();
        assert_eq!(failed["errors"][0]["message"], "no");
        let told = Response::new(value!({ "a": 1 })).extension("cost", value!(3));
        assert_eq!(
            json(told).unwrap(),
            json!({ "data": { "a": 1 }, "extensions": { "cost": 3 } })
        );
        assert_eq!(
            json(Response::new(Value::Null)).unwrap(),
            json!({ "data": null })
        );
        let long = Name::new("a".repeat(1_000));
        let long = Response::new(Value::Object([(long, Value::Null)].into_iter().collect()));
        assert!(json(long).unwrap()["data"].is_object());
    }
}
