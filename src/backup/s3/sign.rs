//! AWS Signature Version 4, as much of it as an upload needs.

use crate::kernel::Millis;
use ring::hmac;
use sha2::{Digest, Sha256};

/// What a request is signed with.
pub struct Signer<'a> {
    pub access_key: &'a str,
    pub secret_key: &'a str,
    pub region: &'a str,
}

/// What of a request is signed.
pub struct Request<'a> {
    pub method: &'a str,
    pub host: &'a str,
    /// Encoded.
    pub path: &'a str,
    /// Not encoded.
    pub query: &'a [(&'a str, &'a str)],
    pub body_sha256: &'a str,
    pub at: Millis,
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `20261120T182600Z`
pub fn date(at: Millis) -> String {
    let stamp = super::super::names::stamp(at);
    format!("{}Z", stamp.replace('-', "T"))
}

/// Everything but what needs no encoding anywhere; a path keeps its slashes.
pub fn encode(text: &str, keep_slashes: bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            b'/' if keep_slashes => out.push('/'),
            _ => out += &format!("%{byte:02X}"),
        }
        out
    })
}

/// In the order that is signed, which serves for the address too.
pub fn query_string(query: &[(&str, &str)]) -> String {
    let mut pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", encode(name, false), encode(value, false))).collect();
    pairs.sort();
    pairs.join("&")
}

impl Signer<'_> {
    /// The header `authorization`.
    pub fn sign(&self, request: &Request<'_>) -> String {
        const SIGNED: &str = "host;x-amz-content-sha256;x-amz-date";
        let date = date(request.at);
        let canonical = format!(
            "{}\n{}\n{}\nhost:{}\nx-amz-content-sha256:{}\nx-amz-date:{date}\n\n{SIGNED}\n{}",
            request.method,
            request.path,
            query_string(request.query),
            request.host,
            request.body_sha256,
            request.body_sha256
        );
        let scope = format!("{}/{}/s3/aws4_request", &date[..8], self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
        let first = format!("AWS4{}", self.secret_key);
        let key = [&date[..8], self.region, "s3", "aws4_request"]
            .iter()
            .fold(first.into_bytes(), |key, part| mac(&key, part.as_bytes()));
        let signature = hex(&mac(&key, to_sign.as_bytes()));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={SIGNED}, Signature={signature}",
            self.access_key
        )
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "GET Bucket Lifecycle" of Amazon's own examples (Signature Calculations for the Authorization Header).
    #[test]
    fn signs_as_amazons_example_does() {
        let signer = Signer {
            access_key: "AKIAIOSFODNN7EXAMPLE",
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
        };
        let request = Request {
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path: "/",
            query: &[("lifecycle", "")],
            body_sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            at: Millis(1_369_353_600_000),
        };
        let signed = signer.sign(&request);
        assert!(signed.ends_with("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"), "{signed}");
    }

    #[test]
    fn encodes_as_the_rules_say() {
        assert_eq!(encode("a b/c+ü~", true), "a%20b/c%2B%C3%BC~");
        assert_eq!(query_string(&[("uploadId", "a/b"), ("partNumber", "2")]), "partNumber=2&uploadId=a%2Fb");
    }
}
