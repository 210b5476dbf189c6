//! Opus: a packet is a frame (RFC 7587).

/// Milliseconds that a packet's sound lasts (RFC 6716, 3.1); none for what is no packet.
pub fn milliseconds(packet: &[u8]) -> Option<u32> {
    let first = *packet.first()?;
    let tenths = match first >> 3 {
        silk @ 0..12 => [100, 200, 400, 600][usize::from(silk % 4)],
        hybrid @ 12..16 => [100, 200][usize::from(hybrid % 2)],
        celt => [25, 50, 100, 200][usize::from(celt % 4)],
    };
    let frames = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 63),
    };
    let tenths = tenths * frames;
    (1..=1_200).contains(&tenths).then_some(tenths.div_ceil(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_says_how_long_it_lasts() {
        assert_eq!(milliseconds(&[0xf8, 0xff, 0xfe]), Some(20), "a browser's silence");
        assert_eq!(milliseconds(&[0x78, 1]), Some(20));
        assert_eq!(milliseconds(&[0x19]), Some(120), "two frames of sixty");
        assert_eq!(milliseconds(&[0x83, 3]), Some(8));
        for bad in [&[][..], &[0x83], &[0x83, 0], &[0x1b, 63]] {
            assert_eq!(milliseconds(bad), None, "{bad:?}");
        }
    }
}
