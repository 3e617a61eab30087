//! What reading promises: the same rows on either database, on the caller's thread while it is short.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::thread::{self, ThreadId};

use clock::Clock;
use database::{Cell, Database, DatabaseError, Row};
use migrations::Orders;
use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait,
    sea_query::{Expr, Order, Query, SelectStatement},
};
use tempfile::TempDir;
use uuid::Uuid;

const ROWS: i64 = 600;

/// A table with a value of each kind that rows are read from.
async fn database() -> (Database, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = testkit::database_in::<Orders>(folder.path(), "orders").await;
    // A machine that is busy with tests is no slow database.
    config.acquire_timeout_ms = 60_000;
    let database = Database::connect(&config, Clock::system()).await.unwrap();
    let (blob, flag) = match database.backend() {
        DbBackend::Sqlite => ("BLOB", "i % 2"),
        _ => ("UUID", "i % 2 = 1"),
    };
    let id = match database.backend() {
        DbBackend::Sqlite => "x'000102030405060708090a0b0c0d0e0f'",
        _ => "'00010203-0405-0607-0809-0a0b0c0d0e0f'::uuid",
    };
    for sql in [
        format!("CREATE TABLE things (number BIGINT PRIMARY KEY, id {blob}, name TEXT, odd BOOLEAN, note TEXT)"),
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
             INSERT INTO things SELECT i, {id}, 'Größe ' || i, {flag}, CASE WHEN i = 1 THEN NULL ELSE 'noted' END FROM n"
        ),
    ] {
        database.writer().execute_unprepared(&sql).await.unwrap();
    }
    (database, folder)
}

fn first(count: u64) -> SelectStatement {
    Query::select()
        .columns(["number", "id", "name", "odd", "note"])
        .from("things")
        .and_where(Expr::col("number").gt(0_i64))
        .order_by("number", Order::Asc)
        .limit(count)
        .to_owned()
}

/// How many triples of rows there are: far more than is counted in a moment.
fn triples() -> SelectStatement {
    Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from_as("things", "a")
        .from_as("things", "b")
        .from_as("things", "c")
        .and_where(Expr::col(("a", "number")).lte(60_i64))
        .to_owned()
}

fn one<T: Cell>(row: &Row<'_>) -> Result<T, DatabaseError> {
    row.get(0)
}

#[tokio::test]
async fn every_kind_of_value_comes_as_it_was_stored() {
    let (database, _folder) = database().await;
    let rows: Vec<(i64, Uuid, String, bool, Option<String>)> = database
        .rows(&first(2), |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .await
        .unwrap();
    let id = Uuid::from_u128(0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f);
    assert_eq!(
        rows,
        [
            (1, id, "Größe 1".to_owned(), true, None),
            (2, id, "Größe 2".to_owned(), false, Some("noted".to_owned())),
        ]
    );
    let wrong = database.rows(&first(1), one::<String>).await;
    assert!(wrong.is_err(), "a number is no text");
    assert_eq!(database.row(&first(0), one::<i64>).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_committed_is_read() {
    let (database, _folder) = database().await;
    for number in ROWS + 1..ROWS + 20 {
        let insert = format!("INSERT INTO things (number, name) VALUES ({number}, 'new')");
        let insert = &insert;
        database
            .write(|tx| async move {
                tx.execute_unprepared(insert).await?;
                Ok::<_, DatabaseError>(())
            })
            .await
            .unwrap();
        let newest = Query::select()
            .expr(Expr::cust("MAX(number)"))
            .from("things")
            .to_owned();
        assert_eq!(
            database.row(&newest, one::<i64>).await.unwrap(),
            Some(number)
        );
    }
    let before = database.stats().statements;
    database.row(&first(1), one::<i64>).await.unwrap();
    assert_eq!(database.stats().statements, before + 1);
}

#[tokio::test]
async fn a_long_read_of_sqlite_holds_up_no_thread_of_the_runtime() {
    let (database, _folder) = database().await;
    if database.backend() != DbBackend::Sqlite {
        return;
    }
    let on = |select| {
        let database = database.clone();
        async move {
            let read = |row: &Row<'_>| Ok((one::<i64>(row)?, thread::current().id()));
            database.row(&select, read).await.unwrap().unwrap()
        }
    };
    let here: ThreadId = thread::current().id();
    let (number, short) = on(first(1)).await;
    assert_eq!((number, short), (1, here));
    let (count, long) = on(triples()).await;
    assert_eq!(count, 60 * ROWS * ROWS);
    assert_ne!(long, here);
    // More of them at once than there are connections, and one who goes away.
    let counts = futures::future::join_all((0..12).map(|_| on(triples()))).await;
    assert!(counts.iter().all(|(count, _)| *count == 60 * ROWS * ROWS));
    drop(tokio::time::timeout(std::time::Duration::from_millis(1), on(triples())).await);
    assert_eq!(on(first(1)).await, (1, here));
}

#[tokio::test]
async fn a_closed_database_answers_with_an_error() {
    let (database, _folder) = database().await;
    database.rows(&first(1), one::<i64>).await.unwrap();
    database.close().await.unwrap();
    assert!(database.rows(&first(1), one::<i64>).await.is_err());
}
