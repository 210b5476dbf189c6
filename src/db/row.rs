//! Values in, columns out, without naming the database behind.

use crate::kernel::{
    AttachmentId, CallId, ChannelId, ConversationId, CustomerId, Error, LegId, Millis, QuickReplyId, RatingId,
    RecordingId, Result, SavedViewId, TagId, TokenId, TransferId, UserId, WebhookId,
};
use rusqlite::types::{ToSqlOutput, ValueRef};

#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(n),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

pub trait ToValue {
    fn to_value(&self) -> Value<'_>;
}

macro_rules! int_value {
    ($($type:ty => $get:expr),+ $(,)?) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value<'_> {
                let get: fn(&$type) -> i64 = $get;
                Value::Int(get(self))
            }
        }
    )+};
}

int_value! {
    i64 => |n| *n,
    i32 => |n| i64::from(*n),
    u32 => |n| i64::from(*n),
    bool => |b| i64::from(*b),
    Millis => |t| t.0,
    UserId => |id| id.0,
    CustomerId => |id| id.0,
    ChannelId => |id| id.0,
    ConversationId => |id| id.0,
    RecordingId => |id| id.0,
    AttachmentId => |id| id.0,
    TokenId => |id| id.0,
    QuickReplyId => |id| id.0,
    WebhookId => |id| id.0,
    RatingId => |id| id.0,
    SavedViewId => |id| id.0,
    TagId => |id| id.0,
    TransferId => |id| id.0,
    CallId => |id| id.0,
    LegId => |id| id.0,
}

impl ToValue for str {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

/// One result row; columns by their place in the `SELECT`.
pub struct Row<'r>(pub(super) &'r rusqlite::Row<'r>);

impl Row<'_> {
    pub fn get<T: FromColumn>(&self, column: usize) -> Result<T> {
        let value = self.0.get_ref(column).map_err(|e| Error::internal(format!("column {column}: {e}")))?;
        T::from_column(value).ok_or_else(|| {
            Error::internal(format!("column {column}: a {:?} where another type belongs", value.data_type()))
        })
    }
}

pub trait FromColumn: Sized {
    fn from_column(value: ValueRef<'_>) -> Option<Self>;
}

macro_rules! int_column {
    ($($type:ty => $make:expr),+ $(,)?) => {$(
        impl FromColumn for $type {
            fn from_column(value: ValueRef<'_>) -> Option<Self> {
                let make: fn(i64) -> $type = $make;
                value.as_i64().ok().map(make)
            }
        }
    )+};
}

int_column! {
    i64 => |n| n,
    bool => |n| n != 0,
    Millis => Millis,
    UserId => UserId,
    CustomerId => CustomerId,
    ChannelId => ChannelId,
    ConversationId => ConversationId,
    RecordingId => RecordingId,
    AttachmentId => AttachmentId,
    TokenId => TokenId,
    QuickReplyId => QuickReplyId,
    WebhookId => WebhookId,
    RatingId => RatingId,
    SavedViewId => SavedViewId,
    TagId => TagId,
    TransferId => TransferId,
    CallId => CallId,
    LegId => LegId,
}

impl FromColumn for String {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok().map(<[u8]>::to_vec)
    }
}

impl<const N: usize> FromColumn for [u8; N] {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok()?.try_into().ok()
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            other => T::from_column(other).map(Some),
        }
    }
}
