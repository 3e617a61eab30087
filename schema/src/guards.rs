//! Makes guards and costs reach composition, however a subgraph's text brings them along.
//!
//! graphql-composition knows `@cost` and `@listSize` only where nobody imports or defines them,
//! `@authenticated` and `@requiresScopes` only where the federation link imports them.

use std::borrow::Cow;

const BUILT_IN: [&str; 2] = ["@cost", "@listSize"];
const IMPORTED: [&str; 2] = ["@authenticated", "@requiresScopes"];

/// The same SDL with definitions of the four directives dropped and the imports put right.
pub(crate) fn arrange(sdl: &str) -> String {
    let mut text: Cow<'_, str> = Cow::Owned(without_definitions(&without_extension_descriptions(sdl)));
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
    text.into_owned()
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

/// The same SDL without descriptions of extensions, which GraphQL's grammar does not have: async-graphql describes root
/// types in that form. A block string opens and closes on lines of its own.
fn without_extension_descriptions(sdl: &str) -> String {
    let mut kept = String::with_capacity(sdl.len());
    let mut block = String::new();
    let mut inside = false;
    for line in sdl.lines() {
        let fence = line == "\"\"\"";
        if fence || inside {
            block.push_str(line);
            block.push('\n');
            inside ^= fence;
            continue;
        }
        if !line.starts_with("extend ") {
            kept.push_str(&block);
        }
        block.clear();
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

/// Definitions stand on one line each in the SDL that subgraphs export.
fn without_definitions(sdl: &str) -> String {
    let defines = |line: &str| {
        line.trim_start()
            .strip_prefix("directive ")
            .is_some_and(|rest| {
                let name = rest.split(['(', ' ']).next().unwrap_or_default();
                BUILT_IN.contains(&name) || IMPORTED.contains(&name)
            })
    };
    sdl.lines()
        .filter(|line| !defines(line))
        .flat_map(|line| [line, "\n"])
        .collect()
}
