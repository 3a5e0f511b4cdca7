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
