//! Jobs that one replica at a time is enough for.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait,
    sea_query::{Expr, OnConflict, Query},
};

use crate::{Database, DatabaseError, now_expr};

impl Database {
    /// Whether this replica does `job` for the next `span`: it does already, or nobody does. The one that does asks
    /// again before the span is over; when it is gone another one gets the job after that. It only saves work, so the
    /// job is to be right in two replicas too. Compared in the database's time. An SQLite file has one process.
    pub async fn holds_job(&self, job: &str, span: Duration) -> Result<bool, DatabaseError> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(true);
        }
        let now = now_expr(self.backend());
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4);
        let free = Expr::col(("job_leases", "owner"))
            .eq(self.name())
            .or(Expr::col(("job_leases", "expires_at")).lte(now.clone()));
        let lease = Query::insert()
            .into_table("job_leases")
            .columns(["job", "owner", "expires_at"])
            .values_panic([job.into(), self.name().into(), now.add(span)])
            .on_conflict(
                OnConflict::column("job")
                    .update_columns(["owner", "expires_at"])
                    .action_and_where(free)
                    .to_owned(),
            )
            .to_owned();
        let lease = &lease;
        self.write(|tx| async move { Ok(tx.execute(lease).await?.rows_affected() == 1) })
            .await
    }
}
