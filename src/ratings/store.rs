//! The table `ratings`.

use super::{Content, Rating, Tally};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{ChannelId, ConversationId, Error, Millis, RatingId, Result, UserId};
use crate::params;

const COLUMNS: &str =
    "id, conversation_id, asked_seq, channel_id, customer_id, agent_id, score, solved, tags, comment, at,
    changed_at, position";

fn rating(row: &Row<'_>) -> Result<Rating> {
    let tags: String = row.get(8)?;
    Ok(Rating {
        id: row.get(0)?,
        conversation: row.get(1)?,
        asked_seq: row.get(2)?,
        channel: row.get(3)?,
        customer: row.get(4)?,
        agent: row.get(5)?,
        content: Content {
            score: row.get(6)?,
            solved: row.get(7)?,
            tags: serde_json::from_str(&tags).map_err(|e| Error::internal(format!("a rating's tags: {e}")))?,
            comment: row.get(9)?,
        },
        at: row.get(10)?,
        changed_at: row.get(11)?,
        position: row.get(12)?,
    })
}

pub fn find(snapshot: &Snapshot<'_>, conversation: ConversationId, asked_seq: i64) -> Result<Option<Rating>> {
    let sql = format!("SELECT {COLUMNS} FROM ratings WHERE conversation_id = ?1 AND asked_seq = ?2");
    snapshot.find(&sql, params![conversation, asked_seq], rating)
}

pub fn find_by_id(snapshot: &Snapshot<'_>, id: RatingId) -> Result<Option<Rating>> {
    snapshot.find(&format!("SELECT {COLUMNS} FROM ratings WHERE id = ?1"), params![id], rating)
}

pub fn list_of_conversation(snapshot: &Snapshot<'_>, conversation: ConversationId) -> Result<Vec<Rating>> {
    let sql = format!("SELECT {COLUMNS} FROM ratings WHERE conversation_id = ?1 ORDER BY asked_seq");
    snapshot.list(&sql, params![conversation], rating)
}

/// What is `None` does not matter.
pub struct Filter {
    pub channel: Option<ChannelId>,
    pub agent: Option<UserId>,
    pub score_max: Option<i64>,
}

/// Newest first, before this id.
pub fn list(snapshot: &Snapshot<'_>, filter: &Filter, before: i64, limit: usize) -> Result<Vec<Rating>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM ratings
         WHERE id < ?1 AND (?2 IS NULL OR channel_id = ?2) AND (?3 IS NULL OR agent_id = ?3) AND (?4 IS NULL OR score <= ?4)
         ORDER BY id DESC LIMIT ?5"
    );
    snapshot.list(&sql, params![before, filter.channel, filter.agent, filter.score_max, limit as i64], rating)
}

/// By whose conversations they were, most rated first.
pub fn tally(
    snapshot: &Snapshot<'_>,
    channel: Option<ChannelId>,
    from: Millis,
    to: Millis,
) -> Result<Vec<(Option<UserId>, Tally)>> {
    snapshot.list(
        "SELECT agent_id,
           SUM(CASE score WHEN 1 THEN 1 ELSE 0 END), SUM(CASE score WHEN 2 THEN 1 ELSE 0 END),
           SUM(CASE score WHEN 3 THEN 1 ELSE 0 END), SUM(CASE score WHEN 4 THEN 1 ELSE 0 END),
           SUM(CASE score WHEN 5 THEN 1 ELSE 0 END),
           SUM(CASE solved WHEN 1 THEN 1 ELSE 0 END), SUM(CASE solved WHEN 0 THEN 1 ELSE 0 END)
         FROM ratings WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR channel_id = ?3)
         GROUP BY agent_id ORDER BY COUNT(*) DESC, agent_id",
        params![from, to, channel],
        |row| {
            let scores = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
            Ok((row.get(0)?, Tally { scores, solved: row.get(6)?, unsolved: row.get(7)? }))
        },
    )
}

/// Puts it in, or in the place of the one that was given to the same question.
pub fn upsert(tx: &mut Tx<'_>, rating: &Rating) -> Result<RatingId> {
    let Content { score, solved, tags, comment } = &rating.content;
    let tags = serde_json::to_string(tags).map_err(Error::internal)?;
    tx.returning(
        "INSERT INTO ratings (conversation_id, asked_seq, channel_id, customer_id, agent_id, score, solved, tags, comment, at,
           changed_at, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (conversation_id, asked_seq) DO UPDATE SET score = excluded.score, solved = excluded.solved,
           tags = excluded.tags, comment = excluded.comment, changed_at = excluded.changed_at, position = excluded.position
         RETURNING id",
        params![
            rating.conversation,
            rating.asked_seq,
            rating.channel,
            rating.customer,
            rating.agent,
            *score,
            *solved,
            tags,
            comment,
            rating.at,
            rating.changed_at,
            rating.position
        ],
        |row| row.get(0),
    )
}
