//! Colours and whether they can be read: relative luminance and contrast as WCAG 2.2 defines them.
//!
//! `contrast = (lighter + 0.05) / (darker + 0.05)` of the luminances, from 1 to 21; text needs 4.5, what only has to be
//! noticed needs 3.

use std::fmt;
use std::str::FromStr;

/// Contrast from which text can be read.
pub const READABLE: f64 = 4.5;

/// A colour of the screen: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

impl Color {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast of two colours, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// White where it can be read on this colour, else black, which then can.
    pub fn ink_on(self) -> Self {
        if self.contrast(Self::WHITE) >= READABLE { Self::WHITE } else { Self::BLACK }
    }

    /// Part of the way to another colour; 0 is this one, 1 the other.
    #[must_use]
    pub fn towards(self, other: Self, part: f64) -> Self {
        let mix = |place: usize| {
            let (from, to) = (f64::from(self.0[place]), f64::from(other.0[place]));
            (from + (to - from) * part.clamp(0.0, 1.0)).round() as u8
        };
        Self([mix(0), mix(1), mix(2)])
    }

    /// The nearest shade of it that can be read as text on a ground.
    #[must_use]
    pub fn readable_on(self, ground: Self) -> Self {
        let end = if ground.luminance() > 0.18 { Self::BLACK } else { Self::WHITE };
        let shades = (0..=20).map(|step| self.towards(end, f64::from(step) / 20.0));
        shades.into_iter().find(|shade| shade.contrast(ground) >= READABLE).unwrap_or(end)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Color {
    type Err = String;

    /// `#c2503a`.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let byte = |at: usize| digits.and_then(|digits| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
        match (byte(0), byte(2), byte(4)) {
            (Some(red), Some(green), Some(blue)) if !text.contains('+') => Ok(Self([red, green, blue])),
            _ => Err(format!("颜色“{text}”应当形如 #c2503a")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((Color::WHITE.contrast(Color::BLACK) - 21.0).abs() < 1e-9);
        let grey: Color = "#767676".parse().unwrap();
        assert!((grey.contrast(Color::WHITE) - 4.54).abs() < 0.01, "the darkest grey that is not enough is #777777");
        assert!("#777777".parse::<Color>().unwrap().contrast(Color::WHITE) < READABLE);
    }

    #[test]
    fn something_can_be_read_on_every_colour() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let color = Color([red, green, blue]);
                    assert!(color.contrast(color.ink_on()) >= READABLE, "{color}");
                    for ground in [Color::WHITE, Color([0x2a, 0x27, 0x24])] {
                        assert!(color.readable_on(ground).contrast(ground) >= READABLE, "{color} on {ground}");
                    }
                }
            }
        }
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!("#C2503a".parse::<Color>().unwrap().to_string(), "#c2503a");
        for wrong in ["c2503a", "#c25", "#c2503g", "#+12345", "", "#一二"] {
            assert!(wrong.parse::<Color>().is_err(), "{wrong}");
        }
    }
}
