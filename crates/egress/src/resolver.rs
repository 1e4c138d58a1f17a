//! The system's resolver, less the addresses that must not be dialled. It runs inside the connector, so that what was
//! checked is what is dialled: a name can't change its mind in between.

use crate::reach::Reach;
use hyper_util::client::legacy::connect::dns::Name;
use keyferry_core::Cause;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;
use tower_service::Service;

type Addresses = vec::IntoIter<SocketAddr>;

#[derive(Clone)]
pub(crate) struct FilteredResolver(pub(crate) Arc<Reach>);

impl Service<Name> for FilteredResolver {
    type Response = Addresses;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Addresses, Cause>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            // The port is the connector's to set.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            screen(&reach, found)
        })
    }
}

/// Those that may be dialled. When there are addresses and none may, the first one's refusal.
fn screen(reach: &Reach, found: impl Iterator<Item = SocketAddr>) -> Result<Addresses, Cause> {
    let (mut dialled, mut refused) = (Vec::new(), None);
    for address in found {
        match reach.check(address.ip()) {
            Ok(()) => dialled.push(address),
            Err(refusal) => _ = refused.get_or_insert(refusal),
        }
    }
    match refused {
        Some(refusal) if dialled.is_empty() => Err(refusal.into()),
        _ => Ok(dialled.into_iter()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal;

    fn screened(addresses: &[&str]) -> Result<Vec<SocketAddr>, Cause> {
        let addresses = addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0));
        screen(&Reach::Public, addresses).map(Iterator::collect)
    }

    #[test]
    fn of_a_mixed_answer_only_what_may_be_dialled_is_kept() {
        let kept = screened(&["127.0.0.1", "8.8.8.8", "::1", "fd00:ec2::254", "2606:4700::1"]).unwrap();
        assert_eq!(kept, ["8.8.8.8:0".parse().unwrap(), "[2606:4700::1]:0".parse().unwrap()]);
    }

    #[test]
    fn an_answer_of_which_nothing_is_left_is_a_refusal() {
        let error = screened(&["10.0.0.1", "::1"]).unwrap_err();
        let refusal = error.downcast_ref::<Refusal>().unwrap();
        assert_eq!(refusal.to_string(), "10.0.0.1 is a private address");
    }
}
