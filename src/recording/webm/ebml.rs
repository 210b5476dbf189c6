//! EBML (RFC 8794): an id, a length, content.

pub const EBML: u32 = 0x1A45_DFA3;
pub const SEGMENT: u32 = 0x1853_8067;
pub const CLUSTER: u32 = 0x1F43_B675;
pub const TIMESTAMP: u32 = 0xE7;
pub const SIMPLE_BLOCK: u32 = 0xA3;

/// In as many bytes as it has.
pub fn id(out: &mut Vec<u8>, id: u32) {
    let skipped = (id.leading_zeros() / 8) as usize;
    out.extend_from_slice(&id.to_be_bytes()[skipped..]);
}

/// Always in eight bytes: lengths of lengths never depend on what is written.
pub fn length(out: &mut Vec<u8>, bytes: u64) {
    out.extend_from_slice(&(bytes | 1 << 56).to_be_bytes());
}

pub fn binary(out: &mut Vec<u8>, of: u32, content: &[u8]) {
    id(out, of);
    length(out, content.len() as u64);
    out.extend_from_slice(content);
}

pub fn text(out: &mut Vec<u8>, of: u32, content: &str) {
    binary(out, of, content.as_bytes());
}

pub fn number(out: &mut Vec<u8>, of: u32, value: u64) {
    binary(out, of, &value.to_be_bytes());
}

pub fn float(out: &mut Vec<u8>, of: u32, value: f64) {
    binary(out, of, &value.to_be_bytes());
}

pub fn master(out: &mut Vec<u8>, of: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::new();
    fill(&mut content);
    binary(out, of, &content);
}

/// One element at the beginning of `bytes`: its id, where its content begins, and how long that is.
pub fn element(bytes: &[u8]) -> Option<(u32, usize, u64)> {
    let first = *bytes.first()?;
    let id_length = first.leading_zeros() as usize + 1;
    if id_length > 4 {
        return None;
    }
    let id = bytes.get(..id_length)?.iter().fold(0u32, |id, byte| id << 8 | u32::from(*byte));
    let first = *bytes.get(id_length)?;
    let length_length = first.leading_zeros() as usize + 1;
    if length_length > 8 {
        return None;
    }
    let begin = u64::from(first) & (0xff >> length_length);
    let rest = bytes.get(id_length + 1..id_length + length_length)?;
    let length = rest.iter().fold(begin, |length, byte| length << 8 | u64::from(*byte));
    Some((id, id_length + length_length, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (of, bytes) in [(EBML, 0usize), (SIMPLE_BLOCK, 1), (0x4286, 127), (0x2A_D7B1, 70_000)] {
            let mut out = Vec::new();
            binary(&mut out, of, &vec![1; bytes]);
            let (id, at, length) = element(&out).unwrap();
            assert_eq!((id, at + bytes, length as usize), (of, out.len(), bytes));
            assert_eq!(element(&out[..at - 1]), None);
        }
        assert_eq!(element(&[0xA3, 0x81, 0]), Some((0xA3, 2, 1)), "others write short lengths");
        assert_eq!(element(&[0xA3, 0x40, 0x02]), Some((0xA3, 3, 2)));
        assert_eq!((element(&[]), element(&[0; 20])), (None, None));
    }
}
