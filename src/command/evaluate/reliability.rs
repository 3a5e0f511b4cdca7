//! A reliability diagram as SVG: how often predictions of a given confidence are right. It needs no script and no
//! font of its own, and follows the reader's light or dark mode.

use crate::classify::metrics::{self, ReliabilityBin};
use anyhow::Context;
use std::fmt::Write;
use std::path::Path;

/// Side of the plot, in pixels.
const SIDE: f64 = 300.0;

/// Left and top margin.
const MARGIN: f64 = 52.0;

/// Height of the histogram under the plot.
const HISTOGRAM: f64 = 48.0;

const STYLE: &str = "svg{color-scheme:light dark;--ink:#2b2f36;--soft:#8a919c;--line:#d9dde3;--page:#ffffff;\
--bar:#3b78c9;--gap:#e0813a}@media (prefers-color-scheme:dark){svg{--ink:#e4e7eb;--soft:#8f98a5;--line:#3a414b;\
--page:#16191e;--bar:#6ea3e8;--gap:#f0a063}}text{font:12px system-ui,sans-serif;fill:var(--ink)}\
.soft{fill:var(--soft)}.page{fill:var(--page)}.grid{stroke:var(--line)}.ideal{stroke:var(--soft);stroke-dasharray:4 4}\
.bar{fill:var(--bar)}.gap{fill:var(--gap);fill-opacity:.35}.mass{fill:var(--soft);fill-opacity:.6}";

/// Draws predictions (probabilities with the place of the truth) into a file.
///
/// # Errors
/// Where it cannot be written.
pub fn write(path: &Path, predictions: &[(Vec<f64>, usize)]) -> anyhow::Result<()> {
    let picture = svg(&metrics::reliability(predictions), metrics::calibration_error(predictions));
    std::fs::write(path, picture).with_context(|| path.display().to_string())
}

/// Draws the bins; `ece` is their expected calibration error.
fn svg(bins: &[ReliabilityBin], ece: f64) -> String {
    let (width, height) = (MARGIN + SIDE + 24.0, MARGIN + SIDE + HISTOGRAM + 60.0);
    let total: usize = bins.iter().map(|bin| bin.count).sum();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"可靠性图，ECE {ece:.4}\"><style>{STYLE}</style>\
         <rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"8\"/>\
         <text x=\"{MARGIN}\" y=\"24\" font-weight=\"600\">可靠性：说有几成把握，就对几成</text>\
         <text class=\"soft\" x=\"{MARGIN}\" y=\"42\">ECE {ece:.4} · {total} 条</text>"
    );
    grid(&mut out);
    let fullest = bins.iter().map(|bin| bin.count).max().unwrap_or_default();
    for (place, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.count > 0) {
        draw(&mut out, place as f64 / bins.len() as f64, 1.0 / bins.len() as f64, bin, fullest);
    }
    let bottom = MARGIN + SIDE;
    let _ = writeln!(
        out,
        "<line class=\"ideal\" x1=\"{MARGIN}\" y1=\"{bottom}\" x2=\"{}\" y2=\"{MARGIN}\"/>\
         <text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">把握（下：各档有多少条）</text>\
         <text class=\"soft\" transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">答对的比例</text></svg>",
        MARGIN + SIDE,
        MARGIN + SIDE / 2.0,
        height - 8.0,
        MARGIN + SIDE / 2.0,
    );
    out
}

fn grid(out: &mut String) {
    for tenth in [0, 2, 4, 6, 8, 10] {
        let share = f64::from(tenth) / 10.0;
        let (x, y) = (MARGIN + SIDE * share, MARGIN + SIDE * (1.0 - share));
        let (right, bottom) = (MARGIN + SIDE, MARGIN + SIDE);
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{MARGIN}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\"/>\
             <line class=\"grid\" x1=\"{x}\" y1=\"{MARGIN}\" x2=\"{x}\" y2=\"{bottom}\"/>\
             <text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{share:.1}</text>\
             <text class=\"soft\" x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{share:.1}</text>",
            MARGIN - 6.0,
            y + 4.0,
            bottom + 16.0,
        );
    }
}

/// The bar of a bin, its distance to the ideal, and how many predictions it holds.
fn draw(out: &mut String, left: f64, share: f64, bin: &ReliabilityBin, fullest: usize) {
    let (x, width) = (MARGIN + SIDE * left + 1.0, SIDE * share - 2.0);
    let y = |value: f64| MARGIN + SIDE * (1.0 - value);
    let (low, high) = (bin.accuracy.min(bin.confidence), bin.accuracy.max(bin.confidence));
    let mass = HISTOGRAM * bin.count as f64 / fullest.max(1) as f64;
    let histogram = MARGIN + SIDE + 24.0;
    let _ = write!(
        out,
        "<g><title>把握 {:.3}，答对 {:.3}，{} 条</title>\
         <rect class=\"bar\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" rx=\"2\"/>\
         <rect class=\"gap\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>\
         <rect class=\"mass\" x=\"{x:.1}\" y=\"{histogram}\" width=\"{width:.1}\" height=\"{mass:.1}\"/></g>",
        bin.confidence,
        bin.accuracy,
        bin.count,
        y(bin.accuracy),
        SIDE * bin.accuracy,
        y(high),
        SIDE * (high - low),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filled_bin_is_drawn() {
        let filled = ReliabilityBin { count: 3, confidence: 0.9, accuracy: 1.0 };
        let picture = svg(&[ReliabilityBin::default(), filled], 0.1);
        assert_eq!(picture.matches("class=\"bar\"").count(), 1);
        assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
        assert!(picture.contains("prefers-color-scheme:dark") && picture.contains("ECE 0.1000 · 3 条"));
    }
}
