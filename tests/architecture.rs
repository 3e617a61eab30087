//! The house rules that a machine can check: who depends on whom, purity, rooms, names and sizes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

const SUBGRAPHS: [&str; 4] = ["users", "products", "orders", "payments"];

/// Each line may use only the lines below it. Names with `*` stand for one of [`SUBGRAPHS`].
const LAYERS: [&[&str]; 6] = [
    &["emporium", "system-tests"],
    &["router", "*"],
    &["schema", "migrations", "serving"],
    &["identity", "messaging", "database", "telemetry"],
    &["*-domain", "events", "fault"],
    &["money", "clock"],
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array_mut()
        .unwrap()
        .drain(..)
        .collect()
}

/// The crates of ours and others that each package uses, outside its tests.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    packages()
        .iter()
        .map(|package| {
            let uses = package["dependencies"].as_array().unwrap().iter();
            let uses = uses
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), uses)
        })
        .collect()
}

fn layer(package: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| {
        layer.iter().any(|name| match name.strip_prefix('*') {
            None => *name == package,
            Some(suffix) => package
                .strip_suffix(suffix)
                .is_some_and(|noun| SUBGRAPHS.contains(&noun)),
        })
    })
}

#[test]
fn a_crate_uses_only_the_lines_below_it() {
    let uses = uses();
    for (package, used) in &uses {
        let Some(own) = layer(package) else { continue };
        for name in used.iter().filter(|name| uses.contains_key(*name)) {
            let below = layer(name).is_some_and(|theirs| theirs > own);
            // The whole shop holds everything, the stand-in for Stripe and the test kit too; messaging stands on the
            // database it keeps its tables in, and a domain on nothing but the two at the bottom.
            let beside = match package.as_str() {
                "messaging" => ["database", "telemetry"].contains(&name.as_str()),
                _ => layer(package) == Some(0),
            };
            assert!(below || beside, "{package} must not depend on {name}");
        }
    }
}

#[test]
fn only_the_whole_shop_knows_the_stripe_emulator() {
    for (package, used) in uses() {
        let may = ["emporium", "system-tests"].contains(&package.as_str());
        assert!(
            may || !used.contains("stripe-emulator"),
            "{package} must not depend on stripe-emulator"
        );
        assert!(
            package == "system-tests" || !used.contains("testkit"),
            "{package} must not depend on testkit"
        );
    }
}

#[test]
fn domain_crates_are_pure() {
    let allowed: BTreeSet<String> = ["money", "clock", "thiserror", "serde", "uuid"]
        .map(String::from)
        .into();
    let uses = uses();
    for subgraph in SUBGRAPHS {
        let used = &uses[&format!("{subgraph}-domain")];
        assert!(
            used.is_subset(&allowed),
            "{subgraph}-domain depends on {:?}",
            used.difference(&allowed)
        );
    }
}

#[test]
fn all_subgraphs_have_the_same_rooms() {
    let rooms: BTreeSet<&str> = [
        "lib.rs",
        "app.rs",
        "config.rs",
        "tables",
        "store",
        "commands",
        "graphql",
        "consumers",
        "jobs",
        "adapters",
        "demo",
        "metrics.rs",
    ]
    .into();
    for subgraph in SUBGRAPHS {
        let home = root().join("subgraphs").join(subgraph);
        for needed in [
            "README.md",
            "domain/src/lib.rs",
            "service/config.default.toml",
            "service/src/app.rs",
            "service/tests/api",
        ] {
            assert!(home.join(needed).exists(), "{subgraph} lacks {needed}");
        }
        for entry in fs::read_dir(home.join("service/src")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                rooms.contains(name.as_str()),
                "{subgraph} has a room of its own name: service/src/{name}"
            );
        }
        let readme = fs::read_to_string(home.join("README.md")).unwrap();
        for heading in [
            "Owns",
            "Keys",
            "Emits",
            "Consumes",
            "Invariants",
            "Configuration",
            "Tests",
        ] {
            assert!(
                readme.contains(heading),
                "{subgraph}/README.md says nothing of {heading}"
            );
        }
    }
}

#[test]
fn only_commands_open_a_transaction() {
    for subgraph in SUBGRAPHS {
        for other in ["graphql", "consumers", "jobs", "store"] {
            let folder = root()
                .join("subgraphs")
                .join(subgraph)
                .join("service/src")
                .join(other);
            for file in rust_files(&folder) {
                let text = fs::read_to_string(&file).unwrap();
                assert!(
                    !text.contains(".write(|tx"),
                    "{} opens a transaction; only commands do",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn files_stay_short() {
    for file in rust_files(&root()) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        let tests = file
            .components()
            .any(|part| ["tests", "benches"].contains(&part.as_os_str().to_str().unwrap()));
        let limit = if tests { 600 } else { 400 };
        assert!(
            lines <= limit,
            "{} has {lines} lines; split it by noun or verb (limit {limit})",
            file.display()
        );
    }
}

#[test]
fn names_say_what_is_inside() {
    let forbidden = [
        "util", "utils", "common", "helper", "helpers", "misc", "manager", "base", "core",
    ];
    for file in rust_files(&root()) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let folder = file
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        for part in [name, folder] {
            assert!(
                !forbidden.contains(&part) && !part.ends_with("_impl"),
                "{} says nothing",
                file.display()
            );
        }
    }
}

#[test]
fn lib_and_mod_files_are_maps() {
    for file in rust_files(&root())
        .iter()
        .filter(|file| file.ends_with("lib.rs") || file.ends_with("mod.rs"))
    {
        if file
            .components()
            .any(|part| part.as_os_str() == "migrations" || part.as_os_str() == "tests")
        {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        for line in text.lines() {
            let code = !line.starts_with(' ') && line.contains(" fn ");
            assert!(
                !code && !line.contains("use self::*") && !line.ends_with("::*;"),
                "{}: `{line}`",
                file.display()
            );
        }
    }
}

/// All Rust files below `folder` that the project wrote.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !["target", "node_modules", ".git", "data"].contains(&name) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The root fields of a subgraph, with everything that stands behind each in its schema.
fn root_fields(subgraph: &str) -> Vec<(String, String)> {
    let path = root().join(format!("schema/{subgraph}.graphql"));
    let schema = fs::read_to_string(path).unwrap();
    // Descriptions stand between triple quotes, so they are every other part.
    let schema: String = schema.split("\"\"\"").step_by(2).collect();
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in schema.lines() {
        if !line.starts_with(char::is_whitespace) && !line.is_empty() {
            inside = ["type Query", "type Mutation", "type Subscription"]
                .iter()
                .any(|opening| line.starts_with(opening));
            continue;
        }
        let Some(text) = line.strip_prefix('\t').filter(|_| inside) else {
            continue;
        };
        let name: String = text
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect();
        if !name.is_empty() {
            fields.push((name, String::new()));
        }
        if let Some((_, rest)) = fields.last_mut() {
            rest.push_str(text);
        }
    }
    fields
}

/// Whether `text` names `field` as a field of an operation, or hands its name to something that writes one.
fn sends(text: &str, field: &str) -> bool {
    text.match_indices(field).any(|(at, _)| {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        let after = text[at + field.len()..].trim_start().chars().next();
        !before.is_alphanumeric()
            && !['_', '.'].contains(&before)
            && after.is_some_and(|after| ['(', '{', '"', '}'].contains(&after))
    })
}

#[test]
fn every_root_field_has_a_test_and_every_guard_a_refusal() {
    let mut missing = Vec::new();
    for subgraph in SUBGRAPHS {
        let tests = root()
            .join("subgraphs")
            .join(subgraph)
            .join("service/tests/api");
        let (mut texts, mut refusals) = (String::new(), String::new());
        for file in rust_files(&tests) {
            let text = fs::read_to_string(&file).unwrap();
            match file.file_name().and_then(|name| name.to_str()) {
                Some("refusals.rs") => refusals = text,
                _ => texts.push_str(&text),
            }
        }
        let fields = root_fields(subgraph);
        assert!(
            fields.len() > 4,
            "{subgraph} has hardly any field: {fields:?}"
        );
        for (field, behind) in fields {
            if !sends(&texts, &field) {
                missing.push(format!("{subgraph}: no test sends {field}"));
            }
            let guarded = behind.contains("@authenticated") || behind.contains("@requiresScopes");
            if guarded && !sends(&refusals, &field) {
                missing.push(format!("{subgraph}: tests/api/refusals.rs lacks {field}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn no_test_is_ignored_and_none_sleeps_without_a_reason() {
    // Put together here, so that this file does not find itself.
    let (ignored, sleep) = (["#[", "ignore"].concat(), ["time::", "sleep("].concat());
    for file in rust_files(&root()) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&ignored), "{}", file.display());
        let in_tests = file.components().any(|part| part.as_os_str() == "tests");
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if !in_tests || !line.contains(&sleep) {
                continue;
            }
            let reason = lines[number.saturating_sub(3)..number]
                .iter()
                .any(|line| line.trim_start().starts_with("//"));
            assert!(
                reason,
                "{}:{} sleeps; wait on a condition, or say in a comment why not",
                file.display(),
                number + 1
            );
        }
    }
}

#[test]
fn every_code_and_every_event_is_documented() {
    let errors = fs::read_to_string(root().join("docs/ERRORS.md")).unwrap();
    for code in fault::Code::ALL {
        let code = format!("`{}`", code.as_str());
        assert!(errors.contains(&code), "docs/ERRORS.md lacks {code}");
    }
    let documented = fs::read_to_string(root().join("docs/EVENTS.md")).unwrap();
    let mut kinds = 0;
    for file in rust_files(&root().join("crates/events/src")) {
        let text = fs::read_to_string(&file).unwrap();
        for kind in text.split('"').filter(|text| {
            text.rsplit_once('.')
                .is_some_and(|(_, version)| version == "v1")
        }) {
            kinds += 1;
            let kind = format!("`{kind}`");
            assert!(documented.contains(&kind), "docs/EVENTS.md lacks {kind}");
        }
    }
    assert!(kinds >= 27, "only {kinds} types of events were found");
}
