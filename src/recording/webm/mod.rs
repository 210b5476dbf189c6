//! WebM, as much of it as a recording needs: written by hand, one cluster a segment.
//!
//! A recording is one file with a sound and pictures of everybody as tracks of their own, nothing transcoded. It lies on the
//! disk as clusters; what players want in front of them (how long, which tracks, where one can begin) is made when
//! somebody plays it ([`View`]): of all tracks or of some, of a recording that goes on too.

mod cluster;
mod ebml;
mod head;
mod view;

pub use cluster::{Block, cluster, contents, survey};
pub use ebml::{CLUSTER, element};
pub use head::{Coding, TrackHead};
pub use view::{Segment, View, only};
