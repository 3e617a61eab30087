//! Settings: compiled-in defaults, then a file, then the environment. The one place that reads the environment.
//!
//! Every key `K` can also be given as `K_FILE`, a path whose content is the value: that is how secrets are mounted.

use std::{collections::BTreeSet, fmt, path::Path};

use serde::{Deserialize, de::DeserializeOwned};
use toml::{Table, Value};

const PREFIX: &str = "EMPORIUM__";

/// What an operator set, by section. Defaults are not in here; they come with [`Settings::section`].
#[derive(Clone, Debug, Default)]
pub struct Settings {
    table: Table,
}

/// A setting that is wrong; the message says which and how to mend it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(String);

/// A value that is never printed: a key, a password.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Settings {
    /// Reads `file`, when one is given, and the variables `EMPORIUM__SECTION__KEY` of this process's environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingError> {
        let mut settings = Self::default();
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).map_err(|error| {
                SettingError(format!(
                    "cannot read the settings in {}: {error}",
                    file.display()
                ))
            })?;
            settings.table = text.parse().map_err(|error| {
                SettingError(format!("{} is not valid TOML: {error}", file.display()))
            })?;
        }
        settings.add_variables(std::env::vars())?;
        Ok(settings)
    }

    /// Adds variables such as `("EMPORIUM__ORDERS__TAX_BASIS_POINTS", "850")`; others are passed over.
    pub fn add_variables(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(), SettingError> {
        for (name, text) in variables {
            let Some(path) = name.strip_prefix(PREFIX) else {
                continue;
            };
            let keys: Vec<String> = path.split("__").map(str::to_lowercase).collect();
            if keys.len() < 2 || keys.iter().any(String::is_empty) {
                return Err(SettingError(format!(
                    "{name} names no setting; the form is {PREFIX}SECTION__KEY"
                )));
            }
            insert(&mut self.table, &keys, Value::String(text), &name)?;
        }
        Ok(())
    }

    /// Sets one key, such as `("orders", "deadline_ms", 500)`; for tests and the command line.
    #[must_use]
    pub fn with(mut self, section: &str, key: &str, value: impl Into<Value>) -> Self {
        let section = self
            .table
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(key.to_owned(), value.into());
        }
        self
    }

    /// These settings with `other` above them, key by key.
    #[must_use]
    pub fn above(mut self, other: Self) -> Self {
        merge(&mut self.table, other.table);
        self
    }

    /// The settings of `section`: its defaults, overlaid with what the operator set. Unknown keys are refused.
    pub fn section<T: DeserializeOwned>(
        &self,
        section: &str,
        defaults: &str,
    ) -> Result<T, SettingError> {
        let mut table: Table = defaults.parse().map_err(|error| {
            SettingError(format!(
                "the built-in defaults of [{section}] are broken: {error}"
            ))
        })?;
        if let Some(set) = self.table.get(section) {
            let Value::Table(set) = set else {
                return Err(SettingError(format!("[{section}] must be a table")));
            };
            overlay(&mut table, set, section)?;
        }
        table
            .try_into()
            .map_err(|error| SettingError(format!("in [{section}]: {}", error.to_string().trim())))
    }

    /// Refuses sections that nobody knows, so that a typing error does not pass in silence.
    pub fn only(&self, known: &[&str]) -> Result<(), SettingError> {
        let known: BTreeSet<&str> = known.iter().copied().collect();
        match self
            .table
            .keys()
            .find(|section| !known.contains(section.as_str()))
        {
            None => Ok(()),
            Some(section) => Err(SettingError(format!(
                "there is no section [{section}] of settings; known are {}",
                known.into_iter().collect::<Vec<_>>().join(", ")
            ))),
        }
    }
}

fn insert(
    table: &mut Table,
    keys: &[String],
    value: Value,
    name: &str,
) -> Result<(), SettingError> {
    match keys {
        [] => Ok(()),
        [key] => {
            table.insert(key.clone(), value);
            Ok(())
        }
        [key, rest @ ..] => match table
            .entry(key.clone())
            .or_insert_with(|| Value::Table(Table::new()))
        {
            Value::Table(inner) => insert(inner, rest, value, name),
            _ => Err(SettingError(format!(
                "{name} goes below `{key}`, which is a value and not a section"
            ))),
        },
    }
}

fn merge(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

fn overlay(defaults: &mut Table, set: &Table, at: &str) -> Result<(), SettingError> {
    for (key, value) in set {
        let here = format!("{at}.{key}");
        if let Some(meant) = in_file(defaults, key) {
            if set.contains_key(meant) {
                return Err(SettingError(format!(
                    "`{at}.{meant}` is set, and `{here}` too; keep one of them"
                )));
            }
            let value = read(value, &here)?;
            if let Some(default) = defaults.get_mut(meant) {
                *default = like(default, &value, &here)?;
            }
            continue;
        }
        match (defaults.get_mut(key), value) {
            (None, _) => {
                return Err(SettingError(format!(
                    "there is no setting `{here}`; see the defaults for what there is"
                )));
            }
            (Some(Value::Table(inner)), Value::Table(set)) => overlay(inner, set, &here)?,
            (Some(default), value) => *default = like(default, value, &here)?,
        }
    }
    Ok(())
}

/// The key whose value stands in the file that `key` names, when it does so: `secret_key` for `secret_key_file`. A setting
/// that is a path itself, such as `ca_file`, has a default of its own.
fn in_file<'a>(defaults: &Table, key: &'a str) -> Option<&'a str> {
    let meant = key.strip_suffix("_file")?;
    let value = !defaults.contains_key(key)
        && defaults
            .get(meant)
            .is_some_and(|default| !default.is_table());
    value.then_some(meant)
}

/// The content of the file that `path` names, without the newline at its end.
fn read(path: &Value, at: &str) -> Result<Value, SettingError> {
    let Value::String(path) = path else {
        return Err(SettingError(format!("`{at}` must be the path of a file")));
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        SettingError(format!("cannot read {path}, which `{at}` names: {error}"))
    })?;
    Ok(Value::String(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// `value` in the type of `default`: variables of the environment are always text.
fn like(default: &Value, value: &Value, at: &str) -> Result<Value, SettingError> {
    if default.same_type(value) {
        return Ok(value.clone());
    }
    if let Value::String(text) = value {
        // A whole number is good for a fraction too: 1 is 1.0.
        let parsed = [text.clone(), format!("{text}.0")]
            .iter()
            .filter_map(|text| {
                format!("value = {text}")
                    .parse::<Table>()
                    .ok()?
                    .remove("value")
            })
            .find(|parsed| default.same_type(parsed));
        if let Some(parsed) = parsed {
            return Ok(parsed);
        }
    }
    Err(SettingError(format!(
        "`{at}` must be a {}, such as {default}",
        default.type_str()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Orders {
        deadline_ms: u64,
        name: String,
        hosts: Vec<String>,
    }

    const DEFAULTS: &str = "deadline_ms = 900000\nname = \"shop\"\nhosts = []\n";

    fn with(variables: &[(&str, &str)]) -> Result<Orders, SettingError> {
        let mut settings = Settings::default();
        settings.add_variables(
            variables
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
        )?;
        settings.only(&["orders"])?;
        settings.section("orders", DEFAULTS)
    }

    #[test]
    fn the_environment_overlays_the_defaults() {
        let orders = with(&[
            ("EMPORIUM__ORDERS__DEADLINE_MS", "500"),
            ("EMPORIUM__ORDERS__NAME", "7"),
            ("EMPORIUM__ORDERS__HOSTS", r#"["a", "b"]"#),
            ("HOME", "/"),
        ])
        .unwrap();
        assert_eq!(
            (orders.deadline_ms, orders.name.as_str(), orders.hosts.len()),
            (500, "7", 2)
        );
        assert_eq!(with(&[]).unwrap().deadline_ms, 900_000);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (name, text, said) in [
            (
                "EMPORIUM__ORDERS__DEADLIN_MS",
                "500",
                "no setting `orders.deadlin_ms`",
            ),
            ("EMPORIUM__ORDERS__DEADLINE_MS", "soon", "must be a integer"),
            ("EMPORIUM__ORDRES__NAME", "x", "no section [ordres]"),
            ("EMPORIUM__ORDERS", "x", "names no setting"),
        ] {
            let error = with(&[(name, text)]).unwrap_err().to_string();
            assert!(error.contains(said), "{name}: {error}");
        }
    }

    #[test]
    fn any_value_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (name, deadline) = (file("name", "7\r\n"), file("deadline", "500\n"));
        let hosts = file("hosts", "[\"a\",\n \"b\"]\n");
        let orders = with(&[
            ("EMPORIUM__ORDERS__NAME_FILE", &name),
            ("EMPORIUM__ORDERS__DEADLINE_MS_FILE", &deadline),
            ("EMPORIUM__ORDERS__HOSTS_FILE", &hosts),
        ])
        .unwrap();
        assert_eq!(
            (orders.deadline_ms, orders.name.as_str(), orders.hosts.len()),
            (500, "7", 2)
        );
        let missing = folder.path().join("missing").display().to_string();
        for (variables, said) in [
            (
                vec![
                    ("EMPORIUM__ORDERS__NAME_FILE", name.as_str()),
                    ("EMPORIUM__ORDERS__NAME", "x"),
                ],
                "keep one of them",
            ),
            (
                vec![("EMPORIUM__ORDERS__NAME_FILE", missing.as_str())],
                "which `orders.name_file` names",
            ),
            (
                vec![("EMPORIUM__ORDERS__DEADLINE_MS_FILE", name.as_str())],
                "",
            ),
            (
                vec![("EMPORIUM__ORDERS__HOSTS_FILE", name.as_str())],
                "`orders.hosts_file` must be a array",
            ),
            (
                vec![("EMPORIUM__ORDERS__HOME_FILE", name.as_str())],
                "no setting `orders.home_file`",
            ),
        ] {
            match with(&variables) {
                Ok(orders) => assert_eq!((orders.deadline_ms, said), (7, "")),
                Err(error) => assert!(error.to_string().contains(said), "{error}"),
            }
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert!(!format!("{:?}", Secret::new("sk_live_1")).contains("sk_live"));
    }
}
