use super::*;
use crate::media::Settings;
use crate::media::caller::Caller;
use crate::media::port::Announced;
use crate::media::sfu::Identity;

fn answer(offer: &Offer, down: &[Option<Down>]) -> String {
    let settings = Settings { addresses: vec!["192.0.2.5".parse().unwrap()], ..Settings::default() };
    let announced = Announced::new(&settings, "0.0.0.0:3478".parse().unwrap(), Some(3478), None).unwrap();
    let (ufrag, password, fingerprint) = ("name", "password", "AB:CD");
    Answer { offer, ufrag, password, fingerprint, announced: &announced, kbit_max: 1_500, down, session: 1 }.write()
}

#[test]
fn each_place_is_answered_as_it_was_offered() {
    let text = Caller::new(&Identity::make().unwrap()).offer();
    let offer = Offer::parse(&text).unwrap();
    assert_eq!(offer.sections.len(), 12);
    assert_eq!(offer.sections[1].codec(VP8), Some((96, Some(97))));
    let mut down = vec![None; 12];
    down[3] = Some(Down { ssrc: 5, repair_ssrc: None, place: 0 });
    down[4] = Some(Down { ssrc: 6, repair_ssrc: Some(7), place: 0 });
    let answer = answer(&offer, &down);
    let sections: Vec<&str> = answer.split("\r\nm=").collect();
    assert_eq!(sections.len(), 13);
    assert!(sections[0].contains("a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11") && sections[0].contains("a=ice-lite"));
    assert!(sections[2].contains("a=recvonly") && sections[2].contains("b=AS:1500") && sections[2].contains("apt=96"));
    assert!(sections[4].contains("a=sendonly") && sections[4].contains("a=msid:place0 audio0"));
    assert!(sections[5].contains("a=ssrc-group:FID 6 7") && sections[5].contains("a=msid:place0 video0"));
    assert_eq!(answer.matches("a=candidate:").count(), 2, "once for all");
    assert!(
        answer.contains(" 192.0.2.5 3478 typ host\r\n")
            && answer.contains("typ host tcptype passive\r\na=end-of-candidates")
    );
}

#[test]
fn what_is_not_ours_is_refused_and_the_rest_goes_on() {
    let mut text = Caller::new(&Identity::make().unwrap()).offer();
    text.push_str("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:12\r\n");
    text.push_str("m=video 9 UDP/TLS/RTP/SAVPF 100\r\na=mid:13\r\na=recvonly\r\na=rtpmap:100 H264/90000\r\n");
    let offer = Offer::parse(&text).unwrap();
    let answer = answer(&offer, &[None; 14]);
    assert!(answer.contains("m=application 0 UDP/DTLS/SCTP webrtc-datachannel") && answer.contains("m=video 0 "));
    assert!(!answer.contains("BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11 12"));
}

#[test]
fn a_bad_offer_is_refused_with_what_is_wrong() {
    let good = Caller::new(&Identity::make().unwrap()).offer();
    for (bad, why) in [
        (String::new(), "m= line"),
        (good.replace("a=fingerprint:sha-256", "a=fingerprint:sha-1"), "fingerprint"),
        (good.replace("a=ice-ufrag", "a=ice-nothing"), "ice-ufrag"),
        (good.replace("a=mid:7", "a=mid:6"), "a=mid"),
        (good.replace("a=mid:7", "a=mid:7 8"), "a=mid"),
        (good.repeat(3), "24 sections"),
        ("x".repeat(70_000), "64 kB"),
    ] {
        let error = Offer::parse(&bad).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

/// Whatever a browser says, what we repeat of it stays within its line.
#[test]
fn nothing_of_an_offer_breaks_out_of_its_line() {
    let good = Caller::new(&Identity::make().unwrap()).offer();
    let offer = Offer::parse(&good.replace("SAVPF 96", "SA\u{7}VPF x")).unwrap();
    let answer = answer(&offer, &[None; 12]);
    assert!(answer.split("\r\n").all(|line| line.bytes().all(|byte| (0x20..0x7F).contains(&byte))), "{answer}");
}
