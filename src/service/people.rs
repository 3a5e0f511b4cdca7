//! Who works in the console: admins add people, give them roles, and end their sessions. Whoever gets another role or
//! password, or may no longer sign in, is signed out everywhere at once.

use crate::model::customer::{Role, Staff};
use crate::model::id::StaffId;
use crate::service::sign_in::{SignIn, SignInRefused, check_password, hash};
use crate::store::audit::Deed;
use crate::store::session::{self, Session};
use crate::store::staff::{self, Changed, Person, PersonChange, StaffWithPassword};
use serde_json::json;
use uuid::Uuid;

/// Longest name to sign in with, in characters.
const NAME: usize = 32;

/// What an admin changes of somebody.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    /// Another role.
    pub role: Option<Role>,
    /// Whether they may no longer sign in.
    pub disabled: Option<bool>,
    /// Another password.
    pub password: Option<String>,
}

impl SignIn {
    /// Everybody, by name.
    ///
    /// # Errors
    /// [`SignInRefused::Failed`] where the database fails.
    pub async fn people(&self) -> Result<Vec<Person>, SignInRefused> {
        Ok(staff::people(&self.db).await?)
    }

    /// Adds somebody.
    ///
    /// # Errors
    /// [`SignInRefused`] where the name is taken or makes no sense, or the password is too short.
    pub async fn add_person(
        &self,
        by: &Staff,
        name: &str,
        password: &str,
        role: Role,
    ) -> Result<Person, SignInRefused> {
        let name = name.trim();
        let is_fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() || name.chars().count() > NAME || !name.chars().all(is_fine) {
            return Err(SignInRefused::Invalid(format!("登录名要有 1 到 {NAME} 个字，只用文字、数字和 _ - .")));
        }
        check_password(password)?;
        let staff = Staff { id: StaffId(Uuid::now_v7()), name: name.to_owned(), role };
        let person = StaffWithPassword { staff, password_hash: hash(password.to_owned()).await? };
        let now = self.clock.now();
        let deed = Deed::new(&by.name, "staff_added", name, now).from_to(None, Some(json!({ "role": role })));
        if staff::add(&self.db, &person, &deed).await? {
            Ok(Person { staff: person.staff, disabled: false, second_factor: false, created_at: now })
        } else {
            Err(SignInRefused::Conflict(format!("已经有人叫“{name}”了")))
        }
    }

    /// Changes what somebody may do. Passwords leave no trace in the record but that they were changed.
    ///
    /// # Errors
    /// [`SignInRefused`] where there is nobody, or nobody would be left who keeps the shop.
    pub async fn change_person(&self, by: &Staff, id: StaffId, rights: Rights) -> Result<Person, SignInRefused> {
        let person = self.person(id).await?;
        if id == by.id && (rights.disabled == Some(true) || rights.role.is_some_and(|role| role != by.role)) {
            return Err(SignInRefused::Conflict("不能停用自己，也不能改自己的角色".to_owned()));
        }
        let mut change = PersonChange {
            role: rights.role.filter(|role| *role != person.staff.role),
            disabled: rights.disabled.filter(|disabled| *disabled != person.disabled),
            password_hash: None,
        };
        if let Some(password) = rights.password {
            check_password(&password)?;
            change.password_hash = Some(hash(password).await?);
        }
        if change.role.is_none() && change.disabled.is_none() && change.password_hash.is_none() {
            return Ok(person);
        }
        let (role, disabled) = (change.role.unwrap_or(person.staff.role), change.disabled.unwrap_or(person.disabled));
        let before = json!({ "role": person.staff.role, "disabled": person.disabled });
        let after = json!({ "role": role, "disabled": disabled, "password_changed": change.password_hash.is_some() });
        let deed = Deed::new(&by.name, "staff_changed", &person.staff.name, self.clock.now());
        let deed = deed.from_to(Some(before), Some(after));
        match staff::change(&self.db, id, &change, "", &deed).await? {
            Changed::Done => self.person(id).await,
            Changed::NobodyThere => Err(SignInRefused::NotFound("这个人")),
            Changed::LastAdmin => Err(SignInRefused::Conflict("至少要留一位管理员".to_owned())),
        }
    }

    pub(super) async fn person(&self, id: StaffId) -> Result<Person, SignInRefused> {
        let person = self.people().await?.into_iter().find(|person| person.staff.id == id);
        person.ok_or(SignInRefused::NotFound("这个人"))
    }

    /// Changes one's own password and ends all of one's other sessions.
    ///
    /// # Errors
    /// [`SignInRefused::Invalid`] where the old one is wrong, [`SignInRefused::TooManyAttempts`] after many of them.
    pub async fn change_password(&self, own: &Session, old: &str, new: &str) -> Result<(), SignInRefused> {
        check_password(new)?;
        let name = &own.staff.name;
        self.check_own_password(name, old, "原密码不对").await?;
        let change = PersonChange { password_hash: Some(hash(new.to_owned()).await?), ..PersonChange::default() };
        let after = Some(json!({ "password_changed": true }));
        let deed = Deed::new(name, "password_changed", name, self.clock.now()).from_to(None, after);
        staff::change(&self.db, own.staff.id, &change, &own.token_hash, &deed).await?;
        Ok(())
    }

    /// All sessions, or those of one person.
    ///
    /// # Errors
    /// [`SignInRefused::Failed`] where the database fails.
    pub async fn sessions(&self, of: Option<StaffId>) -> Result<Vec<Session>, SignInRefused> {
        Ok(session::list(&self.db, of, self.clock.now()).await?)
    }

    /// Ends a session: one's own, or as admin anybody's.
    ///
    /// # Errors
    /// [`SignInRefused::NotFound`] where there is none that one may end.
    pub async fn end_session(&self, by: &Staff, id: Uuid) -> Result<(), SignInRefused> {
        let of = (by.role != Role::Admin).then_some(by.id);
        let session = self.sessions(of).await?.into_iter().find(|session| session.id == id);
        let session = session.ok_or(SignInRefused::NotFound("这个登录会话"))?;
        let before = json!({ "of": session.staff.name, "address": session.address, "program": session.program });
        let deed = Deed::new(&by.name, "session_ended", &session.staff.name, self.clock.now());
        session::end(&self.db, id, &deed.from_to(Some(before), None)).await?;
        Ok(())
    }
}
