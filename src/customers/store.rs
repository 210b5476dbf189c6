//! The tables `customers` and `customer_attributes`.

use super::{Customer, Device};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{ChannelId, CustomerId, Error, Millis, Result};
use crate::params;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// `last_seen_at` is for people to read: a minute is exact enough and spares a write per frame.
const SEEN_STEP_MS: i64 = Millis::minutes(1);

fn customer(row: &Row<'_>) -> Result<Customer> {
    Ok(Customer {
        id: row.get(0)?,
        channel: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        phone: row.get(4)?,
        note: row.get(5)?,
        attributes: read_document(row, 6)?.unwrap_or_default(),
        page: read_document(row, 7)?,
        device: read_document(row, 8)?,
        locale: row.get(9)?,
        created_at: row.get(10)?,
        last_seen_at: row.get(11)?,
        position: row.get(12)?,
    })
}

pub fn find(snapshot: &Snapshot<'_>, id: CustomerId) -> Result<Option<Customer>> {
    snapshot.find(
        "SELECT id, channel_id, name, email, phone, note, attributes, page, device, locale, created_at, last_seen_at,
                position
         FROM customers WHERE id = ?1",
        params![id],
        customer,
    )
}

pub fn insert(tx: &mut Tx<'_>, channel: ChannelId, locale: &str, device: &Device, now: Millis) -> Result<CustomerId> {
    let device = document(device)?;
    tx.returning(
        "INSERT INTO customers (channel_id, name, email, phone, note, attributes, page, device, locale, created_at,
                                last_seen_at, position)
         VALUES (?1, '', '', '', '', '{}', '', ?2, ?3, ?4, ?4, 0) RETURNING id",
        params![channel, device, locale, now],
        |row| row.get(0),
    )
}

pub fn update(tx: &mut Tx<'_>, customer: &Customer) -> Result<()> {
    let attributes = document(&customer.attributes)?;
    let page = optional_document(customer.page.as_ref())?;
    let device = optional_document(customer.device.as_ref())?;
    tx.execute(
        "UPDATE customers SET name = ?2, email = ?3, phone = ?4, note = ?5, attributes = ?6, page = ?7, device = ?8,
                locale = ?9, last_seen_at = ?10, position = ?11
         WHERE id = ?1",
        params![
            customer.id,
            customer.name,
            customer.email,
            customer.phone,
            customer.note,
            attributes,
            page,
            device,
            customer.locale,
            customer.last_seen_at,
            customer.position
        ],
    )?;
    Ok(())
}

/// Notes that the customer was here.
pub fn touch(tx: &mut Tx<'_>, id: CustomerId, now: Millis) -> Result<()> {
    tx.execute(
        "UPDATE customers SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?3",
        params![id, now, now.plus(-SEEN_STEP_MS)],
    )?;
    Ok(())
}

/// Who was not here since `before`, by id after `after`.
pub fn list_gone(snapshot: &Snapshot<'_>, after: CustomerId, before: Millis, limit: usize) -> Result<Vec<CustomerId>> {
    snapshot.list(
        "SELECT id FROM customers WHERE id > ?1 AND last_seen_at < ?2 ORDER BY id LIMIT ?3",
        params![after, before, limit as i64],
        |row| row.get(0),
    )
}

pub fn newest(snapshot: &Snapshot<'_>) -> Result<Option<CustomerId>> {
    snapshot.get("SELECT MAX(id) FROM customers", &[], |row| row.get(0))
}

/// Nothing may refer to them any more.
pub fn delete(tx: &mut Tx<'_>, id: CustomerId) -> Result<()> {
    tx.execute("DELETE FROM customer_attributes WHERE customer_id = ?1", params![id])?;
    tx.execute("DELETE FROM customers WHERE id = ?1", params![id]).map(drop)
}

/// The attributes once more, for those who look for customers by them.
pub fn index_attributes(tx: &mut Tx<'_>, customer: &Customer) -> Result<()> {
    tx.execute("DELETE FROM customer_attributes WHERE customer_id = ?1", params![customer.id])?;
    for (name, value) in &customer.attributes {
        tx.execute(
            "INSERT INTO customer_attributes (name, value, customer_id) VALUES (?1, ?2, ?3)",
            params![name, value, customer.id],
        )?;
    }
    Ok(())
}

fn document(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn optional_document(value: Option<&impl Serialize>) -> Result<String> {
    value.map_or(Ok(String::new()), document)
}

fn read_document<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    let text: String = row.get(column)?;
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(&text).map(Some).map_err(|e| Error::internal(format!("customer column {column}: {e}")))
}
