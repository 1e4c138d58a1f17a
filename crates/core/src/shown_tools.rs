//! Tools of the catalog that an MCP client sees under their own names, beside the few that find and call all of them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Names in their order, each once. Cheap to clone: every request of a device carries those of its device.
///
/// Written and read as text with commas between; white space parts names too. That they are in a catalog is not looked
/// at here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownTools(Arc<[String]>);

/// More would only hide what is needed.
const MOST: usize = 30;
/// In bytes. No tool's name is as long.
const LONGEST: usize = 128;

/// What is wrong with a choice of tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShownToolsError {
    #[error("At most {MOST} tools are shown under their own names.")]
    TooMany,
    #[error("One of the names is too long to be a tool's.")]
    TooLong,
}

impl ShownTools {
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for ShownTools {
    type Err = ShownToolsError;

    fn from_str(text: &str) -> Result<Self, ShownToolsError> {
        let mut names: Vec<String> = Vec::new();
        let given = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|name| !name.is_empty());
        for name in given {
            if name.len() > LONGEST {
                return Err(ShownToolsError::TooLong);
            }
            if names.iter().any(|known| known == name) {
                continue;
            }
            if names.len() == MOST {
                return Err(ShownToolsError::TooMany);
            }
            names.push(name.to_owned());
        }
        Ok(Self(names.into()))
    }
}

impl fmt::Display for ShownTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parted_by_commas_and_white_space_and_stand_once() {
        let tools: ShownTools = " b, a\r\nb,,c ".parse().unwrap();
        assert_eq!(tools.names().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(tools.to_string().parse(), Ok(tools));
        assert!("".parse::<ShownTools>().unwrap().is_empty() && ShownTools::default().is_empty());
    }

    #[test]
    fn there_is_a_most_and_a_longest() {
        let names = |n: usize| (0..n).map(|n| format!("t{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(names(30).parse::<ShownTools>().unwrap().names().len(), 30);
        assert_eq!(names(31).parse::<ShownTools>(), Err(ShownToolsError::TooMany));
        assert_eq!(format!("{} t0", names(30)).parse::<ShownTools>().unwrap().names().len(), 30);
        assert_eq!("a".repeat(129).parse::<ShownTools>(), Err(ShownToolsError::TooLong));
    }
}
