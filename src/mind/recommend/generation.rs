//! Which recommender a lesson was taken from: what is learned from the lesson fits that one alone.

use std::sync::Arc;

/// One numbering of products over one log. A clone is the same; what was made apart from it never is.
#[derive(Debug, Clone, Default)]
pub struct Generation(Arc<()>);

impl PartialEq for Generation {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Generation {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clone_is_the_same() {
        let generation = Generation::default();
        assert_eq!(generation.clone(), generation);
        assert_ne!(Generation::default(), generation);
    }
}
