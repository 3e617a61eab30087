//! Completes a composed supergraph: says of the root types which subgraphs define them, and of
//! lists how long they are.
//!
//! graphql-composition renders `Query`, `Mutation` and `Subscription` without `@join__type`, and
//! the router's planner finds no way into a subgraph whose root type does not name it.

use std::collections::BTreeSet;

use graphql_parser::schema::{
    Definition, Directive, Document, Field, ObjectType, TypeDefinition, Value, parse_schema,
};

use crate::CompositionErrors;

const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];

/// Adds `@join__type(graph: …)` to each root type: to `Query` for every subgraph, since each of
/// them has `_entities` there, to the others for the subgraphs that their fields name.
pub(crate) fn complete_roots(supergraph: &str) -> Result<String, CompositionErrors> {
    let mut document = parse_schema::<String>(supergraph)
        .map_err(|error| CompositionErrors::one(format!("the supergraph is not SDL: {error}")))?;
    let graphs = graphs(&document)?;
    for definition in &mut document.definitions {
        if let Definition::TypeDefinition(TypeDefinition::Object(object)) = definition
            && ROOTS.contains(&object.name.as_str())
        {
            complete(object, &graphs);
        }
        if let Definition::TypeDefinition(TypeDefinition::Object(object)) = definition {
            object.fields.iter_mut().for_each(measure);
        }
    }
    Ok(document.to_string())
}

/// The members of `join__Graph`, one for each subgraph.
fn graphs(document: &Document<'_, String>) -> Result<BTreeSet<String>, CompositionErrors> {
    document
        .definitions
        .iter()
        .find_map(|definition| match definition {
            Definition::TypeDefinition(TypeDefinition::Enum(found))
                if found.name == "join__Graph" =>
            {
                Some(
                    found
                        .values
                        .iter()
                        .map(|value| value.name.clone())
                        .collect(),
                )
            }
            _ => None,
        })
        .ok_or_else(|| CompositionErrors::one("the supergraph has no join__Graph"))
}

fn complete(object: &mut ObjectType<'_, String>, graphs: &BTreeSet<String>) {
    let all_fields_marked = object
        .fields
        .iter()
        .all(|field| owners(field).next().is_some());
    let mine: BTreeSet<String> = if object.name == "Query" || !all_fields_marked {
        graphs.clone()
    } else {
        object
            .fields
            .iter()
            .flat_map(owners)
            .map(str::to_owned)
            .collect()
    };
    object
        .directives
        .retain(|directive| directive.name != "join__type");
    for graph in mine {
        object.directives.push(Directive {
            position: object.position,
            name: "join__type".to_owned(),
            arguments: vec![("graph".to_owned(), Value::Enum(graph))],
        });
    }
}

/// The graphs that a root field's `@join__field`s name.
fn owners<'f>(field: &'f Field<'_, String>) -> impl Iterator<Item = &'f str> {
    field
        .directives
        .iter()
        .filter(|directive| directive.name == "join__field")
        .flat_map(|directive| &directive.arguments)
        .filter_map(|(name, value)| match value {
            Value::Enum(graph) if name == "graph" => Some(graph.as_str()),
            _ => None,
        })
}

/// The router's planner takes an assumed size over the arguments that slice a list, and refuses an
/// operation with none of them. A list that is sliced is as long as asked for, else of the
/// router's default length.
fn measure(field: &mut Field<'_, String>) {
    for directive in &mut field.directives {
        if directive.name != "listSize" {
            continue;
        }
        let arguments = &mut directive.arguments;
        if arguments.iter().any(|(name, value)| {
            name == "slicingArguments" && !matches!(value, Value::List(none) if none.is_empty())
        }) {
            arguments
                .retain(|(name, _)| name != "assumedSize" && name != "requireOneSlicingArgument");
            arguments.push((
                "requireOneSlicingArgument".to_owned(),
                Value::Boolean(false),
            ));
        }
    }
}
