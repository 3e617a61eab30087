//! What a newer supergraph breaks for clients written against an older one.

use std::collections::BTreeMap;
use std::fmt;

use crate::surface::{FieldShape, InputShape, SchemaTextError, Shape, surface};

/// One change that can break an operation which the older supergraph accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakingChange {
    /// Which kind of change.
    pub kind: ChangeKind,
    /// Where: `Type`, `Type.field`, `Type.field(argument:)` or `Enum.VALUE`.
    pub path: String,
    /// What changed, in words.
    pub detail: String,
}

impl fmt::Display for BreakingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.detail)
    }
}

/// The kinds of breaking change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A type is gone.
    TypeRemoved,
    /// A type is of another kind (an object became a union, say).
    TypeKindChanged,
    /// A field is gone.
    FieldRemoved,
    /// A field returns another type, or may now be null.
    FieldTypeChanged,
    /// An argument is gone.
    ArgumentRemoved,
    /// An argument accepts less than before.
    ArgumentTypeChanged,
    /// An argument must now be given.
    ArgumentRequired,
    /// What leaving the argument out means has changed.
    ArgumentDefaultChanged,
    /// An input field is gone.
    InputFieldRemoved,
    /// An input field accepts less than before.
    InputFieldTypeChanged,
    /// An input field must now be given.
    InputFieldRequired,
    /// What leaving the input field out means has changed.
    InputFieldDefaultChanged,
    /// An enum value is gone.
    EnumValueRemoved,
    /// A type left a union.
    UnionMemberRemoved,
    /// A type no longer implements an interface.
    InterfaceRemoved,
}

/// Compares two supergraphs, each a text as `compose` gives it. Additions are no break.
pub fn check_breaking(
    old_supergraph: &str,
    new_supergraph: &str,
) -> Result<Vec<BreakingChange>, SchemaTextError> {
    let (old, new) = (surface(old_supergraph)?, surface(new_supergraph)?);
    let mut found = Found::default();
    for (name, before) in &old {
        match new.get(name) {
            Some(after) => found.compare(name, before, after),
            None => found.push(
                ChangeKind::TypeRemoved,
                name,
                format!("the {} is gone", before.kind()),
            ),
        }
    }
    Ok(found.changes)
}

#[derive(Default)]
struct Found {
    changes: Vec<BreakingChange>,
}

impl Found {
    fn push(&mut self, kind: ChangeKind, path: impl Into<String>, detail: impl Into<String>) {
        self.changes.push(BreakingChange {
            kind,
            path: path.into(),
            detail: detail.into(),
        });
    }

    fn compare(&mut self, name: &str, before: &Shape, after: &Shape) {
        match (before, after) {
            (Shape::Scalar, Shape::Scalar) => {}
            (
                Shape::Fields {
                    interface: old_interface,
                    fields: old,
                    implements: old_implements,
                },
                Shape::Fields {
                    interface: new_interface,
                    fields: new,
                    implements: new_implements,
                },
            ) if old_interface == new_interface => {
                self.fields(name, old, new);
                for gone in missing(old_implements, new_implements) {
                    let detail = format!("no longer implements {gone}");
                    self.push(ChangeKind::InterfaceRemoved, name, detail);
                }
            }
            (Shape::Union(old), Shape::Union(new)) => {
                for gone in missing(old, new) {
                    let detail = format!("{gone} left the union");
                    self.push(ChangeKind::UnionMemberRemoved, name, detail);
                }
            }
            (Shape::Enum(old), Shape::Enum(new)) => {
                for gone in missing(old, new) {
                    let path = format!("{name}.{gone}");
                    self.push(ChangeKind::EnumValueRemoved, path, "the value is gone");
                }
            }
            (Shape::Input(old), Shape::Input(new)) => {
                self.inputs(old, new, &INPUT_FIELD, |field| format!("{name}.{field}"));
            }
            _ => {
                let detail = format!("the {} became a {}", before.kind(), after.kind());
                self.push(ChangeKind::TypeKindChanged, name, detail);
            }
        }
    }

    fn fields(
        &mut self,
        name: &str,
        old: &BTreeMap<String, FieldShape>,
        new: &BTreeMap<String, FieldShape>,
    ) {
        for (field, before) in old {
            let path = format!("{name}.{field}");
            let Some(after) = new.get(field) else {
                self.push(ChangeKind::FieldRemoved, path, "the field is gone");
                continue;
            };
            if !before.ty.output_holds(&after.ty) {
                let detail = format!("{} became {}", before.ty, after.ty);
                self.push(ChangeKind::FieldTypeChanged, path.clone(), detail);
            }
            self.inputs(&before.arguments, &after.arguments, &ARGUMENT, |argument| {
                format!("{path}({argument}:)")
            });
        }
    }

    fn inputs(
        &mut self,
        old: &BTreeMap<String, InputShape>,
        new: &BTreeMap<String, InputShape>,
        kinds: &InputKinds,
        path: impl Fn(&str) -> String,
    ) {
        for (name, before) in old {
            let Some(after) = new.get(name) else {
                self.push(
                    kinds.removed,
                    path(name),
                    format!("the {} is gone", kinds.noun),
                );
                continue;
            };
            if !before.required() && after.required() {
                let detail = format!("the {} must now be given", kinds.noun);
                self.push(kinds.required, path(name), detail);
            } else if !before.ty.input_holds(&after.ty) {
                let detail = format!("{} became {}", before.ty, after.ty);
                self.push(kinds.ty, path(name), detail);
            } else if before.default.is_some() && before.default != after.default {
                let now = after.default.as_deref().unwrap_or("none");
                let was = before.default.as_deref().unwrap_or("none");
                let detail = format!("its default was {was} and is {now}");
                self.push(kinds.default, path(name), detail);
            }
        }
        for (name, added) in new {
            if !old.contains_key(name) && added.required() {
                let detail = format!("a new {} that must be given", kinds.noun);
                self.push(kinds.required, path(name), detail);
            }
        }
    }
}

struct InputKinds {
    noun: &'static str,
    removed: ChangeKind,
    ty: ChangeKind,
    required: ChangeKind,
    default: ChangeKind,
}

const ARGUMENT: InputKinds = InputKinds {
    noun: "argument",
    removed: ChangeKind::ArgumentRemoved,
    ty: ChangeKind::ArgumentTypeChanged,
    required: ChangeKind::ArgumentRequired,
    default: ChangeKind::ArgumentDefaultChanged,
};

const INPUT_FIELD: InputKinds = InputKinds {
    noun: "input field",
    removed: ChangeKind::InputFieldRemoved,
    ty: ChangeKind::InputFieldTypeChanged,
    required: ChangeKind::InputFieldRequired,
    default: ChangeKind::InputFieldDefaultChanged,
};

fn missing<'a>(old: &'a [String], new: &[String]) -> Vec<&'a String> {
    old.iter().filter(|name| !new.contains(name)).collect()
}
