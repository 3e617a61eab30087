//! From which address a client calls.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, de};

/// An address or a network in CIDR notation, such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: u128,
    bits: u8,
}

/// What stands there is no address and no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no IP address and no network such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl Network {
    /// Whether `address` lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(wide(address), self.bits) == self.base
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let refuse = || NotANetwork(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| refuse())?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| refuse())?;
        let (longest, offset) = if address.is_ipv4() {
            (32, 96)
        } else {
            (128, 0)
        };
        let bits = bits.unwrap_or(longest);
        if bits > longest {
            return Err(refuse());
        }
        let bits = bits + offset;
        Ok(Self {
            base: masked(wide(address), bits),
            bits,
        })
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// IPv4 as IPv4-mapped IPv6, so that one comparison serves both.
fn wide(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn masked(address: u128, bits: u8) -> u128 {
    match 128 - u32::from(bits.min(128)) {
        128 => 0,
        hidden => address >> hidden << hidden,
    }
}

/// The client's address: the peer's, unless the peer is a trusted proxy; then the last address in
/// X-Forwarded-For that is none. What stands further left anybody could have written.
pub(crate) fn client<'h>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'h str>,
    trusted: &[Network],
) -> IpAddr {
    let known = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if !known(client) {
        return client;
    }
    for hop in forwarded.flat_map(|line| line.split(',')).rev() {
        let Some(address) = hop_address(hop.trim()) else {
            break;
        };
        client = address;
        if !known(client) {
            break;
        }
    }
    client
}

/// Some proxies add the port, and brackets around IPv6.
fn hop_address(hop: &str) -> Option<IpAddr> {
    hop.parse::<IpAddr>()
        .or_else(|_| {
            hop.parse::<std::net::SocketAddr>()
                .map(|socket| socket.ip())
        })
        .or_else(|_| hop.trim_matches(['[', ']']).parse())
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

/// What counts as one client: an IPv4 address, or an IPv6 /64, of which one household has many.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Household(u128);

impl Household {
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            v4 @ IpAddr::V4(_) => wide(v4),
            v6 @ IpAddr::V6(_) => masked(wide(v6), 64),
        })
    }
}

impl fmt::Debug for Household {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Ipv6Addr::from_bits(self.0))
    }
}

/// Where no peer is known, as on a socket that has just gone away.
pub(crate) const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client(address(peer), forwarded.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn networks() {
        let inside =
            |network: &str, text: &str| network.parse::<Network>().unwrap().contains(address(text));
        assert!(inside("10.0.0.0/8", "10.200.3.4"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("192.168.1.7", "192.168.1.7"));
        assert!(inside("192.168.1.7", "::ffff:192.168.1.7"));
        assert!(inside("2001:db8::/32", "2001:db8:1::1"));
        assert!(inside("0.0.0.0/0", "8.8.8.8"));
        assert!(!inside("0.0.0.0/0", "2001:db8::1"));
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "a/8", "10.0.0.1/x"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        assert_eq!(seen("9.9.9.9", &["1.2.3.4"], &[]), "9.9.9.9");
        assert_eq!(seen("9.9.9.9", &["1.2.3.4"], &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(seen("10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_passed_over() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(
            seen("10.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.2"], &trusted),
            "1.2.3.4"
        );
        assert_eq!(
            seen("10.0.0.1", &["6.6.6.6", "1.2.3.4"], &trusted),
            "1.2.3.4"
        );
        assert_eq!(
            seen("10.0.0.1", &["1.2.3.4, nonsense"], &trusted),
            "10.0.0.1"
        );
        assert_eq!(seen("10.0.0.1", &["1.2.3.4:5678"], &trusted), "1.2.3.4");
        assert_eq!(
            seen("10.0.0.1", &["[2001:db8::1]:443"], &trusted),
            "2001:db8::1"
        );
    }

    #[test]
    fn an_ipv6_household_is_a_64() {
        let of = |text| Household::of(address(text));
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("1.2.3.4"), of("1.2.3.5"));
        assert_eq!(of("1.2.3.4"), of("::ffff:1.2.3.4"));
    }
}
