//! Where a picture of VP8 can be begun: a key frame's first packet (RFC 7741).

/// Whether this payload begins a picture that needs no earlier one.
pub fn begins_key_frame(payload: &[u8]) -> bool {
    let Some(first) = payload.first() else { return false };
    // Not the start of partition 0.
    if first & 0x17 != 0x10 {
        return false;
    }
    let mut at = 1;
    if first & 0x80 != 0 {
        let Some(more) = payload.get(1) else { return false };
        at = 2;
        if more & 0x80 != 0 {
            let Some(picture) = payload.get(at) else { return false };
            at += if picture & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(more & 0x40 != 0) + usize::from(more & 0x30 != 0);
    }
    payload.get(at).is_some_and(|frame| frame & 1 == 0)
}
