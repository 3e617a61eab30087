use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::error::{ApiError, Stop};
use crate::params::Params;
use crate::store::Table;

/// Filters of each list that compare a column with a text.
fn filters(table: Table) -> &'static [&'static str] {
    match table {
        Table::Intents => &["customer"],
        Table::Charges => &["payment_intent"],
        Table::Refunds => &["charge", "payment_intent"],
        Table::Events => &["type"],
    }
}

const PAGE: [&str; 5] = [
    "limit",
    "starting_after",
    "ending_before",
    "created",
    "expand",
];

/// A statement in the making, with the values of its placeholders.
struct Query {
    sql: String,
    values: Vec<Value>,
}

impl Query {
    fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.push("?")
    }
}

/// One page of objects, newest first, as the API's list object.
/// <https://docs.stripe.com/api/pagination>
pub(crate) fn page(conn: &Connection, table: Table, params: Params<'_>) -> Result<String, Stop> {
    let mut known = [&PAGE, filters(table)].concat();
    if table == Table::Events {
        known.extend(["types", "delivery_success"]);
    }
    params.only(&known)?;
    let limit = params.integer("limit")?.unwrap_or(10);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::invalid("Limit must be between 1 and 100.")
            .param("limit")
            .into());
    }
    let after = params.text("starting_after")?;
    let before = params.text("ending_before")?;
    if after.is_some() && before.is_some() {
        return Err(ApiError::invalid(
            "You can only provide one of: starting_after, ending_before.",
        )
        .into());
    }

    let document = match table {
        Table::Events => "json_set(doc, '$.pending_webhooks', delivery IN (0, 3))",
        _ => "doc",
    };
    let mut query = Query {
        sql: format!("SELECT {document} FROM {} WHERE 1 = 1", table.name()),
        values: Vec::new(),
    };
    for (cursor, param, operator) in [
        (&after, "starting_after", " < "),
        (&before, "ending_before", " > "),
    ] {
        if let Some(id) = cursor {
            let (created, seq) = position(conn, table, id, param)?;
            query
                .push(" AND (created, seq)")
                .push(operator)
                .push("(")
                .bind(created)
                .push(", ")
                .bind(seq)
                .push(")");
        }
    }
    created(&mut query, params)?;
    for column in filters(table) {
        if let Some(text) = params.text(column)? {
            match (*column, text.strip_suffix(".*")) {
                // Event types may end in a wildcard.
                ("type", Some(prefix)) => {
                    let (low, high) = (format!("{prefix}."), format!("{prefix}/"));
                    query.push(" AND type >= ").bind(low);
                    query.push(" AND type < ").bind(high);
                }
                _ => {
                    query.push(" AND ").push(column).push(" = ").bind(text);
                }
            }
        }
    }
    if table == Table::Events {
        event_filters(&mut query, params)?;
    }
    // One index serves the range, the order and the cursor, however long the list is.
    query.push(match &before {
        Some(_) => " ORDER BY created ASC, seq ASC",
        None => " ORDER BY created DESC, seq DESC",
    });
    query.push(" LIMIT ").bind(limit + 1);
    let mut documents: Vec<String> = conn
        .prepare_cached(&query.sql)?
        .query_map(params_from_iter(query.values), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;

    let limit = usize::try_from(limit).unwrap_or(100);
    let has_more = documents.len() > limit;
    documents.truncate(limit);
    if before.is_some() {
        documents.reverse();
    }
    Ok(format!(
        r#"{{"object":"list","data":[{}],"has_more":{has_more},"url":"/v1/{}"}}"#,
        documents.join(","),
        table.name()
    ))
}

/// Where an object stands in its list.
fn position(conn: &Connection, table: Table, id: &str, param: &str) -> Result<(i64, i64), Stop> {
    let sql = match table {
        Table::Intents => "SELECT created, seq FROM payment_intents WHERE id = ?",
        Table::Charges => "SELECT created, seq FROM charges WHERE id = ?",
        Table::Refunds => "SELECT created, seq FROM refunds WHERE id = ?",
        Table::Events => "SELECT created, seq FROM events WHERE id = ?",
    };
    let found: Option<(i64, i64)> = conn
        .prepare_cached(sql)?
        .query_row([id], |row| row.try_into())
        .optional()?;
    found.ok_or_else(|| {
        ApiError::invalid(format!("No such {}: '{id:.80}'", table.object()))
            .code("resource_missing")
            .param(param)
            .into()
    })
}

fn created(query: &mut Query, params: Params<'_>) -> Result<(), ApiError> {
    if params
        .0
        .get("created")
        .is_some_and(serde_json::Value::is_string)
    {
        if let Some(exactly) = params.integer("created")? {
            query.push(" AND created = ").bind(exactly);
        }
        return Ok(());
    }
    let Some(range) = params.nested("created")? else {
        return Ok(());
    };
    range.only(&["gt", "gte", "lt", "lte"])?;
    for (name, operator) in [
        ("gt", " > "),
        ("gte", " >= "),
        ("lt", " < "),
        ("lte", " <= "),
    ] {
        if let Some(bound) = range.integer(name)? {
            query.push(" AND created").push(operator).bind(bound);
        }
    }
    Ok(())
}

fn event_filters(query: &mut Query, params: Params<'_>) -> Result<(), ApiError> {
    let types = params.texts("types")?;
    if types.len() > 20 {
        return Err(ApiError::invalid("Up to 20 types may be given.").param("types"));
    }
    if !types.is_empty() {
        query.push(" AND type IN (");
        for (number, kind) in types.into_iter().enumerate() {
            query.push(if number > 0 { ", " } else { "" }).bind(kind);
        }
        query.push(")");
    }
    match params.boolean("delivery_success")? {
        None => {}
        Some(true) => {
            query.push(" AND delivery IN (1, 2, 4)");
        }
        Some(false) => {
            query.push(" AND delivery IN (0, 3)");
        }
    }
    Ok(())
}
