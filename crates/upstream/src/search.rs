//! Looks for several needles in one pass, after Wu and Manber: each pair of bytes says how far the window may move on
//! without passing over a needle. Most of a text is never looked at, and setting it up costs less than one finder for
//! each needle would.

use zeroize::Zeroizing;

/// Pairs of bytes share so many places; of an ordinary key's spellings a third are taken.
const PLACES: usize = 1024;

/// How far the window may move. It tells of the needles, and is overwritten like them.
#[derive(Default)]
pub(crate) struct Search {
    /// The shortest needle's length, the window's: `None` without any needle.
    window: Option<usize>,
    /// One byte for each place, packed; empty when a window has no pair.
    moves: Zeroizing<Vec<u64>>,
}

impl Search {
    pub(crate) fn of<'a>(needles: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let window = needles.clone().map(<[u8]>::len).min();
        let mut search = Self { window, moves: Zeroizing::default() };
        let Some(window) = window.filter(|window| *window >= 2) else { return search };
        let furthest = u8::try_from(window - 1).unwrap_or(u8::MAX);
        search.moves = Zeroizing::new(vec![u64::from_ne_bytes([furthest; 8]); PLACES / 8]);
        for needle in needles {
            for (at, pair) in needle[..window].windows(2).enumerate() {
                search.note(pair, window - 2 - at);
            }
        }
        search
    }

    /// The first place from `from` on where `stands` finds a needle's length.
    pub(crate) fn next(
        &self,
        haystack: &[u8],
        from: usize,
        stands: impl Fn(&[u8]) -> Option<usize>,
    ) -> Option<(usize, usize)> {
        let window = self.window?;
        let mut at = from;
        while let Some(rest) = haystack.get(at..).filter(|rest| rest.len() >= window) {
            match self.move_after(&rest[..window]) {
                0 => match stands(rest) {
                    Some(length) => return Some((at, length)),
                    None => at += 1,
                },
                further => at += further,
            }
        }
        None
    }

    fn move_after(&self, window: &[u8]) -> usize {
        let [.., first, second] = window else { return 0 };
        let place = place(*first, *second);
        self.moves.get(place / 8).map_or(0, |word| usize::from(word.to_ne_bytes()[place % 8]))
    }

    /// The window may move no further than to where this pair is its last.
    fn note(&mut self, pair: &[u8], most: usize) {
        let place = place(pair[0], pair[1]);
        let mut bytes = self.moves[place / 8].to_ne_bytes();
        bytes[place % 8] = bytes[place % 8].min(u8::try_from(most).unwrap_or(u8::MAX));
        self.moves[place / 8] = u64::from_ne_bytes(bytes);
    }
}

fn place(first: u8, second: u8) -> usize {
    ((usize::from(first) << 4) ^ usize::from(second)) % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn found(needles: &[Vec<u8>], haystack: &[u8]) -> Vec<usize> {
        let search = Search::of(needles.iter().map(Vec::as_slice));
        let stands =
            |rest: &[u8]| needles.iter().filter(|needle| rest.starts_with(needle)).map(Vec::len).max();
        let (mut from, mut found) = (0, Vec::new());
        while let Some((at, _)) = search.next(haystack, from, stands) {
            found.push(at);
            from = at + 1;
        }
        found
    }

    #[test]
    fn without_needles_nothing_is_found() {
        assert!(found(&[], b"anything").is_empty());
    }

    #[test]
    fn a_window_longer_than_a_byte_can_count_moves_as_far_as_that() {
        let needle = [vec![b'x'; 400], vec![b'y'; 200]].concat();
        let haystack = [vec![b'.'; 5000], needle.clone(), vec![b'.'; 10]].concat();
        assert_eq!(found(&[needle], &haystack), [5000]);
    }

    proptest! {
        #[test]
        fn it_finds_what_looking_everywhere_finds(
            needles in vec(vec(0u8..3, 1..7), 1..6),
            haystack in vec(0u8..3, 0..60),
        ) {
            let everywhere: Vec<usize> = (0..haystack.len())
                .filter(|at| needles.iter().any(|needle| haystack[*at..].starts_with(needle)))
                .collect();
            prop_assert_eq!(found(&needles, &haystack), everywhere);
        }
    }
}
