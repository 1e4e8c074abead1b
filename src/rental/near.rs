//! How far apart two places are on the tree of places: the steps up to what holds both, and down again.

/// The steps between two places, each given with those around it, the outermost first.
#[must_use]
pub fn steps<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let shared = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    a.len() + b.len() - 2 * shared
}
