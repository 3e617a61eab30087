//! What a client can see of a supergraph: its types without the machinery of federation.

use std::collections::BTreeMap;

use graphql_parser::schema::{
    Definition, Directive, Field, InputValue, Type, TypeDefinition, parse_schema,
};

/// A text that should be a supergraph is not GraphQL SDL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a GraphQL schema: {0}")]
pub struct SchemaTextError(pub(crate) String);

/// One type as clients see it.
#[derive(Debug)]
pub(crate) enum Shape {
    Scalar,
    /// Objects and interfaces: their fields, and the interfaces that they implement.
    Fields {
        interface: bool,
        fields: BTreeMap<String, FieldShape>,
        implements: Vec<String>,
    },
    Union(Vec<String>),
    Enum(Vec<String>),
    Input(BTreeMap<String, InputShape>),
}

impl Shape {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Fields {
                interface: true, ..
            } => "interface",
            Self::Fields { .. } => "object type",
            Self::Union(_) => "union",
            Self::Enum(_) => "enum",
            Self::Input(_) => "input type",
        }
    }
}

#[derive(Debug)]
pub(crate) struct FieldShape {
    pub(crate) ty: Wrapped,
    pub(crate) arguments: BTreeMap<String, InputShape>,
}

#[derive(Debug)]
pub(crate) struct InputShape {
    pub(crate) ty: Wrapped,
    pub(crate) default: Option<String>,
}

impl InputShape {
    pub(crate) fn required(&self) -> bool {
        matches!(self.ty, Wrapped::NonNull(_)) && self.default.is_none()
    }
}

/// A type reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrapped {
    Named(String),
    List(Box<Self>),
    NonNull(Box<Self>),
}

impl Wrapped {
    /// Whether a client that read values of type `self` can read values of type `new`.
    pub(crate) fn output_holds(&self, new: &Self) -> bool {
        match (self, new) {
            (Self::NonNull(old), Self::NonNull(new)) | (Self::List(old), Self::List(new)) => {
                old.output_holds(new)
            }
            (Self::NonNull(_), _) => false,
            (old, Self::NonNull(new)) => old.output_holds(new),
            (Self::Named(old), Self::Named(new)) => old == new,
            _ => false,
        }
    }

    /// Whether values that a client sent for type `self` are accepted for type `new`.
    pub(crate) fn input_holds(&self, new: &Self) -> bool {
        match (self, new) {
            (Self::NonNull(old), Self::NonNull(new)) | (Self::List(old), Self::List(new)) => {
                old.input_holds(new)
            }
            (_, Self::NonNull(_)) => false,
            (Self::NonNull(old), new) => old.input_holds(new),
            // A single value is coerced into a list of one, but a variable of its type is not.
            (Self::Named(old), Self::Named(new)) => old == new,
            _ => false,
        }
    }
}

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}

/// All types that clients can see, by name.
pub(crate) fn surface(supergraph: &str) -> Result<BTreeMap<String, Shape>, SchemaTextError> {
    let document =
        parse_schema::<String>(supergraph).map_err(|error| SchemaTextError(error.to_string()))?;
    let mut types = BTreeMap::new();
    for definition in &document.definitions {
        let Definition::TypeDefinition(found) = definition else {
            continue;
        };
        if let Some((name, shape)) = shape(found) {
            types.insert(name, shape);
        }
    }
    Ok(types)
}

fn shape(definition: &TypeDefinition<'_, String>) -> Option<(String, Shape)> {
    let (name, directives, shape) = match definition {
        TypeDefinition::Scalar(found) => (&found.name, &found.directives, Shape::Scalar),
        TypeDefinition::Object(found) => (
            &found.name,
            &found.directives,
            Shape::Fields {
                interface: false,
                fields: fields(&found.fields),
                implements: found.implements_interfaces.clone(),
            },
        ),
        TypeDefinition::Interface(found) => (
            &found.name,
            &found.directives,
            Shape::Fields {
                interface: true,
                fields: fields(&found.fields),
                implements: found.implements_interfaces.clone(),
            },
        ),
        TypeDefinition::Union(found) => (
            &found.name,
            &found.directives,
            Shape::Union(found.types.clone()),
        ),
        TypeDefinition::Enum(found) => (
            &found.name,
            &found.directives,
            Shape::Enum(
                found
                    .values
                    .iter()
                    .filter(|value| visible(&value.directives))
                    .map(|value| value.name.clone())
                    .collect(),
            ),
        ),
        TypeDefinition::InputObject(found) => (
            &found.name,
            &found.directives,
            Shape::Input(inputs(&found.fields)),
        ),
    };
    let internal = ["join__", "link__", "core__", "extension__"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    (!internal && visible(directives)).then(|| (name.clone(), shape))
}

fn visible(directives: &[Directive<'_, String>]) -> bool {
    !directives
        .iter()
        .any(|directive| directive.name == "inaccessible")
}

fn fields(found: &[Field<'_, String>]) -> BTreeMap<String, FieldShape> {
    found
        .iter()
        .filter(|field| visible(&field.directives))
        .map(|field| {
            let shape = FieldShape {
                ty: wrapped(&field.field_type),
                arguments: inputs(&field.arguments),
            };
            (field.name.clone(), shape)
        })
        .collect()
}

fn inputs(found: &[InputValue<'_, String>]) -> BTreeMap<String, InputShape> {
    found
        .iter()
        .filter(|input| visible(&input.directives))
        .map(|input| {
            let shape = InputShape {
                ty: wrapped(&input.value_type),
                default: input.default_value.as_ref().map(ToString::to_string),
            };
            (input.name.clone(), shape)
        })
        .collect()
}

fn wrapped(ty: &Type<'_, String>) -> Wrapped {
    match ty {
        Type::NamedType(name) => Wrapped::Named(name.clone()),
        Type::ListType(inner) => Wrapped::List(Box::new(wrapped(inner))),
        Type::NonNullType(inner) => Wrapped::NonNull(Box::new(wrapped(inner))),
    }
}
