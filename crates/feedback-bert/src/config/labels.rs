//! The labels of the classification head.

use super::bert_config::BertConfig;
use crate::error::{Error, Result};

impl BertConfig {
    /// Returns the label names in the order of their class ids.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the ids of `id2label` are not 0, 1, 2 … without a gap, or if a name occurs twice.
    pub fn labels(&self) -> Result<Vec<String>> {
        let named: Option<Vec<&String>> = (0..self.id2label.len())
            .map(|id| self.id2label.get(&id.to_string()))
            .collect();
        let Some(named) = named else {
            let ids: Vec<_> = self.id2label.keys().map(String::as_str).collect();
            let expected = "the ids 0, 1, 2 … without a gap";
            return Err(Error::config("id2label", expected, ids.join(", ")));
        };
        let mut sorted = named.clone();
        sorted.sort();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            let found = format!("{} (twice)", pair[0]);
            return Err(Error::config("id2label", "different names", found));
        }
        Ok(named.into_iter().cloned().collect())
    }

    /// Returns the number of labels of the head.
    pub fn num_labels(&self) -> usize {
        self.id2label.len()
    }

    /// Returns the same configuration with these labels, in this order.
    pub fn with_labels(mut self, names: &[String]) -> Self {
        self.id2label = names
            .iter()
            .enumerate()
            .map(|(id, name)| (id.to_string(), name.clone()))
            .collect();
        self.label2id = names
            .iter()
            .enumerate()
            .map(|(id, name)| (name.clone(), id))
            .collect();
        self.other.remove("num_labels"); // derived from id2label by Transformers
        self.other.remove("problem_type"); // it describes the previous head
        self
    }

    /// Returns whether the head is a single-label classifier with exactly these labels.
    pub(crate) fn has_head_for(&self, labels: &[String]) -> bool {
        self.validate().is_ok() && self.labels().is_ok_and(|own| own == labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> BertConfig {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn labels_keep_numeric_order_beyond_ten() {
        let names: Vec<String> = (0..12).map(|id| format!("label {id}")).collect();
        let config = parse("{}").with_labels(&names);
        assert_eq!(config.labels().unwrap(), names);
    }
}
