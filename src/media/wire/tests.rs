use super::rtcp::{Item, Report, SenderReport, items, nacked};
use super::stun::{Class, Message, Method, Writer, attribute as is};
use super::{rtcp, rtp, twcc, vp8};
use crate::media::moment::Moment;

fn all(packet: &[u8]) -> Vec<String> {
    let mut seen = Vec::new();
    items(packet, |item| seen.push(format!("{item:?}")));
    seen
}

#[test]
fn a_signed_message_is_read_back_and_no_bit_of_it_may_change() {
    let address = "[2001:db8::7]:4711".parse().unwrap();
    let bytes = Writer::new(Class::Success, Method::Binding, [9; 12])
        .put(is::USERNAME, b"abc:de")
        .address(is::XOR_MAPPED_ADDRESS, address)
        .sign(b"secret")
        .fingerprint();
    let message = Message::parse(&bytes).unwrap();
    assert_eq!((message.class, message.method), (Class::Success, Method::Binding));
    assert_eq!(message.text(is::USERNAME), Some("abc:de"));
    assert_eq!(message.address(is::XOR_MAPPED_ADDRESS), Some(address));
    assert!(message.signed_by(b"secret") && !message.signed_by(b"Secret"));
    // Behind the signature there is only the fingerprint.
    for at in 8..bytes.len() - 8 {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        assert!(Message::parse(&bad).is_none_or(|bad| !bad.signed_by(b"secret")), "byte {at}");
    }
}

/// The sample request of RFC 5769, 2.1.
#[test]
fn the_standards_own_message_is_understood() {
    let hex = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b1\
               51263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
    let hex: String = hex.split_whitespace().collect();
    let bytes: Vec<u8> =
        (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.text(is::USERNAME), Some("evtj:h6vY"));
    assert!(message.signed_by(b"VOkJxbRl1RmTxUk/WvJxBt"));
}

#[test]
fn what_follows_the_signature_does_not_count() {
    let bytes = Writer::new(Class::Request, Method::Binding, [1; 12]).sign(b"k").put(is::USE_CANDIDATE, &[]).bytes();
    assert_eq!(Message::parse(&bytes).unwrap().get(is::USE_CANDIDATE), None);
}

#[test]
fn reports_and_requests_are_written_as_they_are_read() {
    let report =
        Report { ssrc: 7, fraction_lost: 12, lost: 300, highest: 70_000, jitter: 90, last_report: 5, since_report: 6 };
    let sender = SenderReport { ssrc: 9, ntp: 0x1234_5678_9ABC_DEF0, timestamp: 77, packets: 5, octets: 500 };
    let mut packet = Vec::new();
    rtcp::write_sender_report(&mut packet, &sender);
    rtcp::write_receiver_report(&mut packet, &[report]);
    rtcp::write_key_frame_request(&mut packet, 9);
    rtcp::write_estimate(&mut packet, 1_500_000, &[9, 10]);
    let expected = [
        Item::Sender(sender),
        Item::Report(report),
        Item::KeyFrame { ssrc: 9 },
        // Its mantissa has eighteen bits.
        Item::Estimate { bits: 1_500_000 },
    ];
    assert_eq!(all(&packet), expected.map(|item| format!("{item:?}")));
}

#[test]
fn missing_numbers_are_named_in_pairs() {
    let missing = [65_534, 65_535, 0, 14, 15, 100];
    let mut packet = Vec::new();
    rtcp::write_nack(&mut packet, 5, &missing);
    let mut named = Vec::new();
    items(&packet, |item| {
        if let Item::Nack { pairs, .. } = item {
            named.extend(nacked(pairs));
        }
    });
    assert_eq!(named, missing);
    assert_eq!(packet.len(), 12 + 3 * 4);
}

#[test]
fn arrivals_are_told_with_what_is_missing_between_them() {
    let mut arrivals = twcc::Arrivals::default();
    for (number, at) in [(65_534_u16, 1_000_000), (65_535, 1_001_000), (1, 1_002_000), (2, 1_300_000)] {
        arrivals.note(number, Moment(at));
    }
    let mut packet = Vec::new();
    arrivals.write(&mut packet, 42);
    assert_eq!(packet.len() % 4, 0);
    assert_eq!(packet[1], 205);
    assert_eq!(u16::from_be_bytes([packet[12], packet[13]]), 65_534);
    assert_eq!(u16::from_be_bytes([packet[14], packet[15]]), 5);
    // Received, received, lost, received, and one whose delay takes two bytes.
    assert_eq!(u16::from_be_bytes([packet[20], packet[21]]), 0b11_01_01_00_01_10_00_00);
    // 1 s after the reference of 64 ms units, in quarters of a millisecond.
    assert_eq!(packet[22..27], [160, 4, 4, 4, 168]);
    let mut again = Vec::new();
    arrivals.write(&mut again, 42);
    assert!(again.is_empty(), "each arrival is told once");
    arrivals.note(3, Moment(1_301_000));
    arrivals.write(&mut again, 42);
    assert_eq!(u16::from_be_bytes([again[12], again[13]]), 3);
}

#[test]
fn a_head_is_read_with_its_extensions_and_padding() {
    let mut packet = Vec::new();
    let fields = rtp::Fields { payload_type: 96, marker: true, sequence: 5, timestamp: 6, ssrc: 7 };
    rtp::write(&mut packet, &fields, Some((3, 1_500_000)));
    packet.extend_from_slice(&[1, 2, 3, 0, 2]);
    let header = rtp::Header::parse(&packet).unwrap();
    assert_eq!((header.payload_type, header.marker, header.sequence, header.ssrc), (96, true, 5, 7));
    assert_eq!(header.length, rtp::EXTENDED);
    // 1.5 s with 18 bits behind the point.
    assert_eq!(header.extension(&packet, 3), Some(&[6, 0, 0][..]));
    assert_eq!(header.payload(&packet), Some(20..25));
    packet[0] |= 0x20;
    let padded = rtp::Header::parse(&packet).unwrap();
    assert_eq!(padded.payload(&packet), Some(20..23));
    *packet.last_mut().unwrap() = 99;
    assert_eq!(padded.payload(&packet), None, "more padding than packet");
}

#[test]
fn a_key_frame_is_known_by_its_first_packet() {
    for (payload, begins) in [
        (&[0x10, 0x00][..], true),
        (&[0x10, 0x01], false),
        (&[0x00, 0x00], false),
        (&[0x90, 0x80, 0x81, 0x23, 0x50], true),
        (&[0x90, 0xE0, 0x01, 0x02, 0x20, 0x51], false),
        (&[0x11, 0x00], false),
        (&[0x90, 0x80], false),
        (&[], false),
    ] {
        assert_eq!(vp8::begins_key_frame(payload), begins, "{payload:?}");
    }
}
