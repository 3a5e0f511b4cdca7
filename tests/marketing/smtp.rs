//! A mail server as small as can be: it takes every mail and keeps it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone)]
pub(super) struct MailServer {
    pub(super) address: SocketAddr,
    mails: Arc<Mutex<Vec<String>>>,
    /// Whether it refuses.
    pub(super) refuses: Arc<Mutex<bool>>,
}

impl MailServer {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Self { address, mails: Arc::default(), refuses: Arc::default() };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    /// What came, headers and body as they are.
    pub(super) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    async fn serve(self, stream: TcpStream) -> Option<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 mail\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let verb = line.get(..4).unwrap_or_default().to_uppercase();
            let answer: &[u8] = match verb.as_str() {
                "EHLO" => b"250-mail\r\n250 8BITMIME\r\n",
                "RCPT" if *self.refuses.lock().unwrap() => b"550 no such user\r\n",
                "DATA" => b"354 go on\r\n",
                "QUIT" => b"221 bye\r\n",
                _ => b"250 ok\r\n",
            };
            write.write_all(answer).await.ok()?;
            if verb == "DATA" {
                let mut mail = Vec::new();
                while let Some(line) = lines.next_line().await.ok()? {
                    if line == "." {
                        break;
                    }
                    mail.push(line);
                }
                self.mails.lock().unwrap().push(mail.join("\n"));
                write.write_all(b"250 kept\r\n").await.ok()?;
            }
        }
        Some(())
    }
}
