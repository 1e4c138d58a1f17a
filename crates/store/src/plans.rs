//! Lists of the journal are led by an index on both engines: what they cost grows with what is asked for, and not with
//! the journal.

use crate::bind::{Bind, Value, binds};
use crate::calls::{LAST_USES, LISTS};
use crate::row::{FromRow, Row};
use crate::{Db, StoreError};
use keyferry_testkit::database::Database;
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use rstest::rstest;

struct Step(String);

impl FromRow for Step {
    const TABLE: &'static str = "a plan";

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let column = match row {
            Row::Sqlite(_) => "detail",
            Row::Postgres(_) => "QUERY PLAN",
        };
        row.column(Self::TABLE, column).map(Self)
    }
}

async fn plan(db: &Db, sql: &str, binds: &[Value<'_>]) -> String {
    let mut tx = db.begin().await.unwrap();
    let explain = match db {
        Db::Sqlite(_) => "EXPLAIN QUERY PLAN",
        Db::Postgres(_) => {
            // Of an empty table Postgres would read all that there is. This is about what it can do.
            for less in ["enable_seqscan", "enable_bitmapscan", "enable_sort"] {
                let off: &'static str = format!("SET LOCAL {less} = off").leak();
                tx.via().execute(off, &[]).await.unwrap();
            }
            "EXPLAIN"
        }
    };
    let steps: Vec<Step> = tx.via().all(format!("{explain} {sql}").leak(), binds).await.unwrap();
    steps.into_iter().map(|Step(step)| step + "\n").collect()
}

fn reads_all_calls(plan: &str) -> bool {
    plan.lines().any(|step| step.contains("Seq Scan on calls") || step.starts_with("SCAN c"))
}

fn sorts(plan: &str) -> bool {
    plan.contains("Sort") || plan.contains("TEMP B-TREE")
}

#[rstest]
#[tokio::test]
async fn every_list_of_calls_comes_off_an_index_in_its_order(#[values(Sqlite, Postgres)] engine: Engine) {
    let database = Database::new(engine).await;
    let db = Db::open(database.url()).await.unwrap();
    let id = "x".value();
    let (none, number) = (<String as Bind>::NULL, <i64 as Bind>::NULL);
    let mut binds = vec![id.clone(); 7];
    binds.push(false.value());
    binds.extend(vec![none; 4]);
    binds.extend([number.clone(), number, 50_i64.value()]);
    for sql in LISTS.iter().flatten() {
        let plan = plan(&db, sql, &binds).await;
        assert!(!reads_all_calls(&plan) && !sorts(&plan), "{sql}\n{plan}");
        assert!(plan.contains("calls_") || plan.contains("calls USING INDEX"), "{sql}\n{plan}");
    }
}

#[rstest]
#[tokio::test]
async fn the_last_uses_of_a_connection_are_looked_up(#[values(Sqlite, Postgres)] engine: Engine) {
    let database = Database::new(engine).await;
    let db = Db::open(database.url()).await.unwrap();
    let plan = plan(&db, LAST_USES, binds!["team", "connection"]).await;
    assert!(plan.contains("calls_use") && !reads_all_calls(&plan), "{plan}");
}
