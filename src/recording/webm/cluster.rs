//! One second of everybody.

use super::ebml::{self, CLUSTER, SIMPLE_BLOCK, TIMESTAMP};
use bytes::Bytes;

/// Before the first block: id, length, time stamp.
pub const CLUSTER_HEAD: usize = 4 + 8 + 1 + 8 + 8;
/// Before a block's content: id, length, track, time, flags.
const BLOCK_HEAD: usize = 1 + 8 + 1 + 2 + 1;
const IS_KEY: u8 = 0x80;

/// A frame on its way into a cluster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    pub track: u8,
    pub at_ms: u64,
    pub is_key: bool,
    pub data: Bytes,
}

/// Writes these blocks, which are in the order of their times and lie within 32 s.
pub fn cluster(blocks: Vec<Block>) -> Vec<u8> {
    let from = blocks.first().map_or(0, |block| block.at_ms);
    let bytes = CLUSTER_HEAD + blocks.iter().map(|block| BLOCK_HEAD + block.data.len()).sum::<usize>();
    let mut out = Vec::with_capacity(bytes);
    ebml::id(&mut out, CLUSTER);
    ebml::length(&mut out, (bytes - 12) as u64);
    ebml::number(&mut out, TIMESTAMP, from);
    for block in blocks {
        ebml::id(&mut out, SIMPLE_BLOCK);
        ebml::length(&mut out, (4 + block.data.len()) as u64);
        let after = i16::try_from(block.at_ms - from).unwrap_or(i16::MAX);
        out.push(0x80 | block.track);
        out.extend_from_slice(&after.to_be_bytes());
        out.push(if block.is_key { IS_KEY } else { 0 });
        out.extend_from_slice(&block.data);
    }
    out
}

/// What a cluster holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Survey {
    pub from_ms: u64,
    /// The last block's time.
    pub last_ms: u64,
    /// Bytes of each track's blocks, heads included.
    pub tracks: Vec<(u8, u32)>,
    /// Blocks that one can begin with.
    pub keys: Vec<(u8, u64)>,
}

/// A block as it lies in a cluster.
pub(super) struct Found<'c> {
    pub track: u8,
    pub at_ms: u64,
    is_key: bool,
    pub whole: &'c [u8],
    pub data: &'c [u8],
}

/// The blocks of a cluster that was written here; what is none ends it.
pub(super) fn blocks(cluster: &[u8]) -> Option<impl Iterator<Item = Found<'_>>> {
    let head = cluster.get(..CLUSTER_HEAD)?;
    if ebml::element(head)?.0 != CLUSTER || ebml::element(&head[12..])?.0 != TIMESTAMP {
        return None;
    }
    let from = u64::from_be_bytes(head[CLUSTER_HEAD - 8..].try_into().ok()?);
    let mut rest = &cluster[CLUSTER_HEAD..];
    Some(std::iter::from_fn(move || {
        let (id, begins, length) = ebml::element(rest)?;
        let end = begins.checked_add(usize::try_from(length).ok()?)?;
        let content = rest.get(begins..end).filter(|content| id == SIMPLE_BLOCK && content.len() >= 4)?;
        let after = i16::from_be_bytes([content[1], content[2]]);
        let whole = &rest[..end];
        rest = &rest[end..];
        Some(Found {
            track: content[0] & 0x7f,
            at_ms: from.saturating_add_signed(i64::from(after)),
            is_key: content[3] & IS_KEY != 0,
            whole,
            data: &content[4..],
        })
    }))
}

/// The content of each block, by track.
pub fn contents(cluster: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    blocks(cluster).into_iter().flatten().map(|block| (block.track, block.data))
}

pub fn survey(cluster: &[u8]) -> Option<Survey> {
    let mut survey = Survey { from_ms: u64::MAX, ..Survey::default() };
    for block in blocks(cluster)? {
        survey.from_ms = survey.from_ms.min(block.at_ms);
        survey.last_ms = survey.last_ms.max(block.at_ms);
        match survey.tracks.iter_mut().find(|(track, _)| *track == block.track) {
            Some((_, bytes)) => *bytes += block.whole.len() as u32,
            None => survey.tracks.push((block.track, block.whole.len() as u32)),
        }
        if block.is_key {
            survey.keys.push((block.track, block.at_ms));
        }
    }
    (survey.from_ms != u64::MAX).then_some(survey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_tells_what_it_holds() {
        let block = |track, at_ms, is_key| Block { track, at_ms, is_key, data: Bytes::from(vec![track; 10]) };
        let written = cluster(vec![block(1, 5_000, true), block(2, 5_040, true), block(2, 5_073, false)]);
        let found: Vec<(u8, u64)> = blocks(&written).unwrap().map(|block| (block.track, block.at_ms)).collect();
        assert_eq!(found, [(1, 5_000), (2, 5_040), (2, 5_073)]);
        let survey = survey(&written).unwrap();
        assert_eq!((survey.from_ms, survey.last_ms), (5_000, 5_073));
        assert_eq!(survey.tracks, [(1, 23), (2, 46)]);
        assert_eq!(survey.keys, [(1, 5_000), (2, 5_040)]);
        assert_eq!(super::survey(&written[..20]), None);
        assert_eq!(super::survey(&cluster(Vec::new())), None);
    }
}
