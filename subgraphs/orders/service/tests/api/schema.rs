//! The schema as text: every description is there, and the federation's marks.

use orders::Orders;
use serving::Subgraph;

/// Lines that describe nothing of ours: the schema's own head, and what its types are marked with.
const APART: [&str; 7] = [
    "@",
    "schema",
    "extend schema",
    "directive",
    "url:",
    "import:",
    ")",
];

#[test]
fn everything_is_described() {
    let sdl = Orders::sdl();
    let mut described = false;
    let mut bare = Vec::new();
    let mut inside = false;
    for line in sdl.lines() {
        let text = line.trim();
        if text.is_empty() || text == "}" {
            inside &= text != "}";
            described = false;
        } else if text.starts_with("\"\"\"") {
            inside = if text.len() > 3 && text.ends_with("\"\"\"") {
                inside
            } else {
                !inside
            };
            described = true;
        } else if !inside && !described && !APART.iter().any(|start| text.starts_with(start)) {
            bare.push(text.to_owned());
        } else if !inside {
            described = false;
        }
    }
    // The roots belong to the whole graph, and the scalars to `serving`.
    let shared = [
        "type Query",
        "type Mutation",
        "type Subscription",
        "scalar ",
    ];
    bare.retain(|line| !shared.iter().any(|start| line.starts_with(start)));
    assert_eq!(bare, Vec::<String>::new(), "without a description");
}

#[test]
fn roots_and_keys_are_marked_for_composition() {
    let sdl = Orders::sdl();
    for mark in [
        "@key(fields: \"id\")",
        "@key(fields: \"id\", resolvable: false)",
        "@requiresScopes",
        "@authenticated",
        "type Subscription",
        "orderEvents(",
        "interface UserError",
        "@oneOf",
    ] {
        assert!(sdl.contains(mark), "{mark} is missing from\n{sdl}");
    }
}
