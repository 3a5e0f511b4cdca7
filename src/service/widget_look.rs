//! How the widget looks on the shop's pages. The admin chooses a colour and a side; everything that is read on that
//! colour or in it is worked out, so that it can be read by day and by night.
//!
//! The choice is written into the widget's script when that is asked for: the widget needs no request of its own, and
//! never appears in another colour first.

use crate::clock::Clock;
use crate::model::color::{Color, READABLE};
use crate::service::Failure;
use crate::store::audit::Deed;
use crate::store::{Db, setting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Name of the setting.
const SETTING: &str = "widget";

/// Where in the widget's styles the look is put.
const PLACE: &str = "/*look*/";

/// Grounds of the widget by day and by night.
const DAY: Color = Color::WHITE;
const NIGHT: Color = Color([0x2a, 0x27, 0x24]);

/// Contrast from which a thing is noticed on its ground.
const NOTICED: f64 = 3.0;

/// A side of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// On the left.
    Left,
    /// On the right.
    #[default]
    Right,
}

/// What an admin chooses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The colour: `#c2503a`.
    pub color: String,
    /// The side of the page.
    #[serde(default)]
    pub side: Side,
}

impl Default for Look {
    fn default() -> Self {
        Self { color: "#c2503a".to_owned(), side: Side::default() }
    }
}

/// The colours of one time of the day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Shades {
    /// Of buttons and of the shopper's own messages.
    pub fill: String,
    /// Of what is written on it.
    pub ink: String,
    /// Their contrast, 4.5 or more.
    pub ink_contrast: f64,
    /// Of links and prices on the ground.
    pub text: String,
    /// The contrast of the fill with the ground: below 3 the button is hardly noticed.
    pub ground_contrast: f64,
}

/// A look with everything that was worked out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Palette {
    /// What was chosen.
    pub look: Look,
    /// By day.
    pub day: Shades,
    /// By night.
    pub night: Shades,
    /// What an admin should know, in Chinese; empty for nothing.
    pub warnings: Vec<String>,
}

impl Look {
    /// Works the colours out.
    ///
    /// # Errors
    /// A text for the admin where the colour is none.
    pub fn palette(&self) -> Result<Palette, String> {
        let color: Color = self.color.parse()?;
        let night = if color.contrast(NIGHT) < NOTICED { noticed_on(color, NIGHT) } else { color };
        let shades = |fill: Color, ground: Color| Shades {
            fill: fill.to_string(),
            ink: fill.ink_on().to_string(),
            ink_contrast: hundredths(fill.contrast(fill.ink_on())),
            text: fill.readable_on(ground).to_string(),
            ground_contrast: hundredths(fill.contrast(ground)),
        };
        let mut warnings = Vec::new();
        if color.contrast(DAY) < NOTICED {
            warnings.push("这个颜色太浅，白色页面上的按钮会看不清，建议选深一些的颜色".to_owned());
        }
        if color.contrast(Color::WHITE) < READABLE {
            warnings.push("白字在这个颜色上看不清，按钮上的字会自动用黑色".to_owned());
        }
        let look = Self { color: color.to_string(), side: self.side };
        Ok(Palette { look, day: shades(color, DAY), night: shades(night, NIGHT), warnings })
    }
}

/// The nearest lighter shade that is noticed on a dark ground.
fn noticed_on(color: Color, ground: Color) -> Color {
    let shades = (0..=20).map(|step| color.towards(Color::WHITE, f64::from(step) / 20.0));
    shades.into_iter().find(|shade| shade.contrast(ground) >= NOTICED).unwrap_or(Color::WHITE)
}

/// Rounded down, so that no contrast looks better than it is.
fn hundredths(contrast: f64) -> f64 {
    (contrast * 100.0).floor() / 100.0
}

impl Palette {
    /// The styles that the widget gets behind its own.
    fn styles(&self) -> String {
        let of = |shades: &Shades| {
            let Shades { fill, ink, text, .. } = shades;
            format!(":host{{--brand:{fill};--on:{ink};--brand-dark:{text}}}")
        };
        let side = match self.look.side {
            Side::Right => "",
            Side::Left => {
                ".launcher,.panel{right:auto;left:24px}@media (max-width:480px){.launcher{left:16px}.panel{left:0}}"
            }
        };
        format!("{}@media (prefers-color-scheme:dark){{{}}}{side}", of(&self.day), of(&self.night))
    }
}

/// Why a look was not kept.
#[derive(Debug, thiserror::Error)]
pub enum LookRefused {
    /// The colour is none.
    #[error("{0}")]
    Invalid(String),
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

/// The look that was chosen; none where nobody has chosen one.
///
/// # Errors
/// [`Failure`] where the database fails.
pub async fn chosen(db: &Db) -> Result<Option<Look>, Failure> {
    Ok(setting::get(db, SETTING).await?)
}

/// Keeps a look; the next page that loads the widget shows it.
///
/// # Errors
/// [`LookRefused`].
pub async fn choose(db: &Db, clock: &Clock, by: &str, look: &Look) -> Result<Palette, LookRefused> {
    let palette = look.palette().map_err(LookRefused::Invalid)?;
    let before = chosen(db).await?.unwrap_or_default();
    let (before, after) = (serde_json::to_value(before), serde_json::to_value(&palette.look));
    let (before, after) = (before.map_err(Failure::from)?, after.map_err(Failure::from)?);
    let now = clock.now();
    let deed = Deed::new(by, "widget_look_put", SETTING, now).from_to(Some(before), Some(after.clone()));
    setting::put(db, SETTING, &after, Some(&deed), now).await.map_err(Failure::from)?;
    Ok(palette)
}

/// The widget's script in the chosen look.
///
/// # Errors
/// [`Failure`] where the database fails.
pub async fn dress(db: &Db, script: &str) -> Result<String, Failure> {
    let palette = chosen(db).await?.and_then(|look| look.palette().ok());
    Ok(script.replacen(PLACE, &palette.map(|palette| palette.styles()).unwrap_or_default(), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette(color: &str) -> Palette {
        Look { color: color.to_owned(), side: Side::Left }.palette().expect("a colour")
    }

    #[test]
    fn every_choice_can_be_read_by_day_and_by_night() {
        for color in ["#000000", "#ffffff", "#ffee00", "#c2503a", "#1a73e8", "#7fffd4"] {
            let palette = palette(color);
            assert!(palette.day.ink_contrast >= READABLE && palette.night.ink_contrast >= READABLE, "{color}");
            assert!(palette.night.ground_contrast >= 2.99, "{color}: {palette:?}");
            let text: Color = palette.day.text.parse().unwrap();
            assert!(text.contrast(DAY) >= READABLE);
        }
        assert_eq!(palette("#ffee00").warnings.len(), 2);
        assert!(palette("#1a56b0").warnings.is_empty());
    }

    #[test]
    fn styles_hold_nothing_but_what_was_worked_out() {
        let styles = palette("#1A56B0").styles();
        assert!(styles.contains("--brand:#1a56b0") && styles.contains("left:24px"), "{styles}");
        assert!(Look { color: "#fff;}body{".to_owned(), side: Side::Right }.palette().is_err());
    }
}
