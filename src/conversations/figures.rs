//! What became of conversations without anybody asking.

use crate::kernel::figures::{Count, Family};

pub(super) static HANDED_BACK: Count = Count::new();

pub fn families() -> Vec<Family> {
    vec![Family::count(
        "parlor_conversations_handed_back",
        "Conversations given back because their assignee could not be reached",
        HANDED_BACK.get(),
    )]
}
