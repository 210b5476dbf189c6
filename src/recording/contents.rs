//! What a recording's file holds: statements of the chain, each in a record of its own, segments with theirs, and at the end all
//! statements once more, and an index.

use super::chain::{Link, Statement, kind_of, sha256};
use super::frames::{Kind, key_size};
use super::webm::{self, Coding, Segment, TrackHead, View};
use crate::vault::Record;
use serde::{Deserialize, Serialize};

const STATEMENT: u8 = 1;
const SEGMENT: u8 = 2;
const LINKS: u8 = 3;
const INDEX: u8 = 4;
/// A block names its track in seven bits.
pub const TRACKS_MAX: usize = 126;
/// The last sound of a segment lasts so long.
const LAST_MS: u64 = 20;
/// Until the first picture says otherwise.
const UNKNOWN_SIZE: (u16, u16) = (640, 480);

/// One record.
#[derive(Debug)]
pub enum Entry {
    Statement(Link),
    Segment(Link, Vec<u8>),
    Links(Vec<Link>),
    /// The last statement, the exported file's head, and what is known of everything.
    Index(Link, Vec<u8>, Contents),
}

impl Entry {
    pub fn encode(&self) -> Vec<u8> {
        let linked = |kind: u8, link: &Link, rest: &[u8]| {
            let line = link.line.as_bytes();
            let mut out = Vec::with_capacity(1 + 4 + line.len() + 64 + rest.len());
            out.push(kind);
            out.extend_from_slice(&(line.len() as u32).to_be_bytes());
            out.extend_from_slice(line);
            out.extend_from_slice(&link.signature);
            out.extend_from_slice(rest);
            out
        };
        match self {
            Entry::Statement(link) => linked(STATEMENT, link, &[]),
            Entry::Segment(link, cluster) => linked(SEGMENT, link, cluster),
            Entry::Index(link, head, contents) => {
                let mut rest = (head.len() as u32).to_be_bytes().to_vec();
                rest.extend_from_slice(head);
                serde_json::to_writer(&mut rest, contents).expect("texts and numbers are JSON");
                linked(INDEX, link, &rest)
            }
            Entry::Links(links) => {
                let mut out = vec![LINKS];
                serde_json::to_writer(&mut out, links).expect("texts are JSON");
                out
            }
        }
    }

    pub fn decode(record: &[u8]) -> Option<Entry> {
        let (kind, rest) = record.split_first()?;
        if *kind == LINKS {
            return serde_json::from_slice(rest).ok().map(Entry::Links);
        }
        let (length, rest) = rest.split_at_checked(4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        let (line, rest) = rest.split_at_checked(length)?;
        let (signature, rest) = rest.split_at_checked(64)?;
        let link = Link { line: String::from_utf8(line.to_vec()).ok()?, signature: signature.to_vec() };
        match *kind {
            STATEMENT => Some(Entry::Statement(link)),
            SEGMENT => Some(Entry::Segment(link, rest.to_vec())),
            INDEX => {
                let (length, rest) = rest.split_at_checked(4)?;
                let (head, rest) = rest.split_at_checked(u32::from_be_bytes(length.try_into().ok()?) as usize)?;
                Some(Entry::Index(link, head.to_vec(), serde_json::from_slice(rest).ok()?))
            }
            _ => None,
        }
    }
}

/// What is known of a recording, while it is made and afterwards.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Contents {
    pub began_at: i64,
    pub parties: Vec<PartyRow>,
    pub tracks: Vec<TrackRow>,
    pub segments: Vec<SegmentRow>,
    pub marks: Vec<Mark>,
    /// Of a finished one: where all statements lie together.
    pub links_at: Option<Place>,
    /// In memory while it is made.
    #[serde(skip)]
    pub links: Vec<Link>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PartyRow {
    pub leg: i64,
    pub name: String,
    pub side: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrackRow {
    pub number: u8,
    pub leg: i64,
    pub source: String,
    /// Of the largest picture.
    pub size: Option<(u16, u16)>,
    pub from_ms: Option<u64>,
    pub until_ms: u64,
}

impl TrackRow {
    fn kind(&self) -> Kind {
        kind_of(&self.source).unwrap_or(Kind::Camera)
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SegmentRow {
    pub from_ms: u64,
    pub until_ms: u64,
    /// Of its cluster.
    pub bytes: u32,
    pub tracks: Vec<(u8, u32)>,
    pub keys: Vec<(u8, u64)>,
    pub record: Place,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    pub at: u64,
    pub number: u32,
    pub bytes: u32,
}

impl From<Record> for Place {
    fn from(record: Record) -> Place {
        Place { at: record.at, number: record.number, bytes: record.bytes }
    }
}

impl From<Place> for Record {
    fn from(place: Place) -> Record {
        Record { at: place.at, number: place.number, bytes: place.bytes }
    }
}

/// A pause, at its place in the recording.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mark {
    pub at_ms: u64,
    pub paused_at: i64,
    pub reason: String,
    pub resumed_at: Option<i64>,
}

impl Contents {
    pub fn duration_ms(&self) -> u64 {
        self.segments.iter().map(|segment| segment.until_ms).max().unwrap_or(0)
    }

    #[cfg(test)]
    pub fn track_of(&self, leg: i64, kind: Kind) -> Option<u8> {
        let is_it = |track: &&TrackRow| track.leg == leg && track.kind() == kind;
        self.tracks.iter().find(is_it).map(|track| track.number)
    }

    /// Takes note of what was written.
    pub fn note(&mut self, link: Link) {
        match link.statement() {
            Some(Statement::Begin { at, .. }) => self.began_at = at,
            Some(Statement::Party { leg, name, side, .. }) => {
                self.parties.retain(|party| party.leg != leg);
                self.parties.push(PartyRow { leg, name, side });
            }
            Some(Statement::Track { track, leg, source, .. }) => {
                self.tracks.push(TrackRow { number: track, leg, source, size: None, from_ms: None, until_ms: 0 });
            }
            Some(Statement::Paused { at, at_ms, reason, .. }) => {
                self.marks.push(Mark { at_ms, paused_at: at, reason, resumed_at: None });
            }
            Some(Statement::Resumed { at, .. }) => {
                if let Some(mark) = self.marks.last_mut() {
                    mark.resumed_at = Some(at);
                }
            }
            Some(Statement::Segment { .. } | Statement::End { .. }) | None => {}
        }
        self.links.push(link);
    }

    /// Takes note of a segment. `None`: it is none.
    pub fn add(&mut self, link: Link, cluster: &[u8], record: Record) -> Option<()> {
        let survey = webm::survey(cluster)?;
        let until_ms = survey.last_ms + LAST_MS;
        for (number, at_ms) in survey.tracks.iter().map(|(number, _)| (*number, survey.from_ms)) {
            if let Some(track) = self.tracks.iter_mut().find(|track| track.number == number) {
                track.from_ms.get_or_insert(at_ms);
                track.until_ms = until_ms;
            }
        }
        let mut keys = survey.keys;
        keys.retain(|(number, _)| self.tracks.iter().any(|track| track.number == *number && !track.kind().is_sound()));
        if !keys.is_empty() {
            self.measure(cluster);
        }
        let (from_ms, bytes, tracks) = (survey.from_ms, cluster.len() as u32, survey.tracks);
        self.segments.push(SegmentRow { from_ms, until_ms, bytes, tracks, keys, record: record.into() });
        self.links.push(link);
        Some(())
    }

    fn measure(&mut self, cluster: &[u8]) {
        let area = |size: (u16, u16)| u32::from(size.0) * u32::from(size.1);
        for (number, data) in webm::contents(cluster) {
            let picture = |track: &&mut TrackRow| track.number == number && !track.kind().is_sound();
            if let (Some(track), Some(size)) = (self.tracks.iter_mut().find(picture), key_size(data))
                && track.size.is_none_or(|known| area(known) < area(size))
            {
                track.size = Some(size);
            }
        }
    }

    /// All of it as one file, or only these tracks.
    pub fn view(&self, only: Option<&[u8]>) -> View {
        let heads: Vec<TrackHead> = self
            .tracks
            .iter()
            .filter(|track| only.is_none_or(|only| only.contains(&track.number)))
            .map(|track| self.head(track))
            .collect();
        let segments: Vec<Segment> = self.segments.iter().map(SegmentRow::as_seen).collect();
        View::new(self.began_at, &heads, &segments)
    }

    fn head(&self, track: &TrackRow) -> TrackHead {
        let party = self.parties.iter().find(|party| party.leg == track.leg);
        let name = party.map_or_else(|| format!("leg {}", track.leg), |party| party.name.clone());
        let coding = match track.kind() {
            Kind::Mic => Coding::Opus,
            Kind::Camera | Kind::Screen => {
                let (width, height) = track.size.unwrap_or(UNKNOWN_SIZE);
                Coding::Vp8 { width, height }
            }
        };
        TrackHead { number: track.number, name: format!("{name} ({})", track.source), coding }
    }
}

impl SegmentRow {
    fn as_seen(&self) -> Segment {
        let (tracks, keys) = (self.tracks.clone(), self.keys.clone());
        Segment { from_ms: self.from_ms, until_ms: self.until_ms, bytes: self.bytes, tracks, keys }
    }
}

/// The statement that stands for this cluster.
pub fn of_cluster(n: u64, at: i64, cluster: &[u8]) -> Statement {
    let (from_ms, until_ms) = webm::survey(cluster).map_or((0, 0), |survey| (survey.from_ms, survey.last_ms + LAST_MS));
    Statement::Segment { n, at, from_ms, until_ms, bytes: cluster.len() as u32, sha256: sha256(cluster) }
}
