//! `xiaoer user`: people who work in the console.

use crate::clock::Clock;
use crate::config::Config;
use crate::model::customer::Role;
use crate::service::sign_in::SignIn;
use crate::store::{Db, staff};
use std::io::Write;

/// What to do.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Action {
    /// 列出所有人
    List,
    /// 添加一个人，或修改密码和角色；密码从标准输入读取
    Set {
        /// 登录名
        name: String,
        /// agent（客服）、supervisor（客服主管）或 admin（管理员）
        #[arg(long)]
        role: Role,
    },
}

/// Does it.
///
/// # Errors
/// For the operator.
pub async fn run(config: &Config, action: Action) -> anyhow::Result<()> {
    let db = Db::connect(&config.database).await?;
    match action {
        Action::List => {
            for person in staff::all(&db).await? {
                println!("{}\t{}", person.name, person.role.name());
            }
        }
        Action::Set { name, role } => {
            print!("密码：");
            std::io::stdout().flush()?;
            let mut password = String::new();
            std::io::stdin().read_line(&mut password)?;
            SignIn::new(db.clone(), Clock::system()).put(&name, password.trim_end_matches(['\r', '\n']), role).await?;
            println!("已保存 {name}（{}）", role.name());
        }
    }
    db.close().await;
    Ok(())
}
