//! Settings: defaults, then a file, then the environment; checked as a whole before anything starts.
//!
//! `xiaoer.toml` in the working directory or the nearest one above it (or the file named by `--config`), then variables
//! such as `XIAOER_SERVER__PORT=9000`: two underscores step into a section. A secret may lie in a file of its own, which a
//! setting ending in `_file` names, as container platforms hand them over; no secret is ever printed.
//!
//! `docs/settings.md` lists all of them; a test fails where it does not.

use crate::api::ServerSettings;
use crate::dialogue::policy::Thresholds;
use crate::live::limits::Limits;
use crate::live::nats::BusSettings;
use crate::model::secret::Secret;
use crate::service::behaviour::RecommendSettings;
use crate::service::chat::ChatSettings;
use crate::service::identity::IdentitySettings;
use crate::service::marketing::MarketingSettings;
use crate::service::orders::OrderSettings;
use crate::service::retention::RetentionSettings;
use crate::service::seal::SealSettings;
use crate::service::telemetry::{MetricsSettings, TracingSettings};
use crate::store::DatabaseSettings;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// All settings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the server listens and whom it lets in.
    pub server: ServerSettings,
    /// Where the data lives.
    pub database: DatabaseSettings,
    /// How nodes reach each other, where there are several.
    pub bus: BusSettings,
    /// Where the shop's files lie.
    pub knowledge: KnowledgeSettings,
    /// When the assistant answers, asks, or admits.
    pub thresholds: Thresholds,
    /// How conversations are held.
    pub chat: ChatSettings,
    /// How much one visitor and one address may ask for.
    pub limits: Limits,
    /// How recommendations are compared.
    pub recommend: RecommendSettings,
    /// Whose word about a shopper's identity is believed.
    pub identity: IdentitySettings,
    /// How the shop's own system is reached.
    pub orders: OrderSettings,
    /// How messages of campaigns leave the shop.
    pub marketing: MarketingSettings,
    /// How long what is kept.
    pub retention: RetentionSettings,
    /// What secrets in the database are sealed with.
    pub seal: SealSettings,
    /// How the program writes its log.
    pub log: LogSettings,
    /// Where figures for Prometheus can be fetched.
    pub metrics: MetricsSettings,
    /// Where traces for OpenTelemetry go.
    pub tracing: TracingSettings,
}

/// How the program writes its log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Lines for people, or for programs.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the shop's files lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnowledgeSettings {
    /// Folder with FAQ, intents, products, words.
    pub folder: PathBuf,
    /// Whether a start imports the folder when it has changed. It may stay on: what the console has published is
    /// overwritten by `xiaoer import` alone, after which the folder counts again.
    pub import_at_start: bool,
    /// Folder with models of one's own that take the place of those in the program.
    pub models: Option<PathBuf>,
}

impl Default for KnowledgeSettings {
    fn default() -> Self {
        Self { folder: PathBuf::from("knowledge_base"), import_at_start: true, models: None }
    }
}

/// Why settings were refused: everything that is wrong, not only the first.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value has the wrong form or an unknown name.
    #[error("配置无法读取：{0}")]
    Unreadable(Box<figment::Error>),
    /// Values that make no sense.
    #[error("配置有误：\n{}", .0.join("\n"))]
    Invalid(Vec<String>),
}

impl Config {
    /// Reads defaults, file and environment, in this order.
    ///
    /// # Errors
    /// [`ConfigError`] with all reasons.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        figment = match file {
            Some(file) => figment.merge(Toml::file_exact(file)),
            None => figment.merge(Toml::file("xiaoer.toml")),
        };
        let mut config: Self = figment
            .merge(Env::prefixed("XIAOER_").split("__"))
            .extract()
            .map_err(|error| ConfigError::Unreadable(Box::new(error)))?;
        config.read_secret_files()?;
        config.validate()?;
        Ok(config)
    }

    /// Takes secrets from the files that are named in their place.
    fn read_secret_files(&mut self) -> Result<(), ConfigError> {
        let mut mistakes = Vec::new();
        let mut read = |name: &str, file: &Option<PathBuf>| {
            let file = file.as_deref()?;
            let text = std::fs::read_to_string(file);
            text.map_err(|error| mistakes.push(format!("{name}：{}：{error}", file.display()))).ok()
        };
        let lines = |text: String| -> Vec<Secret> {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Secret::from).collect()
        };
        if let Some(url) = read("database.url_file", &self.database.url_file) {
            url.trim().clone_into(&mut self.database.url);
        }
        if let Some(url) = read("bus.url_file", &self.bus.url_file) {
            self.bus.url = Some(url.trim().to_owned());
        }
        for key in &mut self.identity.keys {
            if let Some(secret) = read("identity.keys.secret_file", &key.secret_file) {
                key.secret = Some(secret.trim().into());
            }
        }
        if let Some(secrets) = read("orders.webhook.secrets_file", &self.orders.webhook.secrets_file) {
            self.orders.webhook.secrets = lines(secrets);
        }
        if let Some(gateway) = &mut self.marketing.gateway
            && let Some(secrets) = read("marketing.gateway.secrets_file", &gateway.secrets_file)
        {
            gateway.secrets = lines(secrets);
        }
        if let Some(smtp) = &mut self.marketing.smtp
            && let Some(password) = read("marketing.smtp.password_file", &smtp.password_file)
        {
            smtp.password = password.trim_end_matches(['\r', '\n']).into();
        }
        if let Some(key) = read("seal.key_file", &self.seal.key_file) {
            self.seal.key = key.trim().into();
        }
        if let Some(token) = read("metrics.token_file", &self.metrics.token_file) {
            self.metrics.token = Some(token.trim().into());
        }
        if let Some(secrets) = read("marketing.hook_secrets_file", &self.marketing.hook_secrets_file) {
            self.marketing.hook_secrets = lines(secrets);
        }
        if mistakes.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(mistakes)) }
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with all reasons.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let mistakes = self.thresholds.mistakes();
        let mut reasons: Vec<String> =
            mistakes.into_iter().map(|(name, reason)| format!("thresholds.{name} {reason}")).collect();
        if self.recommend.experiment.percent_b > 100 {
            reasons.push("recommend.experiment.percent_b 不能超过 100".to_owned());
        }
        for origin in &self.server.allowed_origins {
            let scheme_and_host = origin.split_once("://").filter(|(_, host)| !host.is_empty() && !host.contains('/'));
            if scheme_and_host.is_none() {
                reasons.push(format!("server.allowed_origins 里的 {origin:?} 应当形如 https://shop.example.com"));
            }
        }
        reasons.extend(self.bus.mistakes());
        if self.bus.url.is_some() && self.database.url.starts_with("sqlite:") {
            reasons.push("bus.url 只用于多台机器：database.url 要指向 PostgreSQL".to_owned());
        }
        reasons.extend(self.limits.mistakes());
        reasons.extend(self.identity.mistakes());
        reasons.extend(self.orders.mistakes());
        reasons.extend(self.marketing.mistakes());
        reasons.extend(self.retention.mistakes());
        reasons.extend(self.seal.mistakes());
        reasons.extend(self.metrics.mistakes());
        reasons.extend(self.tracing.mistakes());
        if reasons.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(reasons)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert!(Config::default().validate().is_ok());
    }

    #[test]
    fn secrets_come_from_files_and_are_never_printed() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let long = |word: &str| word.repeat(8);
        let (url, keys) =
            ("postgres://shop:geheim-1@db/shop\n", format!("{}\n{}\n", long("geheim-2"), long("geheim-3")));
        let (url, keys) = (file("url", url), file("keys", &keys));
        let smtp = file("smtp", "geheim-4\n");
        let text = format!(
            "[database]\nurl_file = {url:?}\n[marketing]\npublic_url = \"https://kf.example.com\"\nhook_secrets_file = \
             {keys:?}\n[marketing.smtp]\nhost = \"mail\"\nfrom = \"a@example.com\"\npassword_file = {smtp:?}\n\
             [[identity.keys]]\nid = \"one\"\nsecret = \"{}\"\n",
            long("geheim-5")
        );
        let config = Config::load(Some(Path::new(&file("xiaoer.toml", &text)))).unwrap();
        assert_eq!(config.database.url, "postgres://shop:geheim-1@db/shop");
        assert_eq!(config.marketing.hook_secrets.len(), 2);
        assert_eq!(config.marketing.smtp.as_ref().unwrap().password.expose(), "geheim-4");
        for shown in [format!("{config:?}"), serde_json::to_string(&config).unwrap()] {
            assert!(!shown.contains("geheim") && shown.contains("***"), "{shown}");
        }
        let gone = "[database]\nurl_file = \"/nowhere/at-all\"\n";
        let error = Config::load(Some(Path::new(&file("gone.toml", gone)))).unwrap_err().to_string();
        assert!(error.contains("database.url_file") && error.contains("/nowhere/at-all"), "{error}");
        let wrong = "[[identity.keys]]\nid = \"one\"\nsecret = 987654321\n";
        let error = Config::load(Some(Path::new(&file("wrong.toml", wrong)))).unwrap_err().to_string();
        assert!(!error.contains("987654321"), "{error}");
    }

    #[test]
    fn all_mistakes_are_named_at_once() {
        let mut config = Config::default();
        config.thresholds.answer = 1.5;
        config.thresholds.clarify = 2.0;
        config.server.allowed_origins = vec!["shop.example.com".into()];
        let Err(ConfigError::Invalid(reasons)) = config.validate() else { panic!("refused") };
        assert_eq!(reasons.len(), 4);
    }
}
