//! A recording as a file that is nowhere: a head that is made, and clusters where they lie.

use super::cluster::{self, CLUSTER_HEAD};
use super::ebml;
use super::head::{Coding, Cue, Head, TrackHead};
use std::ops::Range;

/// Of sound alone one can begin anywhere; so often is said.
const SOUND_CUE_MS: u64 = 5_000;

/// What is known of one cluster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    pub from_ms: u64,
    /// The end of what it holds.
    pub until_ms: u64,
    pub bytes: u32,
    /// Bytes of each track's blocks.
    pub tracks: Vec<(u8, u32)>,
    /// Pictures that stand by themselves.
    pub keys: Vec<(u8, u64)>,
}

/// Some tracks of a recording, or all of them.
pub struct View {
    pub head: Vec<u8>,
    /// Where each segment ends in the file, beginning with the end of the head.
    ends: Vec<u64>,
    /// Those that have anything to show, by their place in the recording.
    places: Vec<usize>,
}

impl View {
    pub fn new(began_at: i64, tracks: &[TrackHead], segments: &[Segment]) -> View {
        let mut view = View { head: Vec::new(), ends: Vec::new(), places: Vec::new() };
        let has = |number: u8| tracks.iter().any(|track| track.number == number);
        let with_picture = tracks.iter().any(|track| matches!(track.coding, Coding::Vp8 { .. }));
        let is_whole = |segment: &Segment| segment.tracks.iter().all(|(track, _)| has(*track));
        let (mut cues, mut at, mut next_cue_ms) = (Vec::new(), 0u64, 0);
        for (place, segment) in segments.iter().enumerate() {
            let blocks: u64 =
                segment.tracks.iter().filter(|(track, _)| has(*track)).map(|(_, bytes)| u64::from(*bytes)).sum();
            if blocks == 0 {
                continue;
            }
            let keys = segment.keys.iter().filter(|(track, _)| has(*track));
            cues.extend(keys.map(|(track, at_ms)| Cue { at_ms: *at_ms, track: *track, cluster_at: at }));
            if !with_picture && segment.from_ms >= next_cue_ms {
                let track = segment.tracks.iter().map(|(track, _)| *track).find(|track| has(*track)).unwrap_or(1);
                cues.push(Cue { at_ms: segment.from_ms, track, cluster_at: at });
                next_cue_ms = segment.from_ms + SOUND_CUE_MS;
            }
            at += if is_whole(segment) { u64::from(segment.bytes) } else { CLUSTER_HEAD as u64 + blocks };
            view.ends.push(at);
            view.places.push(place);
        }
        let duration_ms = segments.iter().map(|segment| segment.until_ms).max().unwrap_or(0);
        view.head = Head { began_at, duration_ms, tracks, cues: &cues, clusters_bytes: at }.write();
        let head = view.head.len() as u64;
        view.ends.iter_mut().for_each(|end| *end += head);
        view
    }

    pub fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(self.head.len() as u64)
    }

    /// The segment that holds this byte behind the head, and where in the file it lies.
    pub fn segment_at(&self, byte: u64) -> Option<(usize, Range<u64>)> {
        let found = self.ends.partition_point(|end| *end <= byte);
        let place = *self.places.get(found)?;
        let begins = if found == 0 { self.head.len() as u64 } else { self.ends[found - 1] };
        Some((place, begins..self.ends[found]))
    }
}

/// The same cluster with some of its tracks.
pub fn only(cluster: Vec<u8>, has: impl Fn(u8) -> bool) -> Vec<u8> {
    let Some(blocks) = cluster::blocks(&cluster) else { return cluster };
    let mut out = cluster[..CLUSTER_HEAD].to_vec();
    blocks.filter(|block| has(block.track)).for_each(|block| out.extend_from_slice(block.whole));
    let mut length = Vec::with_capacity(8);
    ebml::length(&mut length, (out.len() - 12) as u64);
    out[4..12].copy_from_slice(&length);
    out
}

#[cfg(test)]
mod tests {
    use super::super::cluster::{Block, cluster, survey};
    use super::*;
    use bytes::Bytes;

    fn segment(blocks: Vec<Block>) -> (Segment, Vec<u8>) {
        let bytes = cluster(blocks);
        let survey = survey(&bytes).unwrap();
        let (from_ms, until_ms, tracks) = (survey.from_ms, survey.last_ms + 20, survey.tracks);
        let keys = survey.keys.into_iter().filter(|(track, _)| *track == 2).collect();
        (Segment { from_ms, until_ms, bytes: bytes.len() as u32, tracks, keys }, bytes)
    }

    #[test]
    fn every_view_is_as_long_as_what_it_gives_and_its_places_are_true() {
        let block =
            |track, at_ms| Block { track, at_ms, is_key: at_ms % 2_000 == 0, data: Bytes::from(vec![track; 50]) };
        let (segments, clusters): (Vec<Segment>, Vec<Vec<u8>>) = (0..10u64)
            .map(|n| match n {
                // The second track comes later, and the first goes.
                0..3 => segment(vec![block(1, n * 1_000)]),
                3..7 => segment(vec![block(1, n * 1_000), block(2, n * 1_000 + 10), block(2, n * 1_000 + 500)]),
                _ => segment(vec![block(2, n * 1_000)]),
            })
            .unzip();
        let head = |number, coding| TrackHead { number, name: "somebody".into(), coding };
        let all = [head(1, Coding::Opus), head(2, Coding::Vp8 { width: 640, height: 480 })];
        for tracks in [&all[..], &all[..1], &all[1..]] {
            let view = View::new(0, tracks, &segments);
            let has = |number| tracks.iter().any(|track| track.number == number);
            let mut file = view.head.clone();
            while let Some((place, range)) = view.segment_at(file.len() as u64) {
                assert_eq!(range.start, file.len() as u64);
                assert_eq!(view.segment_at(range.end - 1).unwrap().0, place);
                file.extend(only(clusters[place].clone(), has));
                assert_eq!(range.end, file.len() as u64);
            }
            assert_eq!(view.len(), file.len() as u64);
            // The segment's length, and the places in the cues.
            let (_, begins, length) = ebml::element(&file).unwrap();
            let segment_at = begins + length as usize;
            let (id, begins, length) = ebml::element(&file[segment_at..]).unwrap();
            assert_eq!((id, segment_at + begins + length as usize), (ebml::SEGMENT, file.len()));
            let content = segment_at + begins;
            let cues: Vec<usize> = (0..view.head.len() - 10)
                .filter(|at| file[*at] == 0xF1 && file[at + 1] == 1 && file[at + 2..at + 9] == [0, 0, 0, 0, 0, 0, 8])
                .collect();
            assert!(!cues.is_empty());
            for cue in cues {
                let at = u64::from_be_bytes(file[cue + 9..cue + 17].try_into().unwrap()) as usize;
                assert_eq!(ebml::element(&file[content + at..]).unwrap().0, ebml::CLUSTER);
            }
        }
    }
}
