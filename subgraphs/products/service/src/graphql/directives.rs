//! What the router is told of a field's cost.

use async_graphql::TypeDirective;

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
