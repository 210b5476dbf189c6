//! What players read first.

use super::ebml::{self, EBML, SEGMENT};

const SEEK_HEAD: u32 = 0x114D_9B74;
const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
const CUES: u32 = 0x1C53_BB6B;
/// Milliseconds between 1970 and 2001, where Matroska's dates begin.
const EPOCH_2001_MS: i64 = 978_307_200_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coding {
    Opus,
    Vp8 { width: u16, height: u16 },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrackHead {
    pub number: u8,
    /// Whose it is.
    pub name: String,
    pub coding: Coding,
}

/// Where one can begin: a time, a track, and how far behind the first cluster its cluster lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cue {
    pub at_ms: u64,
    pub track: u8,
    pub cluster_at: u64,
}

pub struct Head<'h> {
    pub began_at: i64,
    pub duration_ms: u64,
    pub tracks: &'h [TrackHead],
    pub cues: &'h [Cue],
    /// Of all clusters, which follow.
    pub clusters_bytes: u64,
}

impl Head<'_> {
    pub fn write(&self) -> Vec<u8> {
        let (info, tracks) = (self.info(), self.tracks());
        // Every number takes eight bytes, so the places can be told before they are known.
        let seek_head_bytes = seek_head([0; 3]).len() as u64;
        let cues_bytes = self.cues(0).len() as u64;
        let info_at = seek_head_bytes;
        let tracks_at = info_at + info.len() as u64;
        let cues_at = tracks_at + tracks.len() as u64;
        let first_cluster = cues_at + cues_bytes;
        let mut out = Vec::new();
        ebml::master(&mut out, EBML, |out| {
            [(0x4286, 1), (0x42F7, 1), (0x42F2, 4), (0x42F3, 8)].iter().for_each(|(of, n)| ebml::number(out, *of, *n));
            ebml::text(out, 0x4282, "webm");
            [(0x4287, 4), (0x4285, 2)].iter().for_each(|(of, n)| ebml::number(out, *of, *n));
        });
        ebml::id(&mut out, SEGMENT);
        ebml::length(&mut out, first_cluster + self.clusters_bytes);
        out.extend(seek_head([info_at, tracks_at, cues_at]));
        out.extend(info);
        out.extend(tracks);
        out.extend(self.cues(first_cluster));
        out
    }

    fn info(&self) -> Vec<u8> {
        let mut out = Vec::new();
        ebml::master(&mut out, INFO, |out| {
            ebml::number(out, 0x2A_D7B1, 1_000_000);
            ebml::float(out, 0x4489, self.duration_ms as f64);
            let since = (self.began_at - EPOCH_2001_MS).saturating_mul(1_000_000);
            ebml::binary(out, 0x4461, &since.to_be_bytes());
            ebml::text(out, 0x4D80, "Parlor");
            ebml::text(out, 0x5741, "Parlor");
        });
        out
    }

    fn tracks(&self) -> Vec<u8> {
        let mut out = Vec::new();
        ebml::master(&mut out, TRACKS, |out| self.tracks.iter().for_each(|track| track.write(out)));
        out
    }

    fn cues(&self, first_cluster: u64) -> Vec<u8> {
        let mut out = Vec::new();
        ebml::master(&mut out, CUES, |out| {
            for cue in self.cues {
                ebml::master(out, 0xBB, |out| {
                    ebml::number(out, 0xB3, cue.at_ms);
                    ebml::master(out, 0xB7, |out| {
                        ebml::number(out, 0xF7, u64::from(cue.track));
                        ebml::number(out, 0xF1, first_cluster + cue.cluster_at);
                    });
                });
            }
        });
        out
    }
}

fn seek_head(places: [u64; 3]) -> Vec<u8> {
    let mut out = Vec::new();
    ebml::master(&mut out, SEEK_HEAD, |out| {
        for (of, at) in [INFO, TRACKS, CUES].into_iter().zip(places) {
            ebml::master(out, 0x4DBB, |out| {
                ebml::binary(out, 0x53AB, &of.to_be_bytes());
                ebml::number(out, 0x53AC, at);
            });
        }
    });
    out
}

impl TrackHead {
    fn write(&self, out: &mut Vec<u8>) {
        ebml::master(out, 0xAE, |out| {
            ebml::number(out, 0xD7, u64::from(self.number));
            ebml::number(out, 0x73C5, u64::from(self.number));
            ebml::number(out, 0x9C, 0);
            ebml::text(out, 0x536E, &self.name);
            ebml::text(out, 0x22_B59C, "und");
            match self.coding {
                Coding::Opus => {
                    ebml::number(out, 0x83, 2);
                    ebml::text(out, 0x86, "A_OPUS");
                    // RFC 7845: two channels, nothing to skip, 48 kHz.
                    let head = [&b"OpusHead\x01\x02\0\0"[..], &48_000u32.to_le_bytes(), &[0; 3]].concat();
                    ebml::binary(out, 0x63A2, &head);
                    ebml::number(out, 0x56BB, 80_000_000);
                    ebml::master(out, 0xE1, |out| {
                        ebml::float(out, 0xB5, 48_000.0);
                        ebml::number(out, 0x9F, 2);
                    });
                }
                Coding::Vp8 { width, height } => {
                    ebml::number(out, 0x83, 1);
                    ebml::text(out, 0x86, "V_VP8");
                    ebml::master(out, 0xE0, |out| {
                        ebml::number(out, 0xB0, u64::from(width));
                        ebml::number(out, 0xBA, u64::from(height));
                    });
                }
            }
        });
    }
}
