//! Makes guards and costs reach composition, however a subgraph's text brings them along.
//!
//! graphql-composition knows `@cost` and `@listSize` only where nobody imports or defines them,
//! `@authenticated` and `@requiresScopes` only where the federation link imports them.

use std::borrow::Cow;

const BUILT_IN: [&str; 2] = ["@cost", "@listSize"];
const IMPORTED: [&str; 2] = ["@authenticated", "@requiresScopes"];

/// The same SDL with definitions of the four directives dropped and the imports put right.
pub(crate) fn arrange(sdl: &str) -> String {
    let mut text: Cow<'_, str> = Cow::Owned(without_definitions(sdl));
    let mut from = 0;
    while let Some(start) = find(&text, from, "import:") {
        let Some(open) = find(&text, start, "[") else {
            break;
        };
        let Some(close) = find(&text, open, "]") else {
            break;
        };
        // The URL stands in the same `@link(…)`, before or after its imports.
        let link = text[..start].rfind("@link").unwrap_or(0);
        let end = find(&text, close, ")").unwrap_or(text.len());
        let federation = text[link..end].contains("specs.apollo.dev/federation/");
        let list = imports(&text[open + 1..close], federation);
        let replaced = format!("{}[{list}]{}", &text[..open], &text[close + 1..]);
        from = open + list.len() + 2;
        text = Cow::Owned(replaced);
    }
    with_integer_weights(&text)
}

/// `@cost(weight: "5")`, as the IBM specification and async-graphql write it, in the integers that
/// composition and router read.
fn with_integer_weights(sdl: &str) -> String {
    let mut parts = sdl.split("@cost(weight: \"");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("@cost(weight: ");
        match part.split_once('"') {
            Some((weight, rest)) => text.extend([weight, rest]),
            None => text.push_str(part),
        }
    }
    text
}

fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    text.get(from..)?.find(what).map(|at| from + at)
}

fn imports(list: &str, federation: bool) -> String {
    let mut names: Vec<&str> = list
        .split([',', '\n', ' ', '\t'])
        .map(|name| name.trim().trim_matches('"'))
        .filter(|name| !name.is_empty() && !BUILT_IN.contains(name) && !IMPORTED.contains(name))
        .collect();
    if federation {
        names.extend(IMPORTED);
    }
    names
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The same SDL without definitions of the four directives, and without descriptions of those and of extensions, which
/// GraphQL's grammar does not have. Definitions and the fences of block strings stand on lines of their own in the SDL
/// that subgraphs export.
fn without_definitions(sdl: &str) -> String {
    let mut kept = String::with_capacity(sdl.len());
    let mut description = String::new();
    let mut inside = false;
    for line in sdl.lines() {
        let fence = line.trim() == "\"\"\"";
        if fence || inside {
            description.push_str(line);
            description.push('\n');
            inside ^= fence;
            continue;
        }
        let defined = is_definition(line);
        if !defined && !line.starts_with("extend ") {
            kept.push_str(&description);
        }
        description.clear();
        if !defined {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn is_definition(line: &str) -> bool {
    line.trim_start()
        .strip_prefix("directive ")
        .is_some_and(|rest| {
            let name = rest.split(['(', ' ']).next().unwrap_or_default();
            BUILT_IN.contains(&name) || IMPORTED.contains(&name)
        })
}
