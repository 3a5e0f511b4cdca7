//! Many rows in few statements, the same on SQLite and PostgreSQL.

/// Rows of one statement. Few sizes, so that a connection keeps them all prepared.
const ROWS: [usize; 9] = [256, 128, 64, 32, 16, 8, 4, 2, 1];

/// Splits into the sizes of [`ROWS`], the largest first.
pub(super) fn portions<T>(mut rows: &[T]) -> Vec<&[T]> {
    let mut portions = Vec::new();
    for size in ROWS {
        while rows.len() >= size {
            let (portion, rest) = rows.split_at(size);
            portions.push(portion);
            rows = rest;
        }
    }
    portions
}

/// Rows into one table, in portions: `insert_rows!(tx, HEAD, rows, TAIL, (row, one) => row.push_bind(one.id))`.
macro_rules! insert_rows {
    ($tx:ident, $head:expr, $rows:expr, $tail:expr, ($row:ident, $one:ident) => $bind:expr) => {
        for portion in $crate::store::portions::portions($rows) {
            let mut insert = sqlx::QueryBuilder::new($head);
            insert.push_values(portion, |mut $row, $one| {
                $bind;
            });
            insert.push($tail);
            insert.build().execute(&mut *$tx).await?;
        }
    };
}

/// Runs a statement that ends in `IN (` for portions of ids: `delete_in!(tx, "DELETE FROM a WHERE id IN (", &ids)`.
macro_rules! delete_in {
    ($tx:ident, $head:expr, $ids:expr) => {
        for portion in $crate::store::portions::portions($ids) {
            let mut delete = sqlx::QueryBuilder::new($head);
            let mut ids = delete.separated(", ");
            for id in portion {
                ids.push_bind(*id);
            }
            delete.push(")");
            delete.build().execute(&mut *$tx).await?;
        }
    };
}

pub(super) use {delete_in, insert_rows};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_cover_all_rows_in_order() {
        for length in [0, 1, 3, 4, 21, 64, 150, 600] {
            let rows: Vec<usize> = (0..length).collect();
            let portions = portions(&rows);
            assert_eq!(portions.concat(), rows);
            assert!(portions.iter().all(|portion| ROWS.contains(&portion.len())));
        }
    }
}
