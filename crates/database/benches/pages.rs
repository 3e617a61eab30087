//! What it takes to read a page of 20 rows: from a pool's connection, and on the caller's thread.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use clock::Clock;
use criterion::{Criterion, criterion_group, criterion_main};
use database::{Database, Row};
use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Expr, Order, Query, SelectStatement},
};
use tokio::runtime::Runtime;

async fn furnished(folder: &tempfile::TempDir) -> Database {
    let file = folder.path().join("pages.db");
    let database = Database::open_file(&file, Clock::system()).await.unwrap();
    let writer = database.writer();
    for sql in [
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, slug TEXT, name TEXT, price BIGINT, currency TEXT, made_at BIGINT)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO goods SELECT i, 'walnut-desk-lamp-' || i, 'Walnut Desk Lamp ' || i, i * 137, 'USD', i FROM n",
    ] {
        writer.execute_unprepared(sql).await.unwrap();
    }
    database
}

fn page() -> SelectStatement {
    Query::select()
        .columns(["id", "slug", "name", "price", "currency", "made_at"])
        .from("goods")
        .and_where(Expr::col("id").gt(500_i64))
        .order_by("id", Order::Asc)
        .limit(20)
        .to_owned()
}

type Goods = (i64, String, String, i64, String, i64);

fn read(row: &Row<'_>) -> Result<Goods, database::DatabaseError> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
    ))
}

fn pages(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let database = runtime.block_on(furnished(&folder));
    c.bench_function("a page from a pool", |b| {
        b.iter(|| {
            let rows = runtime
                .block_on(database.read().query_all(&page()))
                .unwrap();
            let goods: Vec<_> = rows
                .iter()
                .map(|row| read(&Row::Pooled(row)).unwrap())
                .collect();
            assert_eq!(goods.len(), 20);
        });
    });
    c.bench_function("a page on the caller's thread", |b| {
        b.iter(|| {
            let goods = runtime.block_on(database.rows(&page(), read)).unwrap();
            assert_eq!(goods.len(), 20);
        });
    });
}

criterion_group!(benches, pages);
criterion_main!(benches);
