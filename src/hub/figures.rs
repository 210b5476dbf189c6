//! What the hub counts: how full the queues of the connected are, and who was too slow.

use super::Hub;
use crate::kernel::figures::{Count, Family};

pub struct Figures {
    /// Frames put into queues.
    pub(super) frames: Count,
    /// Frames that a full queue did without: somebody types.
    pub(super) dropped: Count,
    /// Queues closed because they were full.
    pub(super) overflows: Count,
}

pub static FIGURES: Figures = Figures { frames: Count::new(), dropped: Count::new(), overflows: Count::new() };

impl Hub {
    pub fn figures(&self) -> Vec<Family> {
        let (waiting, longest) = self.queues();
        vec![
            Family::level("parlor_hub_frames_waiting", "Frames in the queues of all sockets", waiting as f64),
            Family::level("parlor_hub_longest_queue", "Frames in the fullest queue; 256 close it", longest as f64),
            Family::count("parlor_hub_frames", "Frames put into queues", FIGURES.frames.get()),
            Family::count("parlor_hub_dropped", "Signs of typing left out of full queues", FIGURES.dropped.get()),
            Family::count("parlor_hub_overflows", "Queues closed because they were full", FIGURES.overflows.get()),
        ]
    }
}
