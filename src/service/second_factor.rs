//! A second step of signing in, for whoever wants one: a code that changes every thirty seconds, from an authenticator,
//! and ten recovery codes for the day on which that is lost.
//!
//! # Invariants
//! - A code is taken once: the time step of the newest one is kept, and none up to it is taken again.
//! - A recovery code is taken once, and only its hash is stored.
//! - It is on only after a code has shown that the authenticator has the secret.

use crate::model::customer::Staff;
use crate::model::id::StaffId;
use crate::service::Failure;
use crate::service::lockout::Place;
use crate::service::one_time_code::{self, SECRET_BYTES, base32, from_base32};
use crate::service::sign_in::{SignIn, SignInRefused};
use crate::service::token::{random_bytes, token_hash};
use crate::store::audit::Deed;
use crate::store::second_factor;
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// Recovery codes, and the random bytes of each.
const CODES: usize = 10;
const CODE_BYTES: usize = 10;

/// What an authenticator shows above the code.
const ISSUER: &str = "小二后台";

/// To whoever shows another password than their own.
const WRONG: &str = "密码不对";

/// A secret to be put into an authenticator.
pub struct Enrolment {
    /// In Base32, to type it.
    pub secret: String,
    /// The address, as text.
    pub address: String,
    /// The address as a picture: the dark squares of a QR code as an SVG path, and how wide it is in squares.
    pub path: String,
    /// Squares of a side, with the quiet zone.
    pub side: i32,
}

/// Whether a second step is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Whether it is asked for.
    pub on: bool,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
}

impl SignIn {
    /// Whether somebody's second step is on.
    ///
    /// # Errors
    /// [`SignInRefused::Failed`] where the database fails.
    pub async fn second_factor(&self, who: StaffId) -> Result<Status, SignInRefused> {
        let known = second_factor::of(&self.db, who).await?.filter(|factor| factor.confirmed);
        Ok(Status { on: known.is_some(), recovery_codes: known.map_or(0, |factor| factor.recovery_codes) })
    }

    /// Makes a secret for oneself; it is not asked for yet.
    ///
    /// # Errors
    /// [`SignInRefused`] where the password is wrong, or one is on.
    pub async fn enrol(&self, own: &Staff, password: &str) -> Result<Enrolment, SignInRefused> {
        self.check_own_password(&own.name, password, WRONG).await?;
        let secret = base32(&random_bytes::<SECRET_BYTES>()?);
        let sealed = self.seal.close(own.id.0, &secret)?;
        if !second_factor::propose(&self.db, own.id, &sealed, self.clock.now().0).await? {
            return Err(SignInRefused::Conflict("两步验证已经开启".to_owned()));
        }
        let address = one_time_code::address(ISSUER, &own.name, &secret);
        let picture = QrCode::encode_text(&address, QrCodeEcc::Medium);
        let picture = picture.map_err(|error| Failure::inside("QR code", &error))?;
        Ok(Enrolment { path: squares(&picture), side: picture.size() + 2 * QUIET, secret, address })
    }

    /// Puts the secret in force, for whoever shows a code of it; returns the recovery codes, which are shown this once.
    ///
    /// # Errors
    /// [`SignInRefused`] where the code is wrong, or nothing was begun.
    pub async fn confirm_second_factor(&self, own: &Staff, code: &str) -> Result<Vec<String>, SignInRefused> {
        let factor = second_factor::of(&self.db, own.id).await?.filter(|factor| !factor.confirmed);
        let factor = factor.ok_or_else(|| SignInRefused::Conflict("请先开始设置两步验证".to_owned()))?;
        let attempt = self.begin_attempt(&own.name, Place::Session).await?;
        let now = self.clock.now();
        let secret = self.secret_of(own, &factor.secret);
        let Some(step) = secret.and_then(|secret| one_time_code::step_of(&secret, &digits(code), now.0 / 1_000)) else {
            self.fail_attempt(&attempt).await?;
            // Not a refusal to be who one is: the session stands.
            return Err(SignInRefused::Invalid("验证码不对，请看清楚再试".to_owned()));
        };
        self.end_attempt(&attempt).await?;
        let mut codes = Vec::with_capacity(CODES);
        for _ in 0..CODES {
            codes.push(readable(&base32(&random_bytes::<CODE_BYTES>()?)));
        }
        let hashes: Vec<String> = codes.iter().map(|code| token_hash(&plain(code))).collect();
        let deed = Deed::new(&own.name, "second_factor_added", &own.name, now);
        if !second_factor::confirm(&self.db, own.id, step, &hashes, &deed).await? {
            return Err(SignInRefused::Conflict("两步验证已经开启".to_owned()));
        }
        Ok(codes)
    }

    /// Takes one's own second step away.
    ///
    /// # Errors
    /// [`SignInRefused`] where the password is wrong, or there is none.
    pub async fn remove_own_second_factor(&self, own: &Staff, password: &str) -> Result<(), SignInRefused> {
        self.check_own_password(&own.name, password, WRONG).await?;
        self.remove_second_factor(own, own.id).await
    }

    /// Takes anybody's second step away, as admin.
    ///
    /// # Errors
    /// [`SignInRefused::NotFound`] where there is none.
    pub async fn remove_second_factor(&self, by: &Staff, of: StaffId) -> Result<(), SignInRefused> {
        let person = self.person(of).await?;
        let deed = Deed::new(&by.name, "second_factor_removed", &person.staff.name, self.clock.now());
        let removed = second_factor::remove(&self.db, of, &deed).await?;
        if removed { Ok(()) } else { Err(SignInRefused::NotFound("两步验证")) }
    }

    /// Whether somebody whose password was right may come in with what else they show.
    ///
    /// # Errors
    /// [`SignInRefused::CodeNeeded`] where nothing was shown, [`SignInRefused::BadCode`].
    pub(super) async fn check_second_step(&self, who: &Staff, shown: Option<&str>) -> Result<(), SignInRefused> {
        let Some(factor) = second_factor::of(&self.db, who.id).await?.filter(|factor| factor.confirmed) else {
            return Ok(());
        };
        let shown = shown.map(str::trim).filter(|shown| !shown.is_empty()).ok_or(SignInRefused::CodeNeeded)?;
        let now = self.clock.now();
        let secret = self.secret_of(who, &factor.secret);
        let step = secret.and_then(|secret| one_time_code::step_of(&secret, &digits(shown), now.0 / 1_000));
        let taken = match step {
            Some(step) => {
                self.seal_anew(who, &factor.secret).await?;
                second_factor::take_step(&self.db, who.id, step).await?
            }
            None => {
                let deed = Deed::new(&who.name, "recovery_code_used", &who.name, now);
                second_factor::take_recovery_code(&self.db, who.id, &token_hash(&plain(shown)), &deed).await?
            }
        };
        if taken { Ok(()) } else { Err(SignInRefused::BadCode) }
    }
}

impl SignIn {
    /// The bytes of a secret that was kept; nothing where it cannot be opened, and only a recovery code helps.
    fn secret_of(&self, who: &Staff, kept: &str) -> Option<Vec<u8>> {
        let secret = self.seal.open(who.id.0, kept).and_then(|secret| from_base32(&secret));
        if secret.is_none() {
            tracing::error!(name = %who.name, "the secret of a second step cannot be opened: is seal.key another one?");
        }
        secret
    }

    /// Seals a secret that was kept before there was a key.
    async fn seal_anew(&self, who: &Staff, kept: &str) -> Result<(), SignInRefused> {
        if self.seal.would_close(kept) {
            let sealed = self.seal.close(who.id.0, kept)?;
            second_factor::replace(&self.db, who.id, kept, &sealed).await?;
        }
        Ok(())
    }
}

/// A code as people may type it: `123 456`.
fn digits(shown: &str) -> String {
    shown.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A recovery code in groups of four.
fn readable(code: &str) -> String {
    let groups: Vec<&str> = (0..code.len()).step_by(4).map(|at| &code[at..(at + 4).min(code.len())]).collect();
    groups.join("-").to_lowercase()
}

/// A recovery code without what only makes it readable.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Light squares around a QR code (ISO/IEC 18004).
const QUIET: i32 = 4;

/// The dark squares as an SVG path, one stroke a run.
fn squares(picture: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..picture.size() {
        let mut x = 0;
        while x < picture.size() {
            let run = (x..picture.size()).take_while(|at| picture.get_module(*at, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_are_read_however_they_are_typed() {
        let code = readable("ABCDEFGHIJKLMNOP");
        assert_eq!(code, "abcd-efgh-ijkl-mnop");
        assert_eq!(plain(" ABCD efgh-ijkl mnop"), plain(&code));
    }

    #[test]
    fn the_picture_has_every_dark_square_once() {
        let picture = QrCode::encode_text("otpauth://totp/x", QrCodeEcc::Medium).expect("it fits");
        let side = picture.size();
        let dark = (0..side * side).filter(|at| picture.get_module(at % side, at / side)).count();
        let runs = squares(&picture)
            .split('h')
            .skip(1)
            .step_by(2)
            .filter_map(|run| run.split('v').next()?.parse::<usize>().ok())
            .sum::<usize>();
        assert_eq!(runs, dark);
    }
}
