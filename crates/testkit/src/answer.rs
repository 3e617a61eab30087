//! What a GraphQL operation answered.

use serde_json::Value;

/// The answer to an operation, as JSON.
#[derive(Clone, Debug)]
pub struct Answer(pub Value);

impl Answer {
    /// The data; fails the test when there are errors.
    pub fn data(&self) -> &Value {
        assert!(self.errors().is_empty(), "unexpected errors: {:#}", self.0);
        &self.0["data"]
    }

    /// The value at a JSON pointer below `data`, such as `/placeOrder/order/id`; fails the test when there are errors.
    pub fn at(&self, pointer: &str) -> &Value {
        self.data()
            .pointer(pointer)
            .unwrap_or_else(|| panic!("nothing at {pointer} in {:#}", self.0))
    }

    /// The text at a JSON pointer below `data`.
    pub fn text(&self, pointer: &str) -> String {
        self.at(pointer)
            .as_str()
            .unwrap_or_else(|| panic!("no text at {pointer} in {:#}", self.0))
            .to_owned()
    }

    /// The thrown errors.
    pub fn errors(&self) -> &[Value] {
        self.0["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The code of the first thrown error; fails the test when there is none.
    pub fn code(&self) -> &str {
        self.errors()
            .first()
            .and_then(|error| error["extensions"]["code"].as_str())
            .unwrap_or_else(|| panic!("no error with a code in {:#}", self.0))
    }
}
