//! The cache for what is read over and over: bounded, with an end to each entry, and one reading for everyone who asks
//! meanwhile.
//!
//! It is typed at its edge. Within, all caches hold values of one type, so that the code of the cache below stands in the
//! binary once and not once for each kind of value.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What an entry is found by: some texts or bytes, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey(Arc<[u8]>);

impl CacheKey {
    /// Each part stands after its length, so that no two rows of parts are one key.
    #[must_use]
    pub fn of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Self {
        let mut key = Vec::with_capacity(64);
        for part in parts {
            let part = part.as_ref();
            key.extend_from_slice(&part.len().to_le_bytes());
            key.extend_from_slice(part);
        }
        Self(key.into())
    }
}

/// Values `V`, whose reading may fail with `E`. Cheap to clone; the clones are one cache.
pub struct Cache<V, E> {
    entries: Entries,
    of: PhantomData<fn() -> (V, E)>,
}

impl<V: Send + Sync + 'static, E: Send + Sync + 'static> Cache<V, E> {
    /// At most `most` entries, each for `life`.
    #[must_use]
    pub fn new(most: u64, life: Duration) -> Self {
        Self { entries: Entries::new(most, life), of: PhantomData }
    }

    /// What is there, or else what `read` brings. Whoever asks for the same meanwhile waits for that one reading; if it
    /// fails, they all are told why, and nothing is kept. Nothing is made of `read` while there is no need to read.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn get_or_read<R>(&self, key: &CacheKey, read: impl FnOnce() -> R) -> Result<Arc<V>, Arc<E>>
    where
        R: Future<Output = Result<Arc<V>, E>> + Send,
    {
        if let Some(kept) = self.entries.get(key).await {
            return Ok(typed(kept));
        }
        let read = read();
        let reading: Reading<'_> = Box::pin(async {
            match read.await {
                Ok(value) => Ok(value as Kept),
                Err(error) => Err(Arc::new(error) as Kept),
            }
        });
        Box::pin(self.entries.get_or_read(key, reading)).await.map(typed).map_err(typed)
    }

    pub async fn get(&self, key: &CacheKey) -> Option<Arc<V>> {
        self.entries.get(key).await.map(typed)
    }

    pub async fn put(&self, key: CacheKey, value: Arc<V>) {
        self.entries.put(key, value).await;
    }

    pub async fn forget(&self, key: &CacheKey) {
        self.entries.forget(key).await;
    }
}

impl<V, E> Clone for Cache<V, E> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), of: PhantomData }
    }
}

impl<V, E> fmt::Debug for Cache<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

type Kept = Arc<dyn Any + Send + Sync>;
type Reading<'r> = Pin<Box<dyn Future<Output = Result<Kept, Kept>> + Send + 'r>>;

fn typed<T: Send + Sync + 'static>(kept: Kept) -> Arc<T> {
    kept.downcast().expect("a cache's type says what is put into it, and nobody else has its entries")
}

/// The part that no type of value is in.
#[derive(Clone)]
struct Entries(moka::future::Cache<CacheKey, Kept>);

impl Entries {
    fn new(most: u64, life: Duration) -> Self {
        Self(moka::future::Cache::builder().max_capacity(most).time_to_live(life).build())
    }

    async fn get(&self, key: &CacheKey) -> Option<Kept> {
        self.0.get(key).await
    }

    async fn get_or_read(&self, key: &CacheKey, reading: Reading<'_>) -> Result<Kept, Kept> {
        self.0.try_get_with_by_ref(key, reading).await.map_err(|error| Kept::clone(&error))
    }

    async fn put(&self, key: CacheKey, value: Kept) {
        self.0.insert(key, value).await;
    }

    async fn forget(&self, key: &CacheKey) {
        self.0.invalidate(key).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn cache() -> Cache<String, u8> {
        Cache::new(100, Duration::from_secs(60))
    }

    fn key(name: &str) -> CacheKey {
        CacheKey::of([name])
    }

    #[test]
    fn no_two_rows_of_parts_are_one_key() {
        assert_ne!(CacheKey::of(["ab", "c"]), CacheKey::of(["a", "bc"]));
        assert_ne!(CacheKey::of(["ab"]), CacheKey::of(["ab", ""]));
        assert_eq!(CacheKey::of(["ab", "c"]), CacheKey::of([b"ab".as_slice(), b"c"]));
    }

    #[tokio::test]
    async fn one_reading_serves_everyone_and_is_kept() {
        let (cache, read) = (cache(), AtomicU32::new(0));
        let get = || async {
            let reading = || async {
                tokio::task::yield_now().await;
                Ok(Arc::new(format!("{}", read.fetch_add(1, Ordering::Relaxed))))
            };
            cache.get_or_read(&key("a"), reading).await
        };
        let (one, two) = tokio::join!(get(), get());
        assert_eq!((one.unwrap().as_str(), two.unwrap().as_str()), ("0", "0"));
        assert_eq!(*get().await.unwrap(), "0");
        cache.forget(&key("a")).await;
        assert_eq!(*get().await.unwrap(), "1");
    }

    #[tokio::test]
    async fn a_failure_is_told_and_not_kept() {
        let cache = cache();
        assert_eq!(cache.get_or_read(&key("a"), || async { Err(7) }).await, Err(Arc::new(7)));
        cache.put(key("a"), Arc::new("put".to_owned())).await;
        assert_eq!(*cache.get_or_read(&key("a"), || async { Err(7) }).await.unwrap(), "put");
    }
}
