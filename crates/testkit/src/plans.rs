//! How PostgreSQL would find the rows of the statements that a test made.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use database::Database;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;

/// A table with more rows than this is big.
const BIG: f64 = 10_000.0;

/// Tables that stay small, or are there to be read whole.
const SMALL: &[&str] = &[
    "categories",
    "change_counter",
    "job_leases",
    "outbox_leases",
    "outbox_relays",
    "seaql_migrations",
];

/// The statements that were made of a database since it is watched.
#[derive(Clone, Debug)]
pub struct Plans {
    database: Database,
    seen: Arc<Mutex<BTreeMap<String, Statement>>>,
}

impl Plans {
    /// Watches a database from now on; once for each.
    pub fn watch(database: &Database) -> Self {
        let seen: Arc<Mutex<BTreeMap<String, Statement>>> = Arc::default();
        let notes = Arc::clone(&seen);
        database.observe(move |statement| {
            let mut seen = notes.lock().unwrap_or_else(PoisonError::into_inner);
            if !seen.contains_key(&statement.sql) {
                seen.insert(statement.sql.clone(), statement.clone());
            }
        });
        Self {
            database: database.clone(),
            seen,
        }
    }

    /// Fills the tables with these statements, and lets the planner know.
    pub async fn fill(&self, statements: &str) {
        let connection = self.connect().await;
        connection
            .execute_unprepared(statements)
            .await
            .expect("the tables are filled");
        connection
            .execute_unprepared("ANALYZE")
            .await
            .expect("statistics are made");
        connection.close().await.expect("the connection closes");
    }

    /// Forgets what was seen so far.
    pub fn forget(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clear();
    }

    /// Fails the test when a statement reads a whole table that is big now, unless its SQL contains one of `meant`.
    pub async fn check_big(&self, meant: &[&str]) {
        let connection = self.connect().await;
        let sizes = Statement::from_string(
            DbBackend::Postgres,
            format!("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > {BIG}"),
        );
        let rows = connection
            .query_all_raw(sizes)
            .await
            .expect("tables are listed");
        let big: Vec<String> = rows
            .iter()
            .map(|row| row.try_get("", "relname").expect("a name"))
            .collect();
        let faults = self.faults(&connection, meant, |table| {
            big.iter().any(|name| name == table)
        });
        let faults = faults.await;
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// The statements that no index serves, whatever the size of their tables now, each with what is read whole.
    pub(crate) async fn without_index(&self, meant: &[&str]) -> Vec<String> {
        let connection = self.connect().await;
        connection
            .execute_unprepared("SET enable_seqscan = off")
            .await
            .expect("the planner is told");
        self.faults(&connection, meant, |table| !SMALL.contains(&table))
            .await
    }

    async fn faults(
        &self,
        connection: &DatabaseConnection,
        meant: &[&str],
        counts: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let seen: Vec<Statement> = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.values().cloned().collect()
        };
        let mut faults = Vec::new();
        for mut statement in seen {
            let kinds = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
            let explained = kinds.iter().any(|kind| statement.sql.starts_with(kind));
            if !explained || meant.iter().any(|part| statement.sql.contains(part)) {
                continue;
            }
            let sql = std::mem::take(&mut statement.sql);
            statement.sql = format!("EXPLAIN (FORMAT JSON) {sql}");
            let row = connection
                .query_one_raw(statement)
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            let plan: Value = row
                .expect("a plan")
                .try_get_by_index(0)
                .expect("a plan is JSON");
            let mut read = Vec::new();
            read_whole(&plan[0]["Plan"], &mut read);
            read.retain(|table| counts(table));
            if !read.is_empty() {
                faults.push(format!("reads all of {}: {sql}", read.join(", ")));
            }
        }
        faults
    }

    async fn connect(&self) -> DatabaseConnection {
        self.database
            .for_migrations()
            .await
            .expect("a connection of its own")
    }
}

/// The tables that a plan scans from end to end.
fn read_whole(plan: &Value, tables: &mut Vec<String>) {
    let scans = plan["Node Type"] == "Seq Scan";
    if let (true, Some(table)) = (scans, plan["Relation Name"].as_str()) {
        tables.push(table.to_owned());
    }
    for below in plan["Plans"].as_array().into_iter().flatten() {
        read_whole(below, tables);
    }
}
