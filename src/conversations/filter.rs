//! Which conversations somebody wants to see, and in which order. It has one written form, the query of an address:
//! `assignee=me&priority=high,urgent&sort=waiting`. The console's addresses, the REST list and saved views all speak it.

use super::model::Priority;
use crate::kernel::{ChannelId, Error, Result, TagId, UserId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    pub state: State,
    pub assignee: Option<Holder>,
    pub channel: Option<ChannelId>,
    /// All of them.
    pub tags: Vec<TagId>,
    /// Any of them; empty: whatever it is.
    pub priorities: Vec<Priority>,
    /// A customer waits for longer than so many seconds.
    pub waiting_s: Option<i64>,
    /// The customer's page says so of them.
    pub attribute: Option<(String, String)>,
    pub sort: Sort,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// And not put aside.
    #[default]
    Open,
    Snoozed,
    Resolved,
}

/// Whoever asks is one of them in a view that many share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    Me,
    Nobody,
    User(UserId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sort {
    /// Latest activity first.
    #[default]
    Newest,
    Oldest,
    /// Who waits longest first, then those in which nobody waits by latest activity.
    Waiting,
    /// The most urgent first, of one priority the oldest; then those without by latest activity.
    Priority,
}

const TAGS_MAX: usize = 10;
const ATTRIBUTE_CHARS_MAX: usize = 1_000;
/// Longer than that nobody waits.
const WAITING_S_MAX: i64 = 10 * 366 * 24 * 3_600;
/// What may stand in a query as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl Filter {
    /// One of the fixed views.
    pub fn preset(view: &str) -> Option<Filter> {
        match view {
            "unassigned" => Some(Filter { assignee: Some(Holder::Nobody), ..Filter::default() }),
            "mine" => Some(Filter { assignee: Some(Holder::Me), ..Filter::default() }),
            "all" => Some(Filter::default()),
            "snoozed" => Some(Filter { state: State::Snoozed, ..Filter::default() }),
            "resolved" => Some(Filter { state: State::Resolved, ..Filter::default() }),
            _ => None,
        }
    }

    /// A query; what is no part of a filter is left to others.
    pub fn parse(query: &str) -> Result<Filter> {
        let pairs =
            || query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let view = pairs().find(|(name, _)| *name == "view").map_or("all", |(_, view)| view);
        let mut filter = Filter::preset(view).ok_or_else(|| Error::invalid("view", "invalid"))?;
        for (name, value) in pairs() {
            let plus = value.replace('+', " ");
            let value =
                percent_decode_str(&plus).decode_utf8().map_err(|_| Error::malformed("The query is not UTF-8"))?;
            filter.set(name, &value)?;
        }
        Ok(filter)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let invalid = |field: &'static str| Error::invalid(field, "invalid");
        match name {
            "status" => self.state = State::parse(value).ok_or_else(|| invalid("status"))?,
            "assignee" => self.assignee = Some(Holder::parse(value)?),
            "channel" => self.channel = Some(value.parse()?),
            "tag" => {
                self.tags = value.split(',').map(str::parse).collect::<Result<_>>()?;
                self.tags.sort_unstable();
                self.tags.dedup();
                if self.tags.len() > TAGS_MAX {
                    return Err(Error::invalid("tag", "too_long"));
                }
            }
            "priority" => {
                let each = value.split(',').map(|text| Priority::parse(text).ok_or_else(|| invalid("priority")));
                self.priorities = each.collect::<Result<_>>()?;
                self.priorities.sort_unstable();
                self.priorities.dedup();
            }
            "waiting_s" => {
                let seconds = value.parse().ok().filter(|seconds| (1..=WAITING_S_MAX).contains(seconds));
                self.waiting_s = Some(seconds.ok_or_else(|| invalid("waiting_s"))?);
            }
            "attribute" => {
                let (name, said) = value.split_once(':').ok_or_else(|| invalid("attribute"))?;
                if name.is_empty() || value.chars().count() > ATTRIBUTE_CHARS_MAX || value.contains('\0') {
                    return Err(invalid("attribute"));
                }
                self.attribute = Some((name.to_owned(), said.to_owned()));
            }
            "sort" => self.sort = Sort::parse(value).ok_or_else(|| invalid("sort"))?,
            _ => {}
        }
        Ok(())
    }

    /// The one way to write it: what is as usual is left out.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |name: &str, value: String| parts.push(format!("{name}={value}"));
        if self.state != State::Open {
            add("status", self.state.as_str().to_owned());
        }
        if let Some(holder) = self.assignee {
            add("assignee", holder.text());
        }
        if let Some(channel) = self.channel {
            add("channel", channel.to_string());
        }
        if !self.tags.is_empty() {
            add("tag", self.tags.iter().map(TagId::to_string).collect::<Vec<_>>().join(","));
        }
        if !self.priorities.is_empty() {
            add("priority", self.priorities.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(","));
        }
        if let Some(seconds) = self.waiting_s {
            add("waiting_s", seconds.to_string());
        }
        if let Some((name, said)) = &self.attribute {
            add("attribute", format!("{}:{}", utf8_percent_encode(name, PLAIN), utf8_percent_encode(said, PLAIN)));
        }
        if self.sort != Sort::Newest {
            add("sort", self.sort.as_str().to_owned());
        }
        parts.join("&")
    }
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Snoozed => "snoozed",
            State::Resolved => "resolved",
        }
    }

    fn parse(text: &str) -> Option<State> {
        [State::Open, State::Snoozed, State::Resolved].into_iter().find(|state| state.as_str() == text)
    }
}

impl Holder {
    fn text(self) -> String {
        match self {
            Holder::Me => "me".to_owned(),
            Holder::Nobody => "nobody".to_owned(),
            Holder::User(user) => user.to_string(),
        }
    }

    fn parse(text: &str) -> Result<Holder> {
        match text {
            "me" => Ok(Holder::Me),
            "nobody" => Ok(Holder::Nobody),
            user => user.parse().map(Holder::User),
        }
    }
}

impl Sort {
    fn as_str(self) -> &'static str {
        match self {
            Sort::Newest => "newest",
            Sort::Oldest => "oldest",
            Sort::Waiting => "waiting",
            Sort::Priority => "priority",
        }
    }

    fn parse(text: &str) -> Option<Sort> {
        [Sort::Newest, Sort::Oldest, Sort::Waiting, Sort::Priority].into_iter().find(|sort| sort.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_in_one_spelling() {
        for (given, text) in [
            ("", ""),
            ("status=open&sort=newest", ""),
            ("view=mine", "assignee=me"),
            ("after=x&limit=3&view=resolved", "status=resolved"),
            ("tag=tag_9,tag_2,tag_9&priority=urgent,high", "tag=tag_2,tag_9&priority=high,urgent"),
            ("attribute=plan:gold%20%26+%E9%87%91&waiting_s=60", "waiting_s=60&attribute=plan:gold%20%26%20%E9%87%91"),
            ("assignee=usr_3&channel=chn_1&sort=waiting", "assignee=usr_3&channel=chn_1&sort=waiting"),
        ] {
            let filter = Filter::parse(given).unwrap();
            assert_eq!(filter.text(), text, "{given}");
            assert_eq!(Filter::parse(text).unwrap(), filter, "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for bad in [
            "view=never",
            "status=closed",
            "assignee=you",
            "channel=7",
            "tag=",
            "priority=very",
            "waiting_s=0",
            "waiting_s=x",
            "attribute=plan",
            "attribute=:gold",
            "sort=up",
            "attribute=%ff:x",
            "tag=tag_1,tag_2,tag_3,tag_4,tag_5,tag_6,tag_7,tag_8,tag_9,tag_10,tag_11",
        ] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
    }
}
