//! What is deployed fits what is built: dashboards and alerts use metrics and labels that the code has, and compose file,
//! Helm chart and Terraform module name settings that there are.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use serving::config::Settings;
use system_tests::RunningShop;

/// What Prometheus itself adds to every series, and what it has of its own.
const ADDED: [&str; 3] = ["job", "instance", "role"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every file below `folder` whose name ends so, read.
fn files(folder: &Path, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != "tests" && name != ".terraform" {
                found.extend(files(&path, endings));
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The texts in quotation marks of `code`.
fn quoted(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2)
}

/// The metrics that the code makes, by name, with their labels; histograms under the names of their series too.
fn metrics() -> BTreeMap<String, BTreeSet<String>> {
    let mut metrics = BTreeMap::new();
    for folder in ["crates", "router", "subgraphs", "emporium"] {
        for (_, code) in files(&root().join(folder), &[".rs"]) {
            for (at, _) in code
                .match_indices("\"emporium_")
                .chain(code.match_indices("\"router_"))
            {
                let name = quoted(&code[at..]).next().unwrap();
                // A family is made in one expression, which ends with its labels.
                let made = code[at..].split(")?").next().unwrap();
                if !name.bytes().all(is_name) || made.len() > 900 {
                    continue;
                }
                let lists = made.split('[').skip(1);
                let labels = lists
                    .map(|list| list.split(']').next().unwrap())
                    .find(|list| list.trim_start().starts_with('"'));
                let mut labels: BTreeSet<String> = labels
                    .into_iter()
                    .flat_map(quoted)
                    .map(str::to_owned)
                    .collect();
                metrics.insert(name.to_owned(), labels.clone());
                for series in ["_sum", "_count"] {
                    metrics.insert(format!("{name}{series}"), labels.clone());
                }
                labels.insert("le".to_owned());
                metrics.insert(format!("{name}_bucket"), labels);
            }
        }
    }
    metrics.insert("up".to_owned(), BTreeSet::new());
    metrics
}

/// What an expression of Prometheus' language names: metrics with the labels they are chosen by, and labels that results
/// are grouped by.
#[derive(Debug, Default, PartialEq)]
struct Named {
    metrics: Vec<(String, Vec<String>)>,
    groups: Vec<String>,
}

fn named(expression: &str) -> Named {
    let mut named = Named::default();
    let mut rest = expression;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        rest = &rest[start..];
        let end = rest
            .bytes()
            .position(|byte| !is_name(byte))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        let next = after.trim_start();
        match word {
            "by" | "on" | "without" | "ignoring" | "group_left" | "group_right" => {
                let list = next.strip_prefix('(').unwrap_or_default();
                let (list, after) = list.split_once(')').unwrap_or_default();
                named.groups.extend(words(list));
                rest = after;
            }
            // A function, or an aggregation.
            _ if next.starts_with('(') => {}
            "and" | "or" | "unless" | "bool" | "offset" => {}
            _ if ["by", "without"]
                .iter()
                .any(|clause| next.starts_with(clause)) => {}
            _ => {
                let mut labels = Vec::new();
                if let Some((choice, after)) =
                    next.strip_prefix('{').and_then(|it| it.split_once('}'))
                {
                    labels.extend(choice.split(',').filter_map(|one| words(one).next()));
                    rest = after;
                }
                named.metrics.push((word.to_owned(), labels));
            }
        }
        // What stands in [] and "" are times and values.
        if rest.starts_with('[') {
            rest = rest.split_once(']').map_or("", |(_, after)| after);
        }
    }
    named
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
}

/// The labels in `{{label}}` of a legend, and in `{{ $labels.label }}` of an alert.
fn shown(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("{{").skip(1).filter_map(|part| {
        let inner = part.split("}}").next()?.trim();
        match inner.strip_prefix("$labels.") {
            Some(label) => words(label).next(),
            None => (!inner.starts_with('$')).then(|| inner.to_owned()),
        }
    })
}

/// What is wrong with an expression and the labels that are shown of it.
fn problems(
    metrics: &BTreeMap<String, BTreeSet<String>>,
    expression: &str,
    labels: impl Iterator<Item = String>,
) -> Vec<String> {
    let named = named(expression);
    let mut found = Vec::new();
    if named.metrics.is_empty() {
        found.push(format!("no metric in: {expression}"));
    }
    let mut known: BTreeSet<&str> = ADDED.into();
    for (metric, chosen) in &named.metrics {
        let Some(own) = metrics.get(metric) else {
            found.push(format!("there is no metric {metric}: {expression}"));
            continue;
        };
        for label in chosen {
            if !own.contains(label) && !ADDED.contains(&label.as_str()) {
                found.push(format!("{metric} has no label {label}: {expression}"));
            }
        }
        known.extend(own.iter().map(String::as_str));
    }
    for label in named.groups.into_iter().chain(labels) {
        if !known.contains(label.as_str()) {
            found.push(format!("nothing in it has a label {label}: {expression}"));
        }
    }
    found
}

#[test]
fn an_expression_is_understood() {
    let found = named(
        "histogram_quantile(0.99, sum by (name, le) (rate(a_bucket{kind!=\"x\"}[5m]))) / on (instance) b{state=\"open\"} > 1",
    );
    let labels = |labels: &[&str]| {
        labels
            .iter()
            .map(|&label| label.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found,
        Named {
            metrics: vec![
                ("a_bucket".to_owned(), labels(&["kind"])),
                ("b".to_owned(), labels(&["state"]))
            ],
            groups: labels(&["name", "le", "instance"]),
        }
    );
}

#[test]
fn what_is_not_there_is_seen() {
    let metrics = metrics();
    for wrong in [
        "sum(rate(emporium_orders_total[5m]))",
        "sum by (colour) (emporium_outbox_pending)",
        "router_clients{transport=\"websocket\",colour=\"red\"}",
        "sum(emporium_delivery_seconds_max)",
        "1 + 1",
    ] {
        assert!(
            !problems(&metrics, wrong, std::iter::empty()).is_empty(),
            "{wrong}"
        );
    }
    let shown = shown("{{subgraph}} {{ colour }}");
    assert_eq!(
        problems(&metrics, "emporium_outbox_pending", shown).len(),
        1
    );
}

#[test]
fn dashboards_show_metrics_that_there_are() {
    let metrics = metrics();
    let mut found = Vec::new();
    let mut expressions = 0;
    for (path, text) in files(&root().join("docker/helm/emporium/files"), &[".json"]) {
        let dashboard: Value = serde_json::from_str(&text).unwrap();
        for panel in dashboard["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                let Some(expression) = target["expr"].as_str() else {
                    continue;
                };
                expressions += 1;
                let legend = shown(target["legendFormat"].as_str().unwrap_or_default());
                let wrong = problems(&metrics, expression, legend);
                found.extend(
                    wrong
                        .into_iter()
                        .map(|text| format!("{}: {}: {text}", path.display(), panel["title"])),
                );
            }
        }
    }
    assert!(expressions > 30, "{expressions} expressions");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn alerts_watch_metrics_that_there_are() {
    let metrics = metrics();
    let text = fs::read_to_string(root().join("docker/helm/emporium/files/alerts.yaml")).unwrap();
    let mut found = Vec::new();
    let alerts: Vec<&str> = text.split("- alert: ").skip(1).collect();
    assert!(alerts.len() > 10);
    for alert in alerts {
        let (_, rest) = alert.split_once("expr:").unwrap();
        let end = ["\n        for:", "\n        labels:"]
            .iter()
            .filter_map(|next| rest.find(next))
            .min()
            .unwrap();
        let expression = rest[..end].trim().trim_start_matches('|').trim();
        found.extend(problems(&metrics, expression, shown(rest)));
        if !rest.contains("summary:") || !rest.contains("mend:") {
            found.push(format!(
                "says not what it means and what to do: {expression}"
            ));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The metrics as they are read from the code are those that a shop shows.
#[tokio::test]
async fn a_shop_shows_the_metrics_that_the_code_has() {
    let metrics = metrics();
    let shop = RunningShop::open().await;
    let url = format!("{}/metrics", shop.url());
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let mut seen = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_at(line.bytes().position(|byte| !is_name(byte)).unwrap());
        let labels = metrics
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not found in the code"));
        // `{subgraph="users",le="0.1"} 3`: what stands before each `="`.
        let parts: Vec<&str> = rest.split("=\"").collect();
        let shown: BTreeSet<String> = parts[..parts.len() - 1]
            .iter()
            .map(|part| part.rsplit(['{', ',']).next().unwrap().to_owned())
            .collect();
        assert_eq!(&shown, labels, "{name}");
        seen += 1;
    }
    assert!(seen > 50, "{text}");
    shop.close().await;
}

/// The defaults of every section, by its name.
fn sections() -> BTreeMap<String, toml::Table> {
    let mut sections = BTreeMap::new();
    for folder in ["crates", "router", "subgraphs", "emporium"] {
        for (path, text) in files(&root().join(folder), &[".default.toml"]) {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let own = file.strip_suffix(".default.toml").unwrap();
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            let name = match own {
                "config" => emporium::known_sections()
                    .iter()
                    .find(|section| parts.iter().any(|part| part == *section))
                    .unwrap(),
                own => own,
            };
            sections.insert(name.to_owned(), text.parse().unwrap());
        }
    }
    sections
}

fn is_setting(sections: &BTreeMap<String, toml::Table>, path: &[String]) -> bool {
    let Some((section, keys)) = path.split_first() else {
        return false;
    };
    let mut table = sections.get(section.as_str());
    for (at, key) in keys.iter().enumerate() {
        let value = table.and_then(|table| table.get(key));
        if at + 1 == keys.len() {
            return value.is_some_and(|value| !value.is_table());
        }
        table = value.and_then(toml::Value::as_table);
    }
    false
}

#[test]
fn settings_that_are_deployed_exist() {
    let sections = sections();
    for section in emporium::known_sections() {
        assert!(
            sections.contains_key(*section),
            "no defaults of [{section}]"
        );
    }
    let endings = [".yaml", ".tpl", ".tf", ".md", ".txt", "Dockerfile", ".json"];
    let mut places = files(&root().join("docker"), &endings);
    for page in ["README.md", "docs/OPERATIONS.md"] {
        let path = root().join(page);
        let text = fs::read_to_string(&path).unwrap();
        places.push((path, text));
    }
    let (mut found, mut count) = (Vec::new(), 0);
    for (path, text) in &places {
        for (at, _) in text.match_indices("EMPORIUM__") {
            let rest = &text[at..];
            let end = rest
                .bytes()
                .position(|byte| !is_name(byte))
                .unwrap_or(rest.len());
            let name = rest[..end].strip_prefix("EMPORIUM__").unwrap();
            // The form of the names, as pages explain it, and names that a template puts together.
            if name.is_empty() || name.ends_with('_') || rest[end..].starts_with(['<', '…', '{'])
            {
                continue;
            }
            count += 1;
            let keys: Vec<String> = name.to_lowercase().split("__").map(str::to_owned).collect();
            let mut from_file = keys.clone();
            if let Some(last) = from_file.last_mut() {
                last.truncate(last.strip_suffix("_file").unwrap_or(last).len());
            }
            if name != "SECTION__KEY"
                && !name.starts_with("SECTION__")
                && !is_setting(&sections, &keys)
                && !is_setting(&sections, &from_file)
            {
                found.push(format!("{}: EMPORIUM__{name}", path.display()));
            }
        }
    }
    assert!(count > 40, "{count} settings");
    assert!(found.is_empty(), "no such setting:\n{}", found.join("\n"));
}

/// The values that the compose file gives are of the form that each setting has.
#[test]
fn settings_of_the_compose_file_have_their_form() {
    let sections = sections();
    let text = fs::read_to_string(root().join("docker/compose.yaml")).unwrap();
    let mut count = 0;
    for line in text.lines().map(str::trim) {
        let Some((name, value)) = line
            .strip_prefix("EMPORIUM__")
            .and_then(|line| line.split_once(": "))
        else {
            continue;
        };
        let path: Vec<String> = name.to_lowercase().split("__").map(str::to_owned).collect();
        if !is_setting(&sections, &path) {
            continue;
        }
        count += 1;
        let value = ['\'', '"']
            .iter()
            .find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(value);
        let mut settings = Settings::default();
        let variable = (format!("EMPORIUM__{name}"), value.to_owned());
        settings.add_variables(std::iter::once(variable)).unwrap();
        let section = &path[0];
        let defaults = sections[section].to_string();
        let read: Result<toml::Table, _> = settings.section(section, &defaults);
        assert!(read.is_ok(), "{}", read.unwrap_err());
    }
    assert!(count > 15, "{count} settings");
}
