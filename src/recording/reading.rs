//! A recording as somebody sees it: a file that is opened piece by piece.

use super::chain::{Link, Statement, sha256};
use super::contents::{Contents, Entry, Place};
use super::model::{IndexPlace, Recording};
use super::webm::{View, only};
use crate::kernel::{Error, Result};
use crate::vault::{LogReader, SealedError};

pub struct Opened {
    reader: LogReader,
    pub contents: Contents,
    /// Of a finished one, as it was signed.
    head: Option<Vec<u8>>,
}

/// Some tracks of it, or all, as a file.
pub struct Showing {
    opened: Opened,
    view: View,
    only: Option<Vec<u8>>,
    /// The cluster that was opened last.
    held: Option<(usize, Vec<u8>)>,
}

impl Opened {
    pub fn running(reader: LogReader, contents: Contents) -> Opened {
        Opened { reader, contents, head: None }
    }

    pub fn finished(reader: LogReader, recording: &Recording, index: Option<IndexPlace>) -> Result<Opened> {
        let Some(index) = index else { return Ok(Opened::running(reader, Contents::default())) };
        let numbers = (u64::try_from(index.at), u32::try_from(index.number), u32::try_from(index.bytes));
        let (Ok(at), Ok(number), Ok(bytes)) = numbers else {
            return Err(Error::damage(format!("the index's place of {}", recording.id)));
        };
        let record = reader.read(Place { at, number, bytes }.into()).map_err(|e| failure(recording, &e))?;
        match Entry::decode(&record) {
            Some(Entry::Index(_, head, contents)) => Ok(Opened { reader, contents, head: Some(head) }),
            _ => Err(Error::damage(format!("the index of {} is something else", recording.id))),
        }
    }

    /// All that is said of it; the last one is the end, if it has ended.
    pub fn links(&self) -> Result<Vec<Link>> {
        let Some(place) = self.contents.links_at else {
            return Ok(self.contents.links.clone());
        };
        let record = self.reader.read(place.into()).map_err(|e| Error::damage(format!("the statements: {e}")))?;
        match Entry::decode(&record) {
            Some(Entry::Links(links)) => Ok(links),
            _ => Err(Error::damage("the statements of a recording are something else")),
        }
    }

    /// Whether every segment is what was linked into the chain. Reads all of it.
    pub fn is_sound(&self) -> Result<bool> {
        let mut promised = self.links()?.into_iter().filter_map(|link| match link.statement() {
            Some(Statement::Segment { sha256, .. }) => Some(sha256),
            _ => None,
        });
        for segment in &self.contents.segments {
            let Ok(record) = self.reader.read(segment.record.into()) else { return Ok(false) };
            match Entry::decode(&record) {
                Some(Entry::Segment(_, cluster)) if promised.next() == Some(sha256(&cluster)) => {}
                _ => return Ok(false),
            }
        }
        Ok(promised.next().is_none())
    }

    /// As a file of all its tracks, or of these. `segments`: only so many of the first ones.
    pub fn show(mut self, only: Option<Vec<u8>>, segments: Option<usize>) -> Showing {
        if let Some(segments) = segments {
            self.contents.segments.truncate(segments);
        }
        let mut view = self.contents.view(only.as_deref());
        if let (Some(head), None, None) = (&self.head, &only, segments) {
            view.head.clone_from(head);
        }
        Showing { opened: self, view, only, held: None }
    }
}

impl Showing {
    pub fn len(&self) -> u64 {
        self.view.len()
    }

    /// Up to `most` bytes from `at`; none at the end.
    pub fn read(&mut self, at: u64, most: usize) -> Result<Vec<u8>, SealedError> {
        let mut out = Vec::new();
        while out.len() < most {
            let (at, left) = (at + out.len() as u64, most - out.len());
            if let Some(head) =
                self.view.head.get(usize::try_from(at).unwrap_or(usize::MAX)..).filter(|head| !head.is_empty())
            {
                out.extend_from_slice(&head[..head.len().min(left)]);
                continue;
            }
            let Some((place, range)) = self.view.segment_at(at) else { break };
            self.load(place)?;
            let Some((_, cluster)) = &self.held else { break };
            let damaged = SealedError::Damaged { at: self.opened.contents.segments[place].record.at };
            if cluster.len() as u64 != range.end - range.start {
                return Err(damaged);
            }
            let from = (at - range.start) as usize;
            out.extend_from_slice(&cluster[from..cluster.len().min(from + left)]);
        }
        Ok(out)
    }

    fn load(&mut self, place: usize) -> Result<(), SealedError> {
        if self.held.as_ref().is_some_and(|(held, _)| *held == place) {
            return Ok(());
        }
        let at = self.opened.contents.segments[place].record;
        let record = self.opened.reader.read(at.into())?;
        let Some(Entry::Segment(_, cluster)) = Entry::decode(&record) else {
            return Err(SealedError::Damaged { at: at.at });
        };
        let cluster = match &self.only {
            Some(tracks) => only(cluster, |track| tracks.contains(&track)),
            None => cluster,
        };
        self.held = Some((place, cluster));
        Ok(())
    }
}

/// The operator reads which file; the caller only that it did not work.
pub fn failure(recording: &Recording, error: &SealedError) -> Error {
    match error {
        SealedError::Io(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Error::unavailable(format!("{}: {error}", recording.id))
        }
        error => Error::internal(format!("{}: {error}", recording.id)),
    }
}
