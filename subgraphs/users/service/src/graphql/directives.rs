//! What the router is told of a field: who may ask for it and what it costs.

use async_graphql::TypeDirective;

/// Only for signed-in users.
#[TypeDirective(location = "FieldDefinition")]
pub(crate) fn authenticated() {}

/// What one of it costs.
#[TypeDirective(location = "FieldDefinition", name = "cost")]
pub(crate) fn cost(weight: String) {}

/// How long the list is.
#[TypeDirective(location = "FieldDefinition", name = "listSize")]
pub(crate) fn list_size(
    assumed_size: Option<i32>,
    slicing_arguments: Option<Vec<String>>,
    sized_fields: Option<Vec<String>>,
    require_one_slicing_argument: Option<bool>,
) {
}

/// The names of arguments or fields, for a directive.
pub(crate) fn names(names: [&str; 2]) -> Vec<String> {
    names.map(ToOwned::to_owned).to_vec()
}
