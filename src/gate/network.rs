//! Which addresses count as one network.
//!
//! An IPv4 address is one network, though thousands may stand behind it (a mobile operator, a
//! theatre). Of IPv6 a subscriber holds a /64 at least and often a /56 or a /48, so a single address
//! says nothing; a /48 has a budget of its own, or one subscriber would be sixty-five thousand.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One network: an IPv4 address, or an IPv6 /64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(u64);

/// Never a sender's address (`ff00::/8` is multicast), so IPv4 finds room there in the same keys.
const V4: u64 = 0xffff_0000_0000_0000;

/// How coarsely we look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// IPv4 whole, IPv6 /64.
    Own = 0,
    /// IPv4 /24, IPv6 /48.
    Wider = 1,
    /// IPv4: all of it; IPv6 /32, a provider.
    Widest = 2,
}

impl Level {
    /// From the finest to the coarsest.
    pub const ALL: [Self; 3] = [Self::Own, Self::Wider, Self::Widest];

    /// How many budgets of a single network one of this size has.
    pub const fn budgets(self) -> u32 {
        match self {
            Self::Own => 1,
            Self::Wider => 8,
            Self::Widest => 64,
        }
    }
}

impl Network {
    /// The network of an address. IPv4 in IPv6's clothes is IPv4.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(V4 | u64::from(address.to_bits())),
            IpAddr::V6(address) => Self((address.to_bits() >> 64) as u64),
        }
    }

    /// Whether it is an IPv6 network, of which a subscriber may hold many.
    pub const fn is_v6(self) -> bool {
        self.0 & V4 != V4
    }

    /// What limits know it by, at a level. Keys of different levels are never mixed.
    pub(super) const fn key(self, level: Level) -> u64 {
        let mask = match (level, self.is_v6()) {
            (Level::Own, _) => u64::MAX,
            (Level::Wider, false) => !0xff,
            (Level::Wider, true) => !0xffff,
            (Level::Widest, false) => V4,
            (Level::Widest, true) => !0xffff_ffff,
        };
        self.0 & mask
    }

    /// Its first address.
    pub const fn address(self) -> IpAddr {
        if self.is_v6() {
            IpAddr::V6(Ipv6Addr::from_bits((self.0 as u128) << 64))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(self.0 as u32))
        }
    }
}

/// Says nothing: networks are not for the logs.
impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn network(address: &str) -> Network {
        Network::of(address.parse().expect("an address"))
    }

    #[test]
    fn addresses_fall_into_networks() {
        for (one, other, own, wider, widest) in [
            ("192.0.2.1", "192.0.2.1", true, true, true),
            ("192.0.2.1", "::ffff:192.0.2.1", true, true, true),
            ("192.0.2.1", "192.0.2.2", false, true, true),
            ("192.0.2.1", "192.0.3.1", false, false, true),
            ("192.0.2.1", "2001:db8::1", false, false, false),
            ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true, true, true),
            ("2001:db8::1", "2001:db8:0:1::1", false, true, true),
            ("2001:db8::1", "2001:db8:0:ffff::1", false, true, true),
            ("2001:db8::1", "2001:db8:1::1", false, false, true),
            ("2001:db8::1", "2001:db9::1", false, false, false),
            ("::1", "0.0.0.1", false, false, false),
        ] {
            let (a, b) = (network(one), network(other));
            let same = Level::ALL.map(|level| a.key(level) == b.key(level));
            assert_eq!(same, [own, wider, widest], "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn ipv4_and_ipv6_never_share_a_key(v4 in any::<u32>(), v6 in any::<u128>()) {
            let v6 = Ipv6Addr::from_bits(v6);
            prop_assume!(!v6.is_multicast());
            prop_assume!(v6.to_ipv4_mapped().is_none());
            let (v4, v6) = (Network::of(Ipv4Addr::from_bits(v4).into()), Network::of(v6.into()));
            prop_assert!(v6.is_v6() && !v4.is_v6());
            for level in Level::ALL {
                prop_assert_ne!(v4.key(level), v6.key(level));
            }
        }
    }
}
