//! Which addresses a connection pool may dial.

use crate::Refusal;
use crate::address::{Standing, carried_v4, standing};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Checked on every address right before it is dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    Public,
    /// What a rule allows, and nothing beside it.
    Within(Vec<IpNet>),
}

impl Reach {
    pub(crate) fn check(&self, address: IpAddr) -> Result<(), Refusal> {
        match (self, standing(address)) {
            (Self::Public, Standing::Public) => Ok(()),
            (_, Standing::Never(what)) | (Self::Public, Standing::Inner(what)) => {
                Err(Refusal::Address { address, what })
            }
            (Self::Within(networks), _) if lies_within(networks, address) => Ok(()),
            (Self::Within(_), _) => Err(Refusal::OutsideRule { address }),
        }
    }

    /// Whether nothing but this machine can be reached, so that plain http shows a secret to nobody.
    pub(crate) fn is_loopback_only(&self) -> bool {
        match self {
            Self::Public => false,
            Self::Within(networks) => networks.iter().all(is_loopback),
        }
    }
}

/// An address that carries an IPv4 one must not be a way around: where that one leads must be allowed, too.
fn lies_within(networks: &[IpNet], address: IpAddr) -> bool {
    let allowed = |address: &IpAddr| networks.iter().any(|network| network.contains(address));
    let carried = match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => carried_v4(address).map(IpAddr::V4),
    };
    allowed(&address)
        && carried.is_none_or(|carried| standing(carried) == Standing::Public || allowed(&carried))
}

fn is_loopback(network: &IpNet) -> bool {
    let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
    let v6 = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
    IpNet::V4(v4).contains(network) || IpNet::V6(v6).contains(network)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn within(networks: &[&str]) -> Reach {
        Reach::Within(networks.iter().map(|network| network.parse().unwrap()).collect())
    }

    #[rstest]
    #[case(&["10.1.0.0/16"], "10.1.2.3", true)]
    #[case(&["10.1.0.0/16"], "10.2.0.1", false)]
    #[case(&["10.1.0.0/16"], "8.8.8.8", false)]
    #[case(&["127.0.0.0/8", "::1/128"], "::1", true)]
    #[case(&["127.0.0.0/8"], "::1", false)]
    #[case(&["127.0.0.0/8"], "::ffff:127.0.0.1", false)]
    #[case(&["0.0.0.0/0"], "8.8.8.8", true)]
    #[case(&["0.0.0.0/0"], "169.254.169.254", false)]
    #[case(&["169.254.0.0/16"], "169.254.169.254", false)]
    #[case(&["fd00::/8"], "fd00:ec2::254", false)]
    #[case(&["fd00::/8"], "fd12::1", true)]
    #[case(&["64:ff9b::/96"], "64:ff9b::8.8.8.8", true)]
    #[case(&["64:ff9b::/96"], "64:ff9b::10.0.0.1", false)]
    #[case(&["64:ff9b::/96", "10.0.0.0/8"], "64:ff9b::10.0.0.1", true)]
    #[case(&["::/0"], "::ffff:169.254.169.254", false)]
    #[case(&["::/0", "0.0.0.0/0"], "64:ff9b::169.254.169.254", false)]
    fn a_rule_reaches_its_network(#[case] networks: &[&str], #[case] address: &str, #[case] reached: bool) {
        let checked = within(networks).check(address.parse().unwrap());
        assert_eq!(checked.is_ok(), reached, "{checked:?}");
    }

    #[rstest]
    #[case(&["127.0.0.0/8"], true)]
    #[case(&["127.0.0.1/32", "::1/128"], true)]
    #[case(&["127.0.0.0/8", "10.0.0.0/8"], false)]
    #[case(&["126.0.0.0/7"], false)]
    #[case(&["::/127"], false)]
    #[case(&["0.0.0.0/0"], false)]
    fn only_loopback_networks_are_loopback(#[case] networks: &[&str], #[case] loopback: bool) {
        assert_eq!(within(networks).is_loopback_only(), loopback);
    }

    #[test]
    fn without_a_rule_only_public_addresses_are_reached() {
        assert_eq!(Reach::Public.check("8.8.8.8".parse().unwrap()), Ok(()));
        assert!(Reach::Public.check("10.0.0.1".parse().unwrap()).is_err());
        assert!(!Reach::Public.is_loopback_only());
    }
}
