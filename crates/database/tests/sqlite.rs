//! What writing an SQLite file promises: on the caller's thread while it is short, one after another, undone when its caller
//! goes away, and with a log that stays small.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    ops::Range,
    thread::{self, ThreadId},
    time::Duration,
};

use clock::Clock;
use database::{Database, DatabaseConfig, DatabaseError, Row, Synchronous, Tx};
use fault::{Code, Fault};
use futures::future::{join, join_all};
use sea_orm::{
    ConnectionTrait, DbBackend, QuerySelect, Statement,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use tempfile::TempDir;

mod things {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "things")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        #[sea_orm(select_as = "bigint")]
        pub zeal: i64,
        pub id: Uuid,
        pub name: String,
        pub good: bool,
        pub age: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str =
    "CREATE TABLE things (number bigint PRIMARY KEY, zeal integer NOT NULL, id uuid_text NOT NULL,
    name varchar NOT NULL, good boolean NOT NULL, age bigint)";
const ID: Uuid = Uuid::from_u128(0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f);

async fn database_with(synchronous: Synchronous) -> (Database, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("things.db").display());
    let config = DatabaseConfig {
        synchronous,
        // A machine that is busy with tests is no slow database.
        acquire_timeout_ms: 60_000,
        ..DatabaseConfig::at(url)
    };
    let database = Database::connect(&config, Clock::system()).await.unwrap();
    database.writer().execute_unprepared(TABLE).await.unwrap();
    (database, folder)
}

async fn database() -> (Database, TempDir) {
    database_with(Synchronous::Normal).await
}

async fn insert(tx: &Tx, number: i64) -> Result<(), DatabaseError> {
    let insert = Query::insert()
        .into_table("things")
        .columns(["number", "zeal", "id", "name", "good", "age"])
        .values_panic([
            number.into(),
            7_i64.into(),
            ID.into(),
            "a thing".into(),
            true.into(),
            Option::<i64>::None.into(),
        ])
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
}

async fn write(database: &Database, number: i64) -> Result<(), DatabaseError> {
    database
        .write(|tx| async move { insert(&tx, number).await })
        .await
}

async fn count(database: &Database) -> i64 {
    let all = Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from("things")
        .to_owned();
    database.row(&all, |row| row.get(0)).await.unwrap().unwrap()
}

/// Counts to a number, which takes as long as the number is high.
fn counting(to: i64) -> SelectStatement {
    let numbers = format!(
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT COUNT(*) FROM n)"
    );
    Query::select().expr(Expr::cust(numbers)).to_owned()
}

fn on(row: &Row<'_>) -> Result<(i64, ThreadId), DatabaseError> {
    Ok((row.get(0)?, thread::current().id()))
}

#[tokio::test]
async fn every_kind_of_value_is_found_by_its_name_and_in_its_place() {
    let (database, _folder) = database().await;
    write(&database, 1 << 40).await.unwrap();
    let found = things::Entity::find().one(database.read()).await.unwrap();
    let thing = things::Model {
        number: 1 << 40,
        zeal: 7,
        id: ID,
        name: "a thing".to_owned(),
        good: true,
        age: None,
    };
    assert_eq!(found, Some(thing));
    let placed: Vec<(String, i64, bool, Option<i64>, i64, Uuid)> = database
        .write(|tx| async move {
            use things::Column::{Age, Good, Id, Name, Number, Zeal};
            let some = things::Entity::find().select_only();
            let some = some.columns([Name, Number, Good, Age, Zeal, Id]);
            Ok::<_, DatabaseError>(some.into_tuple().all(&tx).await?)
        })
        .await
        .unwrap();
    assert_eq!(placed, [("a thing".to_owned(), 1 << 40, true, None, 7, ID)]);
}

#[tokio::test]
async fn a_transaction_runs_on_the_thread_that_awaits_it_until_a_statement_is_long() {
    let (database, _folder) = database().await;
    let here = thread::current().id();
    for (to, first, again) in [(10, true, true), (1_000_000, true, false)] {
        for stays in [first, again] {
            let (counted, thread) =
                database
                    .write(|tx| async move {
                        Ok::<_, DatabaseError>(tx.rows(&counting(to), on).await?[0])
                    })
                    .await
                    .unwrap();
            assert_eq!((counted, thread == here), (to, stays));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_take_turns() {
    let (database, _folder) = database().await;
    let database = &database;
    let done = join_all((0..200).map(|number| write(database, number))).await;
    assert!(done.into_iter().all(|done| done.is_ok()));
    assert_eq!(count(database).await, 200);
    let again = write(database, 7).await;
    assert!(again.is_err_and(|error| error.is_duplicate()));
}

/// Keeps the connection for a while, in which others queue for it.
async fn hold(database: &Database) {
    let long = || counting(1_000_000);
    for _ in 0..2 {
        // The first time it is not known to be long, and nobody can queue meanwhile.
        let held = database.write(|tx| async move { tx.rows(&long(), on).await });
        held.await.unwrap();
    }
}

/// Writes these numbers, all of them while somebody else has the connection.
async fn write_at_once(database: &Database, numbers: Range<i64>) -> Vec<Result<(), DatabaseError>> {
    let all = numbers.map(|number| write(database, number));
    join(hold(database), join_all(all)).await.1
}

#[tokio::test]
async fn those_who_wait_for_one_another_are_committed_together() {
    for synchronous in [Synchronous::Normal, Synchronous::Full] {
        let (database, folder) = database_with(synchronous).await;
        let log = folder.path().join("things.db-wal");
        let (database, bytes) = (&database, || log.metadata().unwrap().len());
        hold(database).await;
        let before = bytes();
        for number in 0..100 {
            write(database, number).await.unwrap();
        }
        let alone = bytes() - before;
        for done in write_at_once(database, 100..200).await {
            done.unwrap();
        }
        let together = bytes() - before - alone;
        // Two transactions, or some more where the machine is slow.
        assert!(
            0 < together && together * 2 < alone,
            "100 at once write {together} bytes, one by one {alone}"
        );
        assert_eq!(count(database).await, 200);
    }
}

#[tokio::test]
async fn closing_takes_nothing_from_those_who_were_first() {
    let (database, folder) = database().await;
    let queue = join(write_at_once(&database, 0..40), database.close());
    let (done, closed) = queue.await;
    closed.unwrap();
    assert!(done.into_iter().all(|done| done.is_ok()));
    let file = folder.path().join("things.db");
    let again = Database::open_file(&file, Clock::system()).await.unwrap();
    assert_eq!(count(&again).await, 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_fails_is_undone_alone_and_what_was_confirmed_is_there() {
    let (database, folder) = database().await;
    let database = &database;
    write(database, 1_000).await.unwrap();
    let tries = (0..400).map(|number| async move {
        let done = database
            .write(|tx| async move {
                insert(&tx, number).await?;
                // Every third one is too late for another number, when its own is in the table already.
                let taken = if number % 3 == 0 {
                    1_000
                } else {
                    number + 10_000
                };
                insert(&tx, taken).await
            })
            .await;
        assert_eq!(done.is_err(), number % 3 == 0, "{number}: {done:?}");
        // Another connection sees what was confirmed.
        let one = Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .from("things")
            .and_where(Expr::col("number").is_in([number, number + 10_000]))
            .to_owned();
        let there: i64 = database.row(&one, |row| row.get(0)).await.unwrap().unwrap();
        assert_eq!(there, if number % 3 == 0 { 0 } else { 2 }, "{number}");
    });
    join(hold(database), join_all(tries)).await;
    assert_eq!(count(database).await, 1 + 2 * 266);
    database.close().await.unwrap();
    let file = folder.path().join("things.db");
    let again = Database::open_file(&file, Clock::system()).await.unwrap();
    assert_eq!(count(&again).await, 1 + 2 * 266);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_goes_away_while_others_wait_takes_nothing_of_theirs_along() {
    let (database, _folder) = database().await;
    let database = &database;
    let long = || counting(100_000);
    let slowly = |number| async move {
        database
            .write(|tx| async move {
                insert(&tx, number).await?;
                tx.rows(&long(), on).await
            })
            .await
            .map(drop)
    };
    slowly(-1).await.unwrap();
    let all = (0..60_i64).map(|number| async move {
        if number % 2 == 0 {
            // Some are left while they wait, some at work, some are done.
            let patience = Duration::from_millis(number.unsigned_abs());
            tokio::time::timeout(patience, slowly(number)).await.is_ok()
        } else {
            slowly(number).await.unwrap();
            true
        }
    });
    let stayed = join_all(all).await.into_iter().filter(|&stayed| stayed);
    let stayed = i64::try_from(stayed.count()).unwrap();
    write(database, 1_000).await.unwrap();
    let there = count(database).await;
    // Whoever leaves during the commit may have been committed.
    assert!((stayed + 2..=62).contains(&there), "{there} of {stayed}");
    for number in (1..60).step_by(2) {
        assert!(
            write(database, number)
                .await
                .is_err_and(|error| error.is_duplicate())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_file_takes_nothing_that_was_confirmed() {
    let (database, _folder) = database().await;
    let database = &database;
    let pages: i64 = {
        let pages = "SELECT page_count FROM pragma_page_count()";
        let found = database
            .read()
            .query_one_raw(Statement::from_string(DbBackend::Sqlite, pages));
        found
            .await
            .unwrap()
            .unwrap()
            .try_get("", "page_count")
            .unwrap()
    };
    let most = format!("PRAGMA max_page_count = {}", pages + 8);
    database.writer().execute_unprepared(&most).await.unwrap();
    let done = write_at_once(database, 0..2_000).await;
    let confirmed = i64::try_from(done.iter().filter(|done| done.is_ok()).count()).unwrap();
    assert!(
        (1..2_000).contains(&confirmed),
        "{confirmed} were confirmed"
    );
    assert_eq!(count(database).await, confirmed);
    for (number, done) in (0..).zip(done) {
        if let Err(error) = done {
            assert_eq!(Fault::from(error).code(), Code::Unavailable);
        } else {
            let again = write(database, number).await;
            assert!(again.is_err(), "{number} was confirmed");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_who_writes_is_waited_for() {
    let (one, folder) = database().await;
    let file = folder.path().join("things.db");
    let other = Database::open_file(&file, Clock::system()).await.unwrap();
    let both = (0..200).map(|number| {
        let database = if number % 2 == 0 { &one } else { &other };
        write(database, number)
    });
    assert!(join_all(both).await.into_iter().all(|done| done.is_ok()));
    assert_eq!(count(&other).await, 200);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_nothing_behind() {
    let (database, _folder) = database().await;
    let long = || counting(2_000_000);
    let slowly = |number| {
        let database = &database;
        async move {
            database
                .write(|tx| async move {
                    insert(&tx, number).await?;
                    tx.rows(&long(), on).await
                })
                .await
        }
    };
    slowly(1).await.unwrap();
    // It is known to be long now, and so it can be left.
    let left = tokio::time::timeout(Duration::from_millis(5), slowly(2)).await;
    assert!(left.is_err(), "the machine is faster than the test thought");
    write(&database, 3).await.unwrap();
    assert_eq!(count(&database).await, 2);
}

#[tokio::test]
async fn the_log_of_writes_stays_small_and_nothing_is_lost() {
    for synchronous in [Synchronous::Normal, Synchronous::Full] {
        let (database, folder) = database_with(synchronous).await;
        let database_here = &database;
        // Each transaction adds two pages of 4 KiB or more to the log.
        for many in 0..50_i64 {
            join_all((0..40).map(|one| write(database_here, many * 40 + one))).await;
        }
        let log = folder
            .path()
            .join("things.db-wal")
            .metadata()
            .unwrap()
            .len();
        assert!(log < 2 * 1_000 * 4_096, "{log} bytes");
        database.close().await.unwrap();
        assert!(write(&database, -1).await.is_err(), "it is closed");
        let file = folder.path().join("things.db");
        let again = Database::open_file(&file, Clock::system()).await.unwrap();
        assert_eq!(count(&again).await, 2_000);
    }
}
