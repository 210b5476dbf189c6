//! The table `saved_views`.

use super::SavedView;
use crate::conversations::filter::Filter;
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{Result, SavedViewId, UserId};
use crate::params;

const COLUMNS: &str = "id, owner_id, name, filter, place, updated_at, position";

fn saved_view(row: &Row<'_>) -> Result<SavedView> {
    let filter: String = row.get(3)?;
    Ok(SavedView {
        id: row.get(0)?,
        owner: row.get(1)?,
        name: row.get(2)?,
        filter: Filter::parse(&filter)?,
        place: row.get(4)?,
        updated_at: row.get(5)?,
        position: row.get(6)?,
    })
}

pub fn find(snapshot: &Snapshot<'_>, id: SavedViewId) -> Result<Option<SavedView>> {
    snapshot.find(&format!("SELECT {COLUMNS} FROM saved_views WHERE id = ?1"), params![id], saved_view)
}

/// Of one owner, in their order.
pub fn list(snapshot: &Snapshot<'_>, owner: Option<UserId>) -> Result<Vec<SavedView>> {
    let sql = format!("SELECT {COLUMNS} FROM saved_views WHERE owner_id IS ?1 ORDER BY place, id");
    snapshot.list(&sql, params![owner], saved_view)
}

pub fn insert(tx: &mut Tx<'_>, view: &SavedView) -> Result<SavedViewId> {
    tx.returning(
        "INSERT INTO saved_views (owner_id, name, filter, place, updated_at, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        params![view.owner, view.name, view.filter.text(), view.place, view.updated_at, view.position],
        |row| row.get(0),
    )
}

pub fn update(tx: &mut Tx<'_>, view: &SavedView) -> Result<()> {
    tx.execute(
        "UPDATE saved_views SET name = ?2, filter = ?3, place = ?4, updated_at = ?5, position = ?6 WHERE id = ?1",
        params![view.id, view.name, view.filter.text(), view.place, view.updated_at, view.position],
    )
    .map(drop)
}

pub fn delete(tx: &mut Tx<'_>, id: SavedViewId) -> Result<()> {
    tx.execute("DELETE FROM saved_views WHERE id = ?1", params![id]).map(drop)
}
