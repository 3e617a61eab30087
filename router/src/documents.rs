//! Refuses documents that are small to send and vast to answer, before hive-router works on them.
//!
//! hive-router writes fragments out where they are spread, and bounds neither that nor the nesting of
//! introspection: a few hundred bytes of fragments that spread one another would take gigabytes.

use std::collections::HashMap;

use hive_router::graphql_tools::{
    static_graphql::query::{Definition, Document, OperationDefinition, Selection, SelectionSet},
    validation::utils::ValidationError,
};

/// Fields of introspection that lead from one type to many. Tools nest them twice.
const LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
const NESTED_LISTS: usize = 2;

/// Fields with one name in a document. Validation compares each with each.
const OF_ONE_NAME: usize = 200;

/// What one selection set comes to when its fragments are written out.
#[derive(Clone, Copy, Default)]
struct Weight {
    selections: usize,
    /// How many of `LISTS` are nested in one another.
    lists: usize,
}

/// Why the document is not worked on.
pub(crate) fn refuse(document: &Document, most_selections: usize) -> Option<ValidationError> {
    let mut scale = Scale::of(document);
    let mut all = Weight::default();
    for definition in &document.definitions {
        if let Definition::Operation(operation) = definition {
            let weight = scale.weigh(match operation {
                OperationDefinition::SelectionSet(set) => set,
                OperationDefinition::Query(query) => &query.selection_set,
                OperationDefinition::Mutation(mutation) => &mutation.selection_set,
                OperationDefinition::Subscription(subscription) => &subscription.selection_set,
            });
            all.selections = all.selections.saturating_add(weight.selections);
            all.lists = all.lists.max(weight.lists);
        }
    }
    let (message, error_code) = if all.selections > most_selections {
        (
            format!("more than {most_selections} selections, fragments written out"),
            "MAX_SELECTIONS_EXCEEDED",
        )
    } else if scale.names.values().any(|count| *count > OF_ONE_NAME) {
        (
            format!("more than {OF_ONE_NAME} fields have the same name"),
            "MAX_SELECTIONS_EXCEEDED",
        )
    } else if all.lists > NESTED_LISTS {
        (
            "introspection nests fields of fields too deep".to_owned(),
            "MAX_INTROSPECTION_EXCEEDED",
        )
    } else {
        return None;
    };
    Some(ValidationError {
        locations: Vec::new(),
        message,
        error_code,
    })
}

struct Scale<'d> {
    fragments: HashMap<&'d str, Fragment<'d>>,
    /// How often each name stands in the document.
    names: HashMap<&'d str, usize>,
}

enum Fragment<'d> {
    Unknown(&'d SelectionSet),
    /// Being weighed: spread in itself, which validation refuses afterwards.
    Open,
    Weighed(Weight),
}

impl<'d> Scale<'d> {
    fn of(document: &'d Document) -> Self {
        let fragments = document
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                Definition::Fragment(fragment) => Some((
                    fragment.name.as_str(),
                    Fragment::Unknown(&fragment.selection_set),
                )),
                Definition::Operation(_) => None,
            })
            .collect();
        Self {
            fragments,
            names: HashMap::new(),
        }
    }

    /// Each fragment is weighed once, so this takes no longer than the document is.
    fn weigh(&mut self, set: &'d SelectionSet) -> Weight {
        let mut all = Weight::default();
        for selection in &set.items {
            let weight = match selection {
                Selection::Field(field) => {
                    let name = field.alias.as_ref().unwrap_or(&field.name);
                    *self.names.entry(name).or_default() += 1;
                    let mut inner = self.weigh(&field.selection_set);
                    inner.lists +=
                        usize::from(LISTS.contains(&field.name.as_str()) && inner.selections > 0);
                    inner
                }
                Selection::InlineFragment(inline) => self.weigh(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    self.weigh_fragment(spread.fragment_name.as_str())
                }
            };
            all.selections = all
                .selections
                .saturating_add(weight.selections)
                .saturating_add(1);
            all.lists = all.lists.max(weight.lists);
        }
        all
    }

    fn weigh_fragment(&mut self, name: &str) -> Weight {
        let set = match self.fragments.get_mut(name) {
            Some(Fragment::Weighed(weight)) => return *weight,
            Some(found @ Fragment::Unknown(_)) => match std::mem::replace(found, Fragment::Open) {
                Fragment::Unknown(set) => set,
                Fragment::Open | Fragment::Weighed(_) => return Weight::default(),
            },
            Some(Fragment::Open) | None => return Weight::default(),
        };
        let weight = self.weigh(set);
        if let Some(found) = self.fragments.get_mut(name) {
            *found = Fragment::Weighed(weight);
        }
        weight
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use hive_router::graphql_tools::parser::parse_query;

    use super::*;

    fn code(query: &str) -> Option<&'static str> {
        let document = parse_query::<String>(query).unwrap().into_static();
        refuse(&document, 1_000).map(|error| error.error_code)
    }

    /// Fragments that spread the next one `width` times, `levels` deep.
    fn laughs(levels: usize, width: usize) -> String {
        let mut query = String::from("{ ...f0 }");
        for level in 0..levels {
            let spreads = format!(" ...f{}", level + 1).repeat(width);
            write!(query, " fragment f{level} on Query {{{spreads} }}").unwrap();
        }
        query + &format!(" fragment f{levels} on Query {{ __typename }}")
    }

    #[test]
    fn fragments_are_counted_as_often_as_they_are_spread() {
        assert_eq!(code(&laughs(2, 20)), None);
        assert_eq!(code(&laughs(3, 20)), Some("MAX_SELECTIONS_EXCEEDED"));
        assert_eq!(
            code(&laughs(60, 20)),
            Some("MAX_SELECTIONS_EXCEEDED"),
            "without overflow"
        );
        let different = |count: usize| {
            (0..count).fold(String::from("{"), |mut query, n| {
                write!(query, " a{n}").unwrap();
                query
            }) + "}"
        };
        assert_eq!(code(&different(1_000)), None);
        assert_eq!(code(&different(1_001)), Some("MAX_SELECTIONS_EXCEEDED"));
        assert_eq!(code(&format!("{{ {} }}", "a ".repeat(200))), None);
        assert_eq!(
            code(&format!("{{ {} }}", "a ".repeat(201))),
            Some("MAX_SELECTIONS_EXCEEDED")
        );
        assert_eq!(
            code(&laughs(3, 20).replace('{', "{ x: a ")),
            Some("MAX_SELECTIONS_EXCEEDED")
        );
    }

    #[test]
    fn fragments_in_a_circle_are_left_to_validation() {
        assert_eq!(
            code("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"),
            None
        );
        assert_eq!(code("{ ...missing }"), None);
    }

    #[test]
    fn introspection_goes_as_deep_as_tools_need() {
        let nested = |levels: usize| {
            let inner = (0..levels).fold("name".to_owned(), |inner, _| {
                format!("name fields {{ type {{ ofType {{ {inner} }} }} }}")
            });
            format!("{{ __schema {{ types {{ {inner} }} }} }}")
        };
        assert_eq!(code(&nested(2)), None);
        assert_eq!(code(&nested(3)), Some("MAX_INTROSPECTION_EXCEEDED"));
        let through_fragments = "{ __schema { types { ...a } } }
            fragment a on __Type { fields { type { ...b } } }
            fragment b on __Type { interfaces { ...c } }
            fragment c on __Type { possibleTypes { name } }";
        assert_eq!(code(through_fragments), Some("MAX_INTROSPECTION_EXCEEDED"));
        assert_eq!(
            code("{ fields { fields { fields } } }"),
            None,
            "the innermost is a leaf"
        );
    }
}
