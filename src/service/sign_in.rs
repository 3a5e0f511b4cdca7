//! Signing in to the console: passwords by argon2id, sessions by a random cookie of which only a hash is stored.

use super::apart::apart;
use crate::clock::Clock;
use crate::model::customer::{Role, Staff};
use crate::model::id::StaffId;
use crate::service::Failure;
use crate::service::lockout::Place;
use crate::service::seal::Seal;
use crate::service::token::{new_token, token_hash};
use crate::store::session::{self, NewSession, Session};
use crate::store::staff::{self, StaffWithPassword};
use crate::store::{Db, StoreError};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// How long a session lasts.
pub const SESSION: Duration = Duration::from_secs(12 * 3_600);

/// Shortest password that is taken.
const MIN_PASSWORD_CHARS: usize = 8;

/// Longest password that is taken: hashing a text of any length would be a way to keep the server busy.
const MAX_PASSWORD_CHARS: usize = 200;

/// How often it is kept that a session or a key was used.
pub(super) const NOTED_EVERY: Duration = Duration::from_secs(60);

/// Where somebody signs in from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Device<'a> {
    /// The address.
    pub address: &'a str,
    /// What the browser calls itself.
    pub program: &'a str,
}

/// What somebody shows to be let in.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The name.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
    /// A code of the second step, or a recovery code.
    pub code: Option<&'a str>,
}

/// Characters of a browser's name that are kept.
const PROGRAM: usize = 200;

/// The use case; clones share everything.
#[derive(Clone)]
pub struct SignIn {
    pub(super) db: Db,
    pub(super) clock: Clock,
    /// Of the secrets of second steps.
    pub(super) seal: Seal,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// Name or password is wrong; which one is not said.
    #[error("用户名或密码不对")]
    BadCredentials,
    /// The password is right, and a code of the second step is needed as well.
    #[error("请输入验证码")]
    CodeNeeded,
    /// The code of the second step is wrong, too old, or was used before.
    #[error("验证码不对，或者已经用过")]
    BadCode,
    /// Too many failures of late.
    #[error("尝试次数太多，请 {} 秒后再试", .0.as_secs())]
    TooManyAttempts(Duration),
    /// A new password is too short.
    #[error("密码要有 {MIN_PASSWORD_CHARS} 到 {MAX_PASSWORD_CHARS} 个字符")]
    WeakPassword,
    /// There is no such person or session.
    #[error("没有{0}")]
    NotFound(&'static str),
    /// What was sent makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl From<StoreError> for SignInRefused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl SignIn {
    /// Puts the use case together; secrets are kept as they are.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock, seal: Seal::default() }
    }

    /// The same, with secrets sealed.
    #[must_use]
    pub fn sealing(self, seal: Seal) -> Self {
        Self { seal, ..self }
    }

    /// Checks name, password and second step, and opens a session; returns its cookie.
    ///
    /// # Errors
    /// [`SignInRefused`].
    pub async fn sign_in(&self, shown: &Credentials<'_>, from: Device<'_>) -> Result<(Staff, String), SignInRefused> {
        let attempt = self.begin_attempt(shown.name, Place::Door(from.address)).await?;
        match self.check(shown).await {
            Ok(staff) => {
                self.end_attempt(&attempt).await?;
                let cookie = self.open_session(&staff, from).await?;
                Ok((staff, cookie))
            }
            Err(SignInRefused::CodeNeeded) => {
                self.pause_attempt(&attempt).await?;
                Err(SignInRefused::CodeNeeded)
            }
            Err(refused) => {
                self.fail_attempt(&attempt).await?;
                Err(refused)
            }
        }
    }

    async fn check(&self, shown: &Credentials<'_>) -> Result<Staff, SignInRefused> {
        if shown.password.chars().count() > MAX_PASSWORD_CHARS {
            return Err(SignInRefused::BadCredentials);
        }
        let known = staff::by_name(&self.db, shown.name).await?;
        let hash = known.as_ref().map(|person| person.password_hash.clone());
        let right = verify(shown.password.to_owned(), hash).await?;
        let staff = known.filter(|_| right).ok_or(SignInRefused::BadCredentials)?.staff;
        self.check_second_step(&staff, shown.code).await?;
        Ok(staff)
    }

    /// Whether somebody who is signed in knows their own password; guesses are counted and written down like those at the
    /// door.
    ///
    /// # Errors
    /// [`SignInRefused::Invalid`] with this text where they do not, [`SignInRefused::TooManyAttempts`].
    pub(super) async fn check_own_password(
        &self,
        name: &str,
        password: &str,
        otherwise: &str,
    ) -> Result<(), SignInRefused> {
        let attempt = self.begin_attempt(name, Place::Session).await?;
        let known = staff::by_name(&self.db, name).await?.map(|person| person.password_hash);
        if check_password(password).is_ok() && verify(password.to_owned(), known).await? {
            return self.end_attempt(&attempt).await;
        }
        self.fail_attempt(&attempt).await?;
        Err(SignInRefused::Invalid(otherwise.to_owned()))
    }

    async fn open_session(&self, staff: &Staff, from: Device<'_>) -> Result<String, SignInRefused> {
        let (cookie, now) = (new_token()?, self.clock.now());
        let program: String = from.program.chars().filter(|c| !c.is_control()).take(PROGRAM).collect();
        let session = NewSession {
            token_hash: &token_hash(&cookie),
            who: staff.id,
            now,
            expires: now.plus(SESSION),
            address: from.address,
            program: &program,
        };
        session::open(&self.db, &session).await?;
        staff::audit(&self.db, &staff.name, "signed_in", &staff.name, &serde_json::json!({}), now).await?;
        Ok(cookie)
    }

    /// Who holds this cookie.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn who(&self, cookie: &str) -> Result<Option<Staff>, Failure> {
        Ok(self.session(cookie).await?.map(|session| session.staff))
    }

    /// The session of this cookie; it is kept that it was used.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn session(&self, cookie: &str) -> Result<Option<Session>, Failure> {
        let now = self.clock.now();
        let session = session::by_token(&self.db, &token_hash(cookie), now).await?;
        if let Some(session) = session.as_ref().filter(|session| now.since(session.seen_at) >= NOTED_EVERY) {
            session::seen(&self.db, session.id, now).await?;
        }
        Ok(session)
    }

    /// Ends the session of this cookie.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn sign_out(&self, cookie: &str) -> Result<(), Failure> {
        Ok(session::close(&self.db, &token_hash(cookie)).await?)
    }

    /// Adds somebody, or gives them another password and role and takes their second step away: the way back in for
    /// whoever keeps the machine.
    ///
    /// # Errors
    /// [`SignInRefused::WeakPassword`], or [`SignInRefused::Failed`].
    pub async fn put(&self, name: &str, password: &str, role: Role) -> Result<(), SignInRefused> {
        check_password(password)?;
        let staff = Staff { id: StaffId(Uuid::now_v7()), name: name.to_owned(), role };
        let person = StaffWithPassword { staff, password_hash: hash(password.to_owned()).await? };
        let now = self.clock.now();
        staff::put(&self.db, &person, now).await?;
        let detail = serde_json::json!({ "role": role.name() });
        staff::audit(&self.db, "command line", "staff_put", name, &detail, now).await?;
        Ok(())
    }

    /// Makes the first admin with a random password, where nobody works here yet; returns the password, which is
    /// shown once and stored nowhere.
    ///
    /// # Errors
    /// [`SignInRefused::Failed`].
    pub async fn first_admin(&self, name: &str) -> Result<Option<String>, SignInRefused> {
        if staff::count(&self.db).await? > 0 {
            return Ok(None);
        }
        let password = new_token()?[..16].to_owned();
        self.put(name, &password, Role::Admin).await?;
        Ok(Some(password))
    }
}

/// Refuses a password that is too short or too long.
pub(super) fn check_password(password: &str) -> Result<(), SignInRefused> {
    let fits = (MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS).contains(&password.chars().count());
    if fits { Ok(()) } else { Err(SignInRefused::WeakPassword) }
}

/// Passwords that may be hashed at once: as many as there are cores. Each takes nineteen megabytes, and more of them at
/// once would not be done any sooner.
static HASHING: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, NonZeroUsize::get))));

/// Hashing takes tens of milliseconds by design, so it runs beside the event loop, and waits there for its turn.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let turn = Arc::clone(&HASHING).acquire_owned().await;
    let turn = turn.map_err(|error| Failure::inside("turn of hashing", &error))?;
    apart(move || {
        // Whoever asked may have gone; the memory is taken until the work is done.
        let _turn = turn;
        work()
    })
    .await
}

/// The hash of a password, to be kept.
pub(super) async fn hash(password: String) -> Result<String, Failure> {
    beside(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()))
        .await?
        .map_err(|error| Failure::inside("password", &error))
}

/// Takes as long for a name that does not exist as for one that does.
async fn verify(password: String, stored: Option<String>) -> Result<bool, Failure> {
    let Some(stored) = stored else {
        hash(password).await?;
        return Ok(false);
    };
    beside(move || {
        PasswordHash::new(&stored)
            .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_passwords_are_hashed_at_once_than_there_are_cores() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let guesses = (0..4 * cores).map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(beside(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                now.fetch_sub(1, Ordering::SeqCst);
            }))
        });
        for guess in guesses.collect::<Vec<_>>() {
            guess.await.expect("no panic").expect("done");
        }
        assert!((1..=cores).contains(&most.load(Ordering::SeqCst)));
    }
}
