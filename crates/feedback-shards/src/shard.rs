//! Which parts a worker does.

use std::fmt;
use std::str::FromStr;

/// Every `count`-th part, beginning with the part `index`: `2/7` does the second, the ninth, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// Returns whether the shard has this part; parts are counted from 0.
    #[must_use]
    pub fn has(self, part: u64) -> bool {
        part % self.count == self.index - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// A text that is not a shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "found `{found}`, expected a shard such as 2/7: a number from 1 to the number of shards, and that number"
)]
#[non_exhaustive]
pub struct InvalidShard {
    /// The text.
    pub found: String,
}

impl FromStr for Shard {
    type Err = InvalidShard;

    fn from_str(text: &str) -> Result<Self, InvalidShard> {
        let numbers = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err(InvalidShard {
                found: text.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shards_divide_the_parts() {
        let shards: Vec<Shard> = (1..=7)
            .map(|index| format!("{index}/7").parse().unwrap())
            .collect();
        for part in 0..100 {
            assert_eq!(shards.iter().filter(|shard| shard.has(part)).count(), 1, "{part}");
        }
        assert_eq!(shards[2].to_string(), "3/7");
        for wrong in ["", "3", "0/7", "8/7", "1/0", "-1/7", "a/b", "1/7/9"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
