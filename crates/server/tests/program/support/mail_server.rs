//! A mail server: accepts letters over SMTP (RFC 5321) and shows them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// No letter takes this long.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Received {
    pub to: String,
    pub message_id: String,
    pub text: String,
}

pub struct MailServer {
    pub port: u16,
    letters: Receiver<Received>,
}

impl MailServer {
    /// The first `refused` letters have to be sent again later.
    pub fn start(listener: TcpListener, mut refused: usize) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let (taken, letters) = channel();
        // Ends with the process of the test.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A client that disconnects during a letter has sent nothing.
                drop(talk(stream, &mut refused, &taken));
            }
        });
        Self { port, letters }
    }

    #[track_caller]
    pub fn next(&self) -> Received {
        self.letters.recv_timeout(PATIENCE).expect("a letter")
    }
}

impl Received {
    /// The word with this beginning.
    #[track_caller]
    pub fn word(&self, beginning: &str) -> &str {
        let mut words = self.text.split_whitespace();
        words.find(|word| word.starts_with(beginning)).unwrap_or_else(|| panic!("{self:?}"))
    }
}

fn talk(stream: TcpStream, refused: &mut usize, taken: &Sender<Received>) -> std::io::Result<()> {
    let mut answer = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    answer.write_all(b"220 mail.test\r\n")?;
    let mut to = String::new();
    while let Some(line) = lines.next().transpose()? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let said = match verb.as_str() {
            "MAIL" if *refused > 0 => {
                *refused -= 1;
                // The second one is for a log-in that the server does not accept: whoever runs it
                // can mend that.
                if *refused > 0 { "530 log in first" } else { "451 later" }
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 ok"
            }
            "DATA" => {
                answer.write_all(b"354 go on\r\n")?;
                let mut letter = String::new();
                while let Some(line) = lines.next().transpose()?.filter(|line| line != ".") {
                    letter += &line;
                    letter += "\n";
                }
                drop(taken.send(read(std::mem::take(&mut to), &letter)));
                "250 ok"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        answer.write_all(format!("{said}\r\n").as_bytes())?;
    }
    Ok(())
}

fn read(to: String, letter: &str) -> Received {
    let (head, body) = letter.split_once("\n\n").unwrap_or_default();
    let id = head.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default();
    let text = if head.contains("base64") {
        let body: String = body.split_whitespace().collect();
        String::from_utf8(STANDARD.decode(body).expect("base64")).expect("text")
    } else {
        body.to_owned()
    };
    Received { to, message_id: id.to_owned(), text }
}
