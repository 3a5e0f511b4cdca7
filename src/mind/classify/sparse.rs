//! Rows of few non-zero values, in compressed sparse row form.

/// A matrix whose rows are mostly zero.
#[derive(Debug, Clone, Default)]
pub struct SparseRows {
    /// Where each row begins in `columns` and `values`; one more than there are rows.
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    width: usize,
}

impl SparseRows {
    /// An empty matrix with so many columns.
    pub fn new(width: usize) -> Self {
        Self { starts: vec![0], columns: Vec::new(), values: Vec::new(), width }
    }

    /// Appends a row; columns beyond the width are left out.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row {
            if (column as usize) < self.width {
                self.columns.push(column);
                self.values.push(value);
            }
        }
        self.starts.push(self.columns.len());
    }

    /// Rows become columns: the values of each column as a row, ascending.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0; self.width + 1];
        for column in &self.columns {
            starts[*column as usize + 1] += 1;
        }
        for column in 0..self.width {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let (mut columns, mut values) = (vec![0; self.columns.len()], vec![0.0; self.values.len()]);
        for (row, number) in (0..self.len()).zip(0_u32..) {
            for place in self.starts[row]..self.starts[row + 1] {
                let at = &mut next[self.columns[place] as usize];
                (columns[*at], values[*at]) = (number, self.values[place]);
                *at += 1;
            }
        }
        Self { starts, columns, values, width: self.len() }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The non-zero values of a row with their columns.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[row]..self.starts[row + 1];
        (self.columns[range.clone()].iter().zip(&self.values[range]))
            .map(|(column, value)| (*column as usize, f64::from(*value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposed_twice_is_the_same() {
        let mut rows = SparseRows::new(3);
        rows.push([(0, 1.0), (2, 2.0)]);
        rows.push([]);
        rows.push([(2, 3.0), (7, 9.0)]);
        let turned = rows.transposed();
        assert_eq!((turned.len(), turned.width()), (3, 3));
        assert_eq!(turned.row(2).collect::<Vec<_>>(), [(0, 2.0), (2, 3.0)]);
        let back = turned.transposed();
        assert_eq!(back.row(0).collect::<Vec<_>>(), rows.row(0).collect::<Vec<_>>());
        assert_eq!(back.row(2).collect::<Vec<_>>(), [(2, 3.0)]);
    }
}
