//! Until when a certificate is valid. The library that uses certificates does not say.

use crate::kernel::Millis;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `notAfter` of a DER certificate; `None` if it is none.
pub fn expires_at(certificate: &[u8]) -> Option<Millis> {
    let (_, whole, _) = element(certificate)?;
    let (_, mut rest, _) = element(whole)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (SEQUENCE, validity, _) = element(rest)? else { return None };
    let (_, _, after) = element(validity)?;
    let (tag, time, _) = element(after)?;
    moment(tag, std::str::from_utf8(time).ok()?)
}

/// Tag, content, and what comes behind.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first & 0x7f);
    if first & 0x80 != 0 {
        let (digits, behind) = rest.split_at_checked(length).filter(|(digits, _)| digits.len() <= 4)?;
        length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        rest = behind;
    }
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

/// `YYMMDDHHMMSSZ`, or with four digits for the year.
fn moment(tag: u8, text: &str) -> Option<Millis> {
    let digits = text.strip_suffix('Z')?;
    let (year, rest) = digits.split_at_checked(if tag == GENERALIZED_TIME { 4 } else { 2 })?;
    let year: i64 = year.parse().ok()?;
    let year = match tag {
        // RFC 5280: two digits are of 1950 to 2049.
        UTC_TIME => year + if year < 50 { 2_000 } else { 1_900 },
        GENERALIZED_TIME => year,
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<i64>().ok();
    let (month, day) = (part(0)?, part(2)?);
    let seconds = part(4)? * 3_600 + part(6)? * 60 + part(8)?;
    Some(Millis((days(year, month, day) * 86_400 + seconds) * 1_000))
}

/// Since 1970-01-01 (Howard Hinnant's days algorithm).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn made(year: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 2, 28);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_says_when_it_ends() {
        assert_eq!(expires_at(&made(2027)), Some(Millis(1_803_772_800_000)));
        // Later than two digits can say.
        assert_eq!(expires_at(&made(2051)), Some(Millis(2_561_155_200_000)));
    }

    #[test]
    fn what_is_no_certificate_says_nothing() {
        let whole = made(2027);
        for end in 0..whole.len().min(120) {
            assert_eq!(expires_at(&whole[..end]), None);
        }
        assert_eq!(expires_at(b"-----BEGIN CERTIFICATE-----"), None);
        assert_eq!(expires_at(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
