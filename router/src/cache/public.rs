//! Which operations' answers may be kept: queries whose every field stands in the list below.
//!
//! A field stands here if its value is public, the same for everybody who holds no scope, read from the database of
//! products, and changed by nothing that is not announced as `product.changed`. Not here, for that reason: stock (it
//! changes with every order), categories (their changes are not announced, and filters look into their tree), and search
//! (its index follows the events later than the router hears them). A field that is new is not kept until it is added.

use std::collections::HashMap;

use graphql_parser::schema::{Definition, ParseError, Type, TypeDefinition, parse_schema};
use hive_router::query_planner::{
    ast::{
        operation::OperationDefinition, selection_item::SelectionItem, selection_set::SelectionSet,
    },
    state::supergraph_state::OperationKind,
};

/// A field and the arguments that it may be given.
type Field = (&'static str, &'static [&'static str]);

const PUBLIC: &[(&str, &[Field])] = &[
    (
        "Query",
        &[
            ("product", &["by"]),
            ("products", &["after", "before", "first", "last", "sort"]),
        ],
    ),
    (
        "Product",
        &[
            ("brand", &[]),
            ("createdAt", &[]),
            ("description", &[]),
            ("id", &[]),
            ("images", &[]),
            ("name", &[]),
            ("options", &[]),
            ("price", &[]),
            ("priceRange", &[]),
            ("publishedAt", &[]),
            ("slug", &[]),
            ("state", &[]),
            ("updatedAt", &[]),
            ("variants", &[]),
            ("version", &[]),
        ],
    ),
    (
        "Variant",
        &[
            ("id", &[]),
            ("name", &[]),
            ("options", &[]),
            ("price", &[]),
            ("product", &[]),
            ("sku", &[]),
        ],
    ),
    (
        "ProductConnection",
        &[
            ("edges", &[]),
            ("nodes", &[]),
            ("pageInfo", &[]),
            ("totalCount", &[]),
        ],
    ),
    ("ProductEdge", &[("cursor", &[]), ("node", &[])]),
    (
        "ProductImage",
        &[("alt", &[]), ("height", &[]), ("url", &[]), ("width", &[])],
    ),
    ("ProductOption", &[("name", &[]), ("values", &[])]),
    ("SelectedOption", &[("name", &[]), ("value", &[])]),
    ("PriceRange", &[("from", &[]), ("to", &[])]),
    (
        "Money",
        &[
            ("currency", &[]),
            ("decimal", &[]),
            ("exponent", &[]),
            ("units", &[]),
        ],
    ),
    (
        "PageInfo",
        &[
            ("endCursor", &[]),
            ("hasNextPage", &[]),
            ("hasPreviousPage", &[]),
            ("startCursor", &[]),
        ],
    ),
];

/// The public fields of a graph, with the types that they give.
pub(crate) struct Public(HashMap<&'static str, HashMap<&'static str, Given>>);

struct Given {
    of: String,
    arguments: &'static [&'static str],
}

impl Public {
    /// Looks the fields up in a supergraph. What it does not have is not public.
    pub(crate) fn of(supergraph: &str) -> Result<Self, ParseError> {
        let document = parse_schema::<String>(supergraph)?;
        let mut types: HashMap<&'static str, HashMap<&'static str, Given>> = HashMap::new();
        for definition in &document.definitions {
            let Definition::TypeDefinition(TypeDefinition::Object(object)) = definition else {
                continue;
            };
            let Some((name, fields)) = PUBLIC.iter().find(|(name, _)| *name == object.name) else {
                continue;
            };
            for (field, arguments) in *fields {
                if let Some(found) = object.fields.iter().find(|found| found.name == *field) {
                    let given = Given {
                        of: named(&found.field_type).to_owned(),
                        arguments,
                    };
                    types.entry(name).or_default().insert(field, given);
                }
            }
        }
        Ok(Self(types))
    }

    /// Whether all that an operation selects is public.
    pub(crate) fn covers(&self, operation: &OperationDefinition) -> bool {
        matches!(operation.operation_kind, None | Some(OperationKind::Query))
            && !operation.selection_set.items.is_empty()
            && self.covers_all("Query", &operation.selection_set)
    }

    fn covers_all(&self, parent: &str, set: &SelectionSet) -> bool {
        set.items.iter().all(|item| match item {
            SelectionItem::Field(field) if field.name == "__typename" => true,
            SelectionItem::Field(field) => self
                .0
                .get(parent)
                .and_then(|fields| fields.get(field.name.as_str()))
                .is_some_and(|given| {
                    let known = field.arguments.iter().all(|arguments| {
                        arguments
                            .keys()
                            .all(|name| given.arguments.contains(&name.as_str()))
                    });
                    known && self.covers_all(&given.of, &field.selections)
                }),
            // On an object type there is no other type to ask for.
            SelectionItem::InlineFragment(inline) => {
                inline.type_condition == parent && self.covers_all(parent, &inline.selections)
            }
            SelectionItem::FragmentSpread(_) => false,
        })
    }
}

fn named<'t>(of: &'t Type<'_, String>) -> &'t str {
    match of {
        Type::NamedType(name) => name,
        Type::ListType(inner) | Type::NonNullType(inner) => named(inner),
    }
}

#[cfg(test)]
mod tests {
    use graphql_parser::schema::ObjectType;
    use hive_router::graphql_tools::parser::query::{Definition as Part, parse_query};

    use super::*;

    fn object<'d>(
        document: &'d graphql_parser::schema::Document<'d, String>,
        name: &str,
    ) -> &'d ObjectType<'d, String> {
        document
            .definitions
            .iter()
            .find_map(|definition| match definition {
                Definition::TypeDefinition(TypeDefinition::Object(object))
                    if object.name == name =>
                {
                    Some(object)
                }
                _ => None,
            })
            .unwrap_or_else(|| panic!("no type {name}"))
    }

    #[test]
    fn the_list_fits_the_graph_and_names_nothing_that_is_guarded_or_of_another_subgraph() {
        let document = parse_schema::<String>(schema::SUPERGRAPH).unwrap();
        for (name, fields) in PUBLIC {
            let object = object(&document, name);
            let guarded = |directives: &[graphql_parser::schema::Directive<'_, String>]| {
                directives.iter().any(|directive| {
                    matches!(directive.name.as_str(), "authenticated" | "requiresScopes")
                })
            };
            assert!(!guarded(&object.directives), "{name}");
            for (field, arguments) in *fields {
                let found = object
                    .fields
                    .iter()
                    .find(|found| found.name == *field)
                    .unwrap_or_else(|| panic!("no field {name}.{field}"));
                assert!(!guarded(&found.directives), "{name}.{field}");
                for argument in *arguments {
                    assert!(
                        found.arguments.iter().any(|known| known.name == *argument),
                        "{name}.{field}({argument}:)"
                    );
                }
                let elsewhere = found.directives.iter().any(|directive| {
                    directive.name == "join__field"
                        && directive
                            .arguments
                            .iter()
                            .any(|(name, value)| name == "graph" && value.to_string() != "PRODUCTS")
                });
                assert!(!elsewhere, "{name}.{field} is of another subgraph");
            }
        }
    }

    fn covered(query: &str) -> bool {
        let public = Public::of(schema::SUPERGRAPH).unwrap();
        let document = parse_query::<String>(query).unwrap().into_static();
        let Some(Part::Operation(operation)) = document.definitions.into_iter().next() else {
            panic!("no operation");
        };
        public.covers(&operation.into())
    }

    #[test]
    fn what_is_public_and_what_is_not() {
        for public in [
            r#"{ product(by: { slug: "a" }) { id name price { units currency } variants { sku options { name value } } } }"#,
            "query Q($n: Int) { products(first: $n, sort: NAME) { nodes { slug ... on Product { name } __typename } pageInfo { hasNextPage } } }",
        ] {
            assert!(covered(public), "{public}");
        }
        for private in [
            "{ me { id } }",
            "{ products { nodes { id } } me { id } }",
            r#"{ cart(token: "x") { id } }"#,
            r#"{ product(by: { slug: "a" }) { variants { stock { available } } } }"#,
            r#"{ product(by: { slug: "a" }) { categories { name } } }"#,
            "query Q($f: ProductFilter) { products(filter: $f) { nodes { id } } }",
            r#"{ searchProducts(query: "lamp") { nodes { id } } }"#,
            "{ products { nodes { ... on Variant { id } } } }",
            "{ __typename ...x }",
            "mutation { logOut { ended } }",
            "subscription { orderEvents(orderId: 1) { version } }",
        ] {
            assert!(!covered(private), "{private}");
        }
    }
}
