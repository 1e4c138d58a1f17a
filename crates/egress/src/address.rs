//! What kind of address an address is: public, inner, or one that is never dialled.
//!
//! The ranges are those of the IANA special-purpose address registries, and the metadata services of the large clouds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address may be dialled; the words say what it is, as in "127.0.0.1 is a loopback address".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Public,
    /// Dialled only when a rule allows it.
    Inner(&'static str),
    /// Not even a rule opens it.
    Never(&'static str),
}

const METADATA: &str = "the metadata service of a cloud";

/// Where the large clouds answer questions about the machine, credentials among the answers.
const METADATA_V4: [Ipv4Addr; 6] = [
    Ipv4Addr::new(169, 254, 169, 254), // most of them
    Ipv4Addr::new(169, 254, 170, 2),   // AWS, credentials of a container
    Ipv4Addr::new(169, 254, 170, 23),  // AWS, credentials of a pod
    Ipv4Addr::new(100, 100, 100, 200), // Alibaba Cloud
    Ipv4Addr::new(168, 63, 129, 16),   // Azure, outside every special range
    Ipv4Addr::new(192, 0, 0, 192),     // Oracle Cloud
];

const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), // AWS
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),  // AWS, credentials of a pod
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),  // Google Cloud
];

type Range<A> = (fn(A) -> bool, Standing);

/// The first that fits counts.
const V4: [Range<Ipv4Addr>; 13] = [
    (is_metadata_v4, Standing::Never(METADATA)),
    (is_this_network_v4, Standing::Never("an address of \"this network\"")),
    (|ip| ip.is_multicast(), Standing::Never("a multicast address")),
    (|ip| ip.is_broadcast(), Standing::Never("the broadcast address")),
    (|ip| ip.is_loopback(), Standing::Inner("a loopback address")),
    (|ip| ip.is_private(), Standing::Inner("a private address")),
    (|ip| ip.is_link_local(), Standing::Inner("a link-local address")),
    (is_carrier_nat_v4, Standing::Inner("an address behind a carrier's NAT")),
    (is_protocol_assignment_v4, Standing::Inner("an address for protocols")),
    (|ip| ip.is_documentation(), Standing::Inner("a documentation address")),
    (is_relay_v4, Standing::Inner("a 6to4 relay address")),
    (is_benchmarking_v4, Standing::Inner("a benchmarking address")),
    (is_reserved_v4, Standing::Inner("a reserved address")),
];

/// The first that fits counts.
const V6: [Range<Ipv6Addr>; 17] = [
    (is_metadata_v6, Standing::Never(METADATA)),
    (|ip| ip.is_unspecified(), Standing::Never("the unspecified address")),
    (|ip| ip.is_multicast(), Standing::Never("a multicast address")),
    (|ip| ip.is_loopback(), Standing::Inner("a loopback address")),
    (carries_a_forbidden_v4, Standing::Never("an IPv6 address around an IPv4 one that is never dialled")),
    (is_mapped_v6, Standing::Inner("an IPv4-mapped address")),
    (is_compatible_v6, Standing::Inner("an IPv4-compatible address")),
    (is_nat64_v6, Standing::Inner("a NAT64 address")),
    (is_6to4_v6, Standing::Inner("a 6to4 address")),
    (is_teredo_v6, Standing::Inner("a Teredo address")),
    (|ip| ip.is_unique_local(), Standing::Inner("a unique local address")),
    (|ip| ip.is_unicast_link_local(), Standing::Inner("a link-local address")),
    (is_site_local_v6, Standing::Inner("a site-local address")),
    (is_protocol_assignment_v6, Standing::Inner("an address for protocols")),
    (is_documentation_v6, Standing::Inner("a documentation address")),
    (is_as112_v6, Standing::Inner("an address of the AS112 service")),
    (is_outside_global_unicast_v6, Standing::Inner("outside the global unicast addresses")),
];

pub(crate) fn standing(ip: IpAddr) -> Standing {
    match ip {
        IpAddr::V4(ip) => first_fit(&V4, ip),
        IpAddr::V6(ip) => first_fit(&V6, ip),
    }
}

fn first_fit<A: Copy>(ranges: &[Range<A>], ip: A) -> Standing {
    ranges.iter().find(|(fits, _)| fits(ip)).map_or(Standing::Public, |(_, standing)| *standing)
}

/// The IPv4 address that a packet to this one ends up at, when a translator or a tunnel is on the way.
pub(crate) fn carried_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [_, first, second, .., before_last, last] = ip.segments();
    let of_words = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    if is_6to4_v6(ip) {
        Some(of_words(first, second))
    } else if is_teredo_v6(ip) {
        Some(of_words(!before_last, !last))
    } else if is_mapped_v6(ip) || is_compatible_v6(ip) || is_nat64_v6(ip) {
        Some(of_words(before_last, last))
    } else {
        None
    }
}

fn carries_a_forbidden_v4(ip: Ipv6Addr) -> bool {
    carried_v4(ip).is_some_and(|carried| matches!(standing(carried.into()), Standing::Never(_)))
}

fn is_metadata_v4(ip: Ipv4Addr) -> bool {
    METADATA_V4.contains(&ip)
}

/// 0.0.0.0/8, RFC 791; Linux takes 0.0.0.0 for loopback.
fn is_this_network_v4(ip: Ipv4Addr) -> bool {
    ip.octets()[0] == 0
}

/// 100.64.0.0/10, RFC 6598.
fn is_carrier_nat_v4(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [100, 64..=127, ..])
}

/// 192.0.0.0/24, RFC 6890.
fn is_protocol_assignment_v4(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [192, 0, 0, _])
}

/// 192.88.99.0/24, RFC 7526.
fn is_relay_v4(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [192, 88, 99, _])
}

/// 198.18.0.0/15, RFC 2544.
fn is_benchmarking_v4(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [198, 18..=19, ..])
}

/// 240.0.0.0/4, RFC 1112.
fn is_reserved_v4(ip: Ipv4Addr) -> bool {
    ip.octets()[0] >= 240
}

fn is_metadata_v6(ip: Ipv6Addr) -> bool {
    METADATA_V6.contains(&ip)
}

/// ::ffff:0:0/96, RFC 4291.
fn is_mapped_v6(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0, 0, 0, 0, 0, 0xffff, _, _])
}

/// ::/96, RFC 4291, long out of use; `::` and `::1` are what they are.
fn is_compatible_v6(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0, 0, 0, 0, 0, 0, _, _]) && !ip.is_unspecified() && !ip.is_loopback()
}

/// 64:ff9b::/96, RFC 6052, and 64:ff9b:1::/48 for networks of one's own, RFC 8215.
fn is_nat64_v6(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0x64, 0xff9b, 1, ..])
}

/// 2002::/16, RFC 3056.
fn is_6to4_v6(ip: Ipv6Addr) -> bool {
    ip.segments()[0] == 0x2002
}

/// 2001::/32, RFC 4380.
fn is_teredo_v6(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0x2001, 0, ..])
}

/// fec0::/10, RFC 3879.
fn is_site_local_v6(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xffc0 == 0xfec0
}

/// 2001::/23, RFC 2928: benchmarking, ORCHID and others.
fn is_protocol_assignment_v6(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0x2001, 0..=0x1ff, ..])
}

/// 2001:db8::/32, RFC 3849, and 3fff::/20, RFC 9637.
fn is_documentation_v6(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..])
}

/// 2620:4f:8000::/48, RFC 7534: where reverse look-ups of private addresses go.
fn is_as112_v6(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0x2620, 0x4f, 0x8000, ..])
}

/// Everything beyond 2000::/3, RFC 4291: discard-only, segment routing, and what is not given out yet.
fn is_outside_global_unicast_v6(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xe000 != 0x2000
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn standing_of(text: &str) -> Standing {
        standing(text.parse().unwrap())
    }

    #[rstest]
    // The first and the last of each range.
    #[case("a loopback address", &["127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"])]
    #[case("a private address", &["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"])]
    #[case("a link-local address", &["169.254.0.0", "169.254.255.255", "fe80::", "febf:ffff::1"])]
    #[case("an address behind a carrier's NAT", &["100.64.0.0", "100.127.255.255"])]
    #[case("an address for protocols", &["192.0.0.0", "192.0.0.255", "2001:1::", "2001:2::1", "2001:1ff:ffff::"])]
    #[case("a documentation address", &["192.0.2.0", "192.0.2.255", "198.51.100.7", "203.0.113.255", "2001:db8::", "2001:db8:ffff::", "3fff::", "3fff:fff::"])]
    #[case("a 6to4 relay address", &["192.88.99.0", "192.88.99.255"])]
    #[case("a benchmarking address", &["198.18.0.0", "198.19.255.255"])]
    #[case("a reserved address", &["240.0.0.0", "255.255.255.254"])]
    #[case("an IPv4-mapped address", &["::ffff:8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1"])]
    #[case("an IPv4-compatible address", &["::8.8.8.8", "::127.0.0.1"])]
    #[case("a NAT64 address", &["64:ff9b::8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "64:ff9b:1:ffff::10.0.0.1"])]
    #[case("a 6to4 address", &["2002:808:808::", "2002:7f00:1::1"])]
    #[case("a Teredo address", &["2001:0:4136:e378:8000:63bf:3fff:fdd2"])]
    #[case("a unique local address", &["fc00::", "fdff:ffff::1"])]
    #[case("a site-local address", &["fec0::", "feff:ffff::1"])]
    #[case("an address of the AS112 service", &["2620:4f:8000::", "2620:4f:8000:ffff::1"])]
    #[case("outside the global unicast addresses", &["100::1", "5f00::1", "4000::", "1fff:ffff::", "::1:0:0:0", "64:ff9b:2::"])]
    fn is_inner(#[case] what: &str, #[case] addresses: &[&str]) {
        for address in addresses {
            assert!(matches!(standing_of(address), Standing::Inner(told) if told == what), "{address}");
        }
    }

    #[rstest]
    #[case("the metadata service of a cloud", &["169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"])]
    #[case("an address of \"this network\"", &["0.0.0.0", "0.255.255.255"])]
    #[case("a multicast address", &["224.0.0.0", "239.255.255.255", "ff00::", "ff02::1"])]
    #[case("the broadcast address", &["255.255.255.255"])]
    #[case("the unspecified address", &["::"])]
    #[case(
        "an IPv6 address around an IPv4 one that is never dialled",
        &[
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "2001:0:1:2:3:4:5601:5601",
            "::ffff:0.0.0.0",
            "::2",
            "::ffff:224.0.0.1",
        ]
    )]
    fn is_never_dialled(#[case] what: &str, #[case] addresses: &[&str]) {
        for address in addresses {
            assert!(matches!(standing_of(address), Standing::Never(told) if told == what), "{address}");
        }
    }

    #[rstest]
    // Those right beside a range, and some well-known ones.
    #[case(&["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"])]
    #[case(&["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0"])]
    #[case(&["192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255"])]
    #[case(&["198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255"])]
    #[case(&["8.8.8.8", "2606:4700:4700::1111", "2000::", "2001:200::", "2001:db7:ffff::", "2001:db9::"])]
    #[case(&["2001:ffff::", "2003::", "2620:4f:7fff::", "3ffe:ffff::", "3fff:1000::"])]
    fn is_public(#[case] addresses: &[&str]) {
        for address in addresses {
            assert_eq!(standing_of(address), Standing::Public, "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_v6_address_that_carries_a_v4_one_is_public(v4: u32) {
            let [high, low] = [(v4 >> 16) as u16, v4 as u16];
            for carrier in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low),
            ] {
                prop_assert_ne!(standing(carrier.into()), Standing::Public, "{}", carrier);
                if v4 > 1 {
                    prop_assert_eq!(carried_v4(carrier), Some(Ipv4Addr::from(v4)), "{}", carrier);
                }
            }
        }
    }
}
