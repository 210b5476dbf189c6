//! The table `prechat_answers`.

use super::{Answer, Filled};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{ConversationId, CustomerId, Error, Result, TagId};
use crate::params;

const COLUMNS: &str = "answers, tags, consent, at";

fn filled(row: &Row<'_>) -> Result<Filled> {
    let (answers, tags): (String, String) = (row.get(0)?, row.get(1)?);
    let broken = |e| Error::internal(format!("answers before a conversation: {e}"));
    let answers: Vec<(String, String)> = serde_json::from_str(&answers).map_err(broken)?;
    let tags: Vec<i64> = serde_json::from_str(&tags).map_err(broken)?;
    Ok(Filled {
        answers: answers.into_iter().map(|(label, text)| Answer { label, text }).collect(),
        tags: tags.into_iter().map(TagId).collect(),
        consent: row.get(2)?,
        at: row.get(3)?,
    })
}

/// What waits for a conversation.
pub fn find_waiting(snapshot: &Snapshot<'_>, customer: CustomerId) -> Result<Option<Filled>> {
    let sql = format!("SELECT {COLUMNS} FROM prechat_answers WHERE customer_id = ?1 AND conversation_id IS NULL");
    snapshot.find(&sql, params![customer], filled)
}

pub fn find(snapshot: &Snapshot<'_>, conversation: ConversationId) -> Result<Option<Filled>> {
    let sql = format!("SELECT {COLUMNS} FROM prechat_answers WHERE conversation_id = ?1");
    snapshot.find(&sql, params![conversation], filled)
}

/// In the place of what waited.
pub fn replace_waiting(tx: &mut Tx<'_>, customer: CustomerId, filled: &Filled) -> Result<()> {
    let answers: Vec<(&str, &str)> = filled.answers.iter().map(|one| (one.label.as_str(), one.text.as_str())).collect();
    let tags: Vec<i64> = filled.tags.iter().map(|tag| tag.0).collect();
    let (answers, tags) = (document(&answers)?, document(&tags)?);
    tx.execute("DELETE FROM prechat_answers WHERE customer_id = ?1 AND conversation_id IS NULL", params![customer])?;
    tx.execute(
        "INSERT INTO prechat_answers (customer_id, answers, tags, consent, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![customer, answers, tags, filled.consent, filled.at],
    )
    .map(drop)
}

pub fn attach(tx: &mut Tx<'_>, customer: CustomerId, conversation: ConversationId) -> Result<()> {
    tx.execute(
        "UPDATE prechat_answers SET conversation_id = ?2 WHERE customer_id = ?1 AND conversation_id IS NULL",
        params![customer, conversation],
    )
    .map(drop)
}

fn document(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
