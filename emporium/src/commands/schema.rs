//! `emporium schema`: the graph's schema, composed from the subgraphs' and compared with the released one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serving::Subgraph;

const RELEASED: &str = "released/supergraph.graphql";

fn folder() -> Result<PathBuf, String> {
    let folder = Path::new("schema");
    if folder.join("Cargo.toml").exists() {
        Ok(folder.to_owned())
    } else {
        Err("run this in the project's root, where the folder schema/ is".to_owned())
    }
}

fn subgraphs() -> Vec<(&'static str, String)> {
    vec![
        (users::Users::NAME, users::Users::sdl()),
        (products::Products::NAME, products::Products::sdl()),
        (orders::Orders::NAME, orders::Orders::sdl()),
        (payments::Payments::NAME, payments::Payments::sdl()),
    ]
}

fn supergraph(subgraphs: &[(&'static str, String)]) -> Result<String, String> {
    let parts: Vec<(&str, &str, &str)> = subgraphs
        .iter()
        .map(|(name, sdl)| (*name, sdl.as_str(), "http://127.0.0.1/graphql"))
        .collect();
    schema::compose(&parts).map_err(|error| error.to_string())
}

/// Writes the schema files, or only compares them.
pub(crate) fn compose(check: bool) -> Result<(), String> {
    let folder = folder()?;
    let subgraphs = subgraphs();
    // The subgraphs' own texts come first: they help to see why a composition fails.
    for (name, sdl) in &subgraphs {
        keep(&folder, &format!("{name}.graphql"), sdl, check)?;
    }
    keep(
        &folder,
        "supergraph.graphql",
        &supergraph(&subgraphs)?,
        check,
    )
}

/// Writes a file unless it is current, or fails when it is not and `check` says to change nothing.
fn keep(folder: &Path, name: &str, text: &str, check: bool) -> Result<(), String> {
    let file = folder.join(name);
    if fs::read_to_string(&file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    if check {
        return Err(format!(
            "schema/{name} is not current; run `cargo run -- schema compose` and commit it"
        ));
    }
    fs::write(&file, text).map_err(|error| format!("cannot write schema/{name}: {error}"))?;
    println!("wrote schema/{name}");
    Ok(())
}

/// Compares the composed schema with the released one.
pub(crate) fn check_schema() -> Result<(), String> {
    let folder = folder()?;
    let read = |name: &str| {
        fs::read_to_string(folder.join(name))
            .map_err(|error| format!("cannot read schema/{name}: {error}"))
    };
    let changes = schema::check_breaking(&read(RELEASED)?, &read("supergraph.graphql")?)
        .map_err(|error| error.to_string())?;
    for change in &changes {
        println!("{}: {}", change.path, change.detail);
    }
    if changes.is_empty() {
        println!("no breaking change since the last release");
        Ok(())
    } else {
        Err(format!(
            "{} breaking changes; deprecate instead, or release with `emporium schema release`",
            changes.len()
        ))
    }
}

/// Makes the composed schema the released one.
pub(crate) fn release_schema() -> Result<(), String> {
    let folder = folder()?;
    fs::create_dir_all(folder.join("released"))
        .and_then(|()| fs::copy(folder.join("supergraph.graphql"), folder.join(RELEASED)))
        .map_err(|error| format!("cannot write schema/{RELEASED}: {error}"))?;
    println!("wrote schema/{RELEASED}");
    Ok(())
}
