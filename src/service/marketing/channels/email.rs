//! E-mail by SMTP. Every mail has a link that ends all messages with one click, in its text and in the headers that mail
//! programs show as a button (RFC 2369 and RFC 8058). Nothing in it finds out whether it was opened.

use super::Message;
use crate::marketing::profile::Field;
use crate::model::secret::Secret;
use crate::text::html::escaped;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// How the connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpSecurity {
    /// TLS from the first byte on, usually on port 465.
    #[default]
    Tls,
    /// TLS after a greeting, usually on port 587; without it nothing is sent.
    Starttls,
    /// None: only within the same machine or network.
    None,
}

/// How e-mail is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// Name of the server.
    pub host: String,
    /// Its port; 0 for the usual one.
    pub port: u16,
    /// How the connection is secured.
    pub security: SmtpSecurity,
    /// Name to sign in with; empty for none.
    pub username: String,
    /// Password.
    pub password: Secret,
    /// A file that holds it, in its place.
    pub password_file: Option<PathBuf>,
    /// Who writes: `拾光小铺 <news@shop.example.com>`.
    pub from: String,
}

impl SmtpSettings {
    /// What is wrong with them.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.host.is_empty() {
            mistakes.push("marketing.smtp.host 要写邮件服务器".to_owned());
        }
        if self.from.parse::<Mailbox>().is_err() {
            mistakes.push("marketing.smtp.from 应当形如：店名 <news@shop.example.com>".to_owned());
        }
        mistakes
    }

    pub(crate) fn port(&self) -> u16 {
        match (self.port, self.security) {
            (0, SmtpSecurity::Tls) => 465,
            (0, SmtpSecurity::Starttls) => 587,
            (0, SmtpSecurity::None) => 25,
            (port, _) => port,
        }
    }
}

/// Longest time for one mail.
const WITHIN: Duration = Duration::from_secs(20);

pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    pub(super) fn new(settings: &SmtpSettings) -> Result<Self, String> {
        let parameters =
            || TlsParameters::new(settings.host.clone()).map_err(|error| format!("marketing.smtp：{error}"));
        let tls = match settings.security {
            SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
            SmtpSecurity::Starttls => Tls::Required(parameters()?),
            SmtpSecurity::None => Tls::None,
        };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str());
        let mut transport = transport.port(settings.port()).tls(tls).timeout(Some(WITHIN));
        if !settings.username.is_empty() {
            transport = transport
                .credentials(Credentials::new(settings.username.clone(), settings.password.expose().to_owned()));
        }
        let from = settings.from.parse().map_err(|error| format!("marketing.smtp.from：{error}"))?;
        Ok(Self { transport: transport.build(), from })
    }

    pub(super) async fn send(&self, message: &Message<'_>) -> Result<(), String> {
        let mail = self.mail(message)?;
        self.transport.send(mail).await.map(|_| ()).map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "a mail cannot be sent");
            if error.is_permanent() { "邮件服务器拒收".to_owned() } else { "邮件没有发出去".to_owned() }
        })
    }

    fn mail(&self, message: &Message<'_>) -> Result<lettre::Message, String> {
        let to = message.profile.words(Field::Email).unwrap_or_default();
        let to: Mailbox = to.parse().map_err(|_| "邮箱地址无效".to_owned())?;
        let end = message.unsubscribe_url();
        let header = |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        lettre::Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&message.subject)
            .message_id(Some(format!("<{}@xiaoer>", message.id)))
            .raw_header(header("List-Unsubscribe", format!("<{end}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()))
            .multipart(MultiPart::alternative_plain_html(plain(message, &end), html(message, &end)))
            .map_err(|error| format!("邮件写不出来：{error}"))
    }
}

fn plain(message: &Message<'_>, end: &str) -> String {
    let goods: String = message
        .cards
        .iter()
        .map(|card| format!("\r\n- {} ¥{}\r\n  {}", card.name, card.price, message.page_url(&card.url)))
        .collect();
    format!("{}\r\n{goods}\r\n\r\n--\r\n{}\r\n不想再收到？点一下就退订：{end}\r\n", message.text, message.shop)
}

fn html(message: &Message<'_>, end: &str) -> String {
    let goods: String = message
        .cards
        .iter()
        .map(|card| {
            let (url, name) = (escaped(&message.page_url(&card.url)), escaped(&card.name));
            format!("<li><a href=\"{url}\">{name}</a> ¥{}</li>", card.price)
        })
        .collect();
    let goods = if goods.is_empty() { goods } else { format!("<ul>{goods}</ul>") };
    let text = escaped(&message.text).replace('\n', "<br>");
    let shop = escaped(&message.shop);
    format!(
        "<!doctype html><html lang=\"zh-CN\"><body><p>{text}</p>{goods}<hr><p>{shop} · <a href=\"{}\">退订</a></p></body></html>",
        escaped(end)
    )
}
