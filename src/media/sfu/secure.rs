//! DTLS and SRTP of one leg: the webrtc project's, driven by hand. The certificate is made at start; what counts is its fingerprint, which the
//! browser gets in the answer over HTTPS, as we get the browser's in the offer.

use super::hello::Hello;
use crate::media::figures::FIGURES;
use crate::media::wire::rtp::Header;
use bytes::{Bytes, BytesMut};
use rtc_crypto::{RTCCryptoProvider, default_provider};
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile as Profile;
use rtc_dtls::state::State;
use rtc_shared::TransportProtocol;
use rtc_shared::error::Error;
use rtc_srtp::config::{Config, LABEL_EXTRACTOR_DTLS_SRTP};
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A repaired packet of half a second ago must still pass.
const REPLAY_WINDOW: usize = 1_024;
/// Streams that a browser may bring: each costs memory before it is known to be genuine.
const STREAMS_MAX: usize = 64;
/// The ways change beneath DTLS without its knowledge, so it knows only one.
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// Ours, for as long as the process runs.
#[derive(Clone)]
pub struct Identity {
    certificate: Certificate,
    provider: Arc<dyn RTCCryptoProvider>,
    pub fingerprint: [u8; 32],
}

impl Identity {
    pub fn make() -> io::Result<Identity> {
        let provider = default_provider().map_err(io::Error::other)?;
        let names = vec!["parlor".to_owned()];
        let certificate = Certificate::generate_self_signed(names, provider.crypto()).map_err(io::Error::other)?;
        let fingerprint = Sha256::digest(certificate.certificate[0].as_ref()).into();
        Ok(Identity { certificate, provider, fingerprint })
    }

    pub fn text(&self) -> String {
        let mut text = String::with_capacity(95);
        for byte in self.fingerprint {
            let _ = write!(text, "{}{byte:02X}", if text.is_empty() { "" } else { ":" });
        }
        text
    }

    fn config(
        &self,
        remote: [u8; 32],
        client: bool,
        profiles: &[Profile],
    ) -> Result<rtc_dtls::config::HandshakeConfig, Error> {
        let verify = move |certificates: &[Vec<u8>], _: &[rustls_pki_types::CertificateDer<'static>]| {
            let genuine = certificates.first().is_some_and(|first| Sha256::digest(first)[..] == remote);
            if genuine { Ok(()) } else { Err(Error::ErrNoMatchingCertificateFingerprint) }
        };
        ConfigBuilder::default()
            .with_crypto_provider(self.provider.clone())
            .with_certificates(vec![self.certificate.clone()])
            .with_srtp_protection_profiles(profiles.to_vec())
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(Arc::new(verify)))
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .with_flight_interval(Duration::from_millis(200))
            .build(client, None)
    }
}

/// What a datagram brought about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Nothing,
    /// Keys are agreed.
    Ready,
    /// The browser said goodbye, or cannot be talked to.
    Over,
}

pub struct Secure {
    side: Side,
    keys: Option<Keys>,
    provider: Arc<dyn RTCCryptoProvider>,
}

enum Side {
    /// For the browser's hello.
    Waits(Box<Waiting>),
    Talks(Box<Endpoint>),
}

struct Waiting {
    identity: Identity,
    remote: [u8; 32],
    hello: Hello,
}

/// As browsers name them. Both are good, and GCM costs less, but the order that counts is the browser's; so where it is offered,
/// the other one is not known here.
const BOTH: [Profile; 2] = [Profile::Srtp_Aes128_Cm_Hmac_Sha1_80, Profile::Srtp_Aead_Aes_128_Gcm];
const BETTER: [Profile; 1] = [Profile::Srtp_Aead_Aes_128_Gcm];

struct Keys {
    inward: Context,
    outward: Context,
    streams: Vec<u32>,
    /// Tells the crate where the head of a packet ends, without its parsing every packet again.
    heads: [rtc_rtp::Header; 2],
}

impl Secure {
    /// Waits for the browser's hello.
    pub fn server(identity: &Identity, remote: [u8; 32]) -> Secure {
        let waiting = Waiting { identity: identity.clone(), remote, hello: Hello::default() };
        Secure { side: Side::Waits(Box::new(waiting)), keys: None, provider: identity.provider.clone() }
    }

    /// Says hello: the other side of it, for the load generator and for tests.
    pub fn client(identity: &Identity, remote: [u8; 32], now: Instant) -> Result<Secure, Error> {
        let mut endpoint = Endpoint::new(PEER, TransportProtocol::UDP, None);
        endpoint.connect(now, PEER, Arc::new(identity.config(remote, true, &BOTH)?), None)?;
        Ok(Secure { side: Side::Talks(Box::new(endpoint)), keys: None, provider: identity.provider.clone() })
    }

    fn endpoint(&mut self) -> Option<&mut Endpoint> {
        match &mut self.side {
            Side::Waits(_) => None,
            Side::Talks(endpoint) => Some(endpoint),
        }
    }

    pub fn is_ready(&self) -> bool {
        self.keys.is_some()
    }

    pub fn datagram(&mut self, bytes: &[u8], now: Instant) -> Step {
        let Side::Waits(waiting) = &mut self.side else { return self.read(bytes, now) };
        let Some(offers_better) = waiting.hello.take(bytes) else { return Step::Nothing };
        let profiles = if offers_better { &BETTER[..] } else { &BOTH };
        let Ok(config) = waiting.identity.config(waiting.remote, false, profiles) else { return Step::Over };
        let datagrams = std::mem::take(&mut waiting.hello).into_datagrams();
        self.side = Side::Talks(Box::new(Endpoint::new(PEER, TransportProtocol::UDP, Some(Arc::new(config)))));
        datagrams.iter().map(|datagram| self.read(datagram, now)).fold(Step::Nothing, |all, step| match step {
            Step::Nothing => all,
            step => step,
        })
    }

    fn read(&mut self, bytes: &[u8], now: Instant) -> Step {
        let Some(endpoint) = self.endpoint() else { return Step::Nothing };
        // Foreign code and strangers' bytes: whatever happens in there ends this leg at the most.
        let read = catch_unwind(AssertUnwindSafe(|| endpoint.read(now, PEER, None, BytesMut::from(bytes))));
        let events = match read {
            Ok(Ok(events)) => events,
            Ok(Err(error)) => {
                FIGURES.strange.one();
                tracing::debug!(%error, "DTLS");
                return if self.keys.is_some() || is_passing(&error) { Step::Nothing } else { Step::Over };
            }
            Err(_) => return Step::Over,
        };
        let mut step = Step::Nothing;
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => {
                    let provider = self.provider.clone();
                    let state = self.endpoint().and_then(|endpoint| endpoint.get_connection_state(PEER));
                    self.keys = state.and_then(|state| Keys::of(state, provider.as_ref()).ok());
                    step = if self.keys.is_some() { Step::Ready } else { Step::Over };
                }
                EndpointEvent::PeerClosed => step = Step::Over,
                _ => {}
            }
        }
        step
    }

    pub fn tick(&mut self, now: Instant) {
        if let Some(endpoint) = self.endpoint()
            && endpoint.poll_timeout(&PEER).is_some_and(|due| due <= now)
        {
            let _ = endpoint.handle_timeout(PEER, now);
        }
    }

    pub fn goodbye(&mut self, now: Instant) {
        let _ = self.endpoint().map(|endpoint| endpoint.close(now));
    }

    /// The next datagram of DTLS to send.
    pub fn poll(&mut self) -> Option<Bytes> {
        self.endpoint()?.poll_transmit().map(|transmit| transmit.message.freeze())
    }

    /// A packet in the clear, if it is genuine and new.
    pub fn open_rtp(&mut self, packet: &[u8], header: &Header) -> Option<Bytes> {
        let keys = self.keys.as_mut()?;
        keys.admit(header.ssrc)?;
        let head = &mut keys.heads[0];
        point(head, header.ssrc, header.sequence, header.length);
        Some(keys.inward.decrypt_rtp_with_header(packet, head).ok()?.freeze())
    }

    pub fn open_rtcp(&mut self, packet: &[u8]) -> Option<Bytes> {
        let keys = self.keys.as_mut()?;
        keys.admit(crate::media::wire::u32_at(packet, 4)?)?;
        Some(keys.inward.decrypt_rtcp(packet).ok()?.freeze())
    }

    /// `length` is that of the head.
    pub fn seal_rtp(&mut self, packet: &[u8], ssrc: u32, sequence: u16, length: usize) -> Option<Bytes> {
        let keys = self.keys.as_mut()?;
        let head = &mut keys.heads[1];
        point(head, ssrc, sequence, length);
        Some(keys.outward.encrypt_rtp_with_header(packet, head).ok()?.freeze())
    }

    pub fn seal_rtcp(&mut self, packet: &[u8]) -> Option<Bytes> {
        Some(self.keys.as_mut()?.outward.encrypt_rtcp(packet).ok()?.freeze())
    }
}

/// The crate reads three things of a header: stream, number, and its length, for which contributing sources serve as well as extensions.
fn point(head: &mut rtc_rtp::Header, ssrc: u32, sequence: u16, length: usize) {
    head.ssrc = ssrc;
    head.sequence_number = sequence;
    head.csrc.resize((length - 12) / 4, 0);
}

/// Before keys are agreed, anybody on the way can send nonsense; only what the browser itself refuses ends the leg.
fn is_passing(error: &Error) -> bool {
    !matches!(error, Error::ErrAlertFatalOrClose | Error::ErrNoMatchingCertificateFingerprint)
}

impl Keys {
    fn of(state: &State, provider: &dyn RTCCryptoProvider) -> Result<Keys, Error> {
        let profile = match state.srtp_protection_profile() {
            Profile::Srtp_Aead_Aes_128_Gcm => ProtectionProfile::AeadAes128Gcm,
            Profile::Srtp_Aes128_Cm_Hmac_Sha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
            _ => return Err(Error::ErrNoSuchSrtpProfile),
        };
        let mut config = Config { profile, ..Config::default() };
        let length = config.keying_material_len();
        let material = state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], length)?;
        config.set_session_keys_from_keying_material(material.as_ref(), state.is_client())?;
        let (crypto, keys) = (provider.crypto(), &config.keys);
        let window = (Some(srtp_replay_protection(REPLAY_WINDOW)), Some(srtcp_replay_protection(REPLAY_WINDOW)));
        let inward = (&keys.remote_master_key, &keys.remote_master_salt);
        let outward = (&keys.local_master_key, &keys.local_master_salt);
        Ok(Keys {
            inward: Context::new(inward.0, inward.1, profile, window.0, window.1, crypto)?,
            outward: Context::new(outward.0, outward.1, profile, None, None, crypto)?,
            streams: Vec::new(),
            heads: Default::default(),
        })
    }

    fn admit(&mut self, ssrc: u32) -> Option<()> {
        if !self.streams.contains(&ssrc) {
            if self.streams.len() >= STREAMS_MAX {
                return None;
            }
            self.streams.push(ssrc);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gcm_is_found_at_the_end_of_a_hello_that_comes_in_pieces() {
        let identity = Identity::make().unwrap();
        let now = crate::media::Watch::start().instant(Default::default());
        let record = Secure::client(&identity, identity.fingerprint, now).unwrap().poll().unwrap();
        let (mut hello, pieces) = (Hello::default(), in_pieces(&record, 50));
        let (last, first) = pieces.split_last().unwrap();
        assert!(first.len() > 1);
        first.iter().for_each(|piece| assert_eq!(hello.take(piece), None, "not answered before it is whole"));
        assert_eq!(hello.take(last), Some(true));
        assert_eq!(hello.into_datagrams(), pieces);
    }

    /// The one record of a hello, its message cut up as RFC 6347 has it.
    fn in_pieces(record: &[u8], length: usize) -> Vec<Vec<u8>> {
        let (head, message) = record.split_at(13);
        let (kind, body) = message.split_at(12);
        let piece = |(n, bytes): (usize, &[u8])| {
            let u24 = |n: usize| (n as u32).to_be_bytes()[1..].to_vec();
            let whole = [&kind[..6], &u24(n * length)[..], &u24(bytes.len()), bytes].concat();
            [&head[..10], &[n as u8], &(whole.len() as u16).to_be_bytes(), &whole].concat()
        };
        body.chunks(length).enumerate().map(piece).collect()
    }
}
