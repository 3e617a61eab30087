//! Enforces `@authenticated` and `@requiresScopes` before anything runs. Each subgraph guards its
//! fields itself as well; this saves the way there, and says in the schema what is needed.

use std::collections::HashMap;

use fault::Fault;
use graphql_parser::schema::{
    Definition, Directive, Document, TypeDefinition, Value, parse_schema,
};
use hive_router::plugins::hooks::on_graphql_analysis::Selection;
use identity::{Scope, Viewer};

/// What it takes to see a thing: all of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Requirement {
    authenticated: bool,
    /// Every inner list of any of them is enough; an unknown scope is one that nobody has.
    scopes: Vec<Vec<Option<Scope>>>,
}

/// The guarded types and fields of the graph.
#[derive(Default)]
pub(crate) struct Guards {
    types: HashMap<String, Requirement>,
    fields: HashMap<String, HashMap<String, Requirement>>,
}

impl Guards {
    /// Reads the directives of a supergraph.
    pub(crate) fn of(supergraph: &str) -> Result<Self, graphql_parser::schema::ParseError> {
        let document = parse_schema::<String>(supergraph)?;
        Ok(Self::read(&document))
    }

    fn read(document: &Document<'_, String>) -> Self {
        let mut guards = Self::default();
        for definition in &document.definitions {
            let Definition::TypeDefinition(definition) = definition else {
                continue;
            };
            let (name, directives, fields) = match definition {
                TypeDefinition::Object(found) => {
                    (&found.name, &found.directives, found.fields.as_slice())
                }
                TypeDefinition::Interface(found) => {
                    (&found.name, &found.directives, found.fields.as_slice())
                }
                TypeDefinition::Scalar(found) => (&found.name, &found.directives, [].as_slice()),
                TypeDefinition::Enum(found) => (&found.name, &found.directives, [].as_slice()),
                _ => continue,
            };
            if let Some(requirement) = Requirement::of(directives) {
                guards.types.insert(name.clone(), requirement);
            }
            for field in fields {
                if let Some(requirement) = Requirement::of(&field.directives) {
                    guards
                        .fields
                        .entry(name.clone())
                        .or_default()
                        .insert(field.name.clone(), requirement);
                }
            }
        }
        guards
    }

    /// Whether nothing is guarded.
    pub(crate) fn is_empty(&self) -> bool {
        self.types.is_empty() && self.fields.is_empty()
    }

    /// Why `viewer` may not select this.
    pub(crate) fn refuse(&self, selection: &Selection<'_>, viewer: &Viewer) -> Option<Fault> {
        match selection {
            Selection::Field(field) => self
                .fields
                .get(field.parent_type_name)
                .and_then(|fields| fields.get(field.field_name))
                .and_then(|requirement| requirement.refuse(viewer))
                .or_else(|| self.refuse_type(field.output_type_name, viewer)),
            Selection::Fragment(fragment) => self.refuse_type(fragment.type_condition, viewer),
        }
    }

    fn refuse_type(&self, name: &str, viewer: &Viewer) -> Option<Fault> {
        self.types
            .get(name)
            .and_then(|requirement| requirement.refuse(viewer))
    }
}

impl Requirement {
    fn of(directives: &[Directive<'_, String>]) -> Option<Self> {
        let mut requirement = Self::default();
        for directive in directives {
            match directive.name.as_str() {
                "authenticated" => requirement.authenticated = true,
                "requiresScopes" => {
                    let scopes = directive
                        .arguments
                        .iter()
                        .find(|(name, _)| name == "scopes")
                        .map(|(_, value)| alternatives(value))
                        .unwrap_or_default();
                    requirement.scopes.extend(scopes);
                    requirement.authenticated = true;
                }
                _ => {}
            }
        }
        (requirement != Self::default()).then_some(requirement)
    }

    fn refuse(&self, viewer: &Viewer) -> Option<Fault> {
        if let Err(fault) = viewer.user() {
            return self.authenticated.then_some(fault);
        }
        let holds = |scope: &Option<Scope>| scope.is_some_and(|scope| viewer.has(scope));
        let enough = self.scopes.is_empty()
            || self
                .scopes
                .iter()
                .any(|alternative| alternative.iter().all(holds));
        (!enough).then(Fault::forbidden)
    }
}

fn alternatives(value: &Value<'_, String>) -> Vec<Vec<Option<Scope>>> {
    items(value)
        .iter()
        .map(|alternative| {
            items(alternative)
                .iter()
                .map(|name| match name {
                    Value::String(name) => {
                        Scope::ALL.into_iter().find(|scope| scope.name() == name)
                    }
                    _ => None,
                })
                .collect()
        })
        .collect()
}

fn items<'v, 'a>(value: &'v Value<'a, String>) -> &'v [Value<'a, String>] {
    match value {
        Value::List(items) => items,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use clock::Timestamp;
    use fault::Code;
    use hive_router::plugins::hooks::on_graphql_analysis::{FieldInfo, TypeConditionInfo};
    use identity::{Scopes, User};
    use uuid::Uuid;

    use super::*;

    const GRAPH: &str = r#"
        type Query {
            open: Int
            me: User @authenticated
            users: [User] @requiresScopes(scopes: [["users:manage"]])
            either: Int @requiresScopes(scopes: [["orders:manage"], ["payments:manage", "users:manage"]])
            never: Int @requiresScopes(scopes: [["moon:walk"]])
            secret: Secret
        }
        type User { name: String }
        type Secret @authenticated { text: String }
    "#;

    fn viewer(scopes: &[Scope]) -> Viewer {
        Viewer::User(User {
            id: Uuid::from_u128(1),
            session_id: Uuid::from_u128(2),
            scopes: scopes
                .iter()
                .fold(Scopes::NONE, |all, scope| all.with(*scope)),
            expires_at: Timestamp::from_millis(0),
        })
    }

    fn code(field: &str, viewer: &Viewer) -> Option<Code> {
        let guards = Guards::of(GRAPH).unwrap();
        let selection = Selection::Field(FieldInfo {
            response_key: field,
            field_name: field,
            parent_type_name: "Query",
            output_type_name: if field == "secret" { "Secret" } else { "Int" },
            is_non_null: false,
        });
        guards.refuse(&selection, viewer).map(|fault| fault.code())
    }

    #[test]
    fn guards_hold() {
        let (nobody, customer) = (Viewer::Anonymous, viewer(&[]));
        assert_eq!(code("open", &nobody), None);
        for field in ["me", "users", "either", "never", "secret"] {
            assert_eq!(code(field, &nobody), Some(Code::Unauthenticated), "{field}");
        }
        assert_eq!(code("me", &customer), None);
        assert_eq!(code("secret", &customer), None);
        assert_eq!(code("users", &customer), Some(Code::Forbidden));
        assert_eq!(code("users", &viewer(&[Scope::UsersManage])), None);
        assert_eq!(
            code("either", &viewer(&[Scope::UsersManage])),
            Some(Code::Forbidden)
        );
        assert_eq!(code("either", &viewer(&[Scope::OrdersManage])), None);
        assert_eq!(
            code(
                "either",
                &viewer(&[Scope::UsersManage, Scope::PaymentsManage])
            ),
            None
        );
        assert_eq!(code("never", &viewer(&Scope::ALL)), Some(Code::Forbidden));
    }

    #[test]
    fn a_fragment_on_a_guarded_type_is_guarded() {
        let guards = Guards::of(GRAPH).unwrap();
        let fragment = Selection::Fragment(TypeConditionInfo {
            type_condition: "Secret",
            parent_type_name: "Query",
        });
        assert!(guards.refuse(&fragment, &Viewer::Anonymous).is_some());
        assert!(guards.refuse(&fragment, &viewer(&[])).is_none());
        assert!(Guards::of("type Query { a: Int }").unwrap().is_empty());
    }
}
