//! Places: so many in all, and fewer for each who takes them, so that one can't take everybody's.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cheap to clone; the clones are one.
#[derive(Debug)]
pub(crate) struct Places<K: Eq + Hash> {
    most: usize,
    most_each: usize,
    taken: Arc<Mutex<Taken<K>>>,
}

#[derive(Debug)]
struct Taken<K> {
    all: usize,
    each: HashMap<K, usize>,
}

/// A place that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<K: Eq + Hash> {
    whose: Option<K>,
    taken: Arc<Mutex<Taken<K>>>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// Who asks has as many as it may have.
    Own,
    All,
}

impl<K: Clone + Eq + Hash> Places<K> {
    pub(crate) fn new(most: usize, most_each: usize) -> Self {
        let taken = Taken { all: 0, each: HashMap::new() };
        Self { most, most_each, taken: Arc::new(Mutex::new(taken)) }
    }

    /// A place, if there is one. `None` counts in all, and for nobody.
    pub(crate) fn take(&self, whose: Option<K>) -> Result<Place<K>, Full> {
        let mut taken = lock(&self.taken);
        let own = whose.as_ref().and_then(|whose| taken.each.get(whose)).copied().unwrap_or(0);
        if whose.is_some() && own >= self.most_each {
            return Err(Full::Own);
        }
        if taken.all >= self.most {
            return Err(Full::All);
        }
        taken.all += 1;
        if let Some(whose) = &whose {
            taken.each.insert(whose.clone(), own + 1);
        }
        Ok(Place { whose, taken: Arc::clone(&self.taken) })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.all -= 1;
        let Some(whose) = &self.whose else { return };
        if let Some(own) = taken.each.get_mut(whose) {
            *own -= 1;
            // Those who left are forgotten: strangers must not fill the memory either.
            if *own == 0 {
                taken.each.remove(whose);
            }
        }
    }
}

/// Nothing in here panics between two steps: what a panic elsewhere left is whole.
fn lock<K>(taken: &Mutex<Taken<K>>) -> MutexGuard<'_, Taken<K>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "one of them has taken as many places as it may",
            Self::All => "every place is taken",
        })
    }
}

impl std::error::Error for Full {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_more_than_their_own_and_all_no_more_than_there_are() {
        let places = Places::new(3, 2);
        let ada = [places.take(Some("ada")).unwrap(), places.take(Some("ada")).unwrap()];
        assert_eq!(places.take(Some("ada")).unwrap_err(), Full::Own);
        let bob = places.take(Some("bob")).unwrap();
        assert_eq!(places.take(Some("bob")).unwrap_err(), Full::All);
        assert_eq!(places.take(None).unwrap_err(), Full::All);
        drop(bob);
        let nobodys = places.take(None).unwrap();
        drop((ada, nobodys));
        assert!(lock(&places.taken).each.is_empty(), "who left is remembered");
        assert_eq!(lock(&places.taken).all, 0);
    }
}
