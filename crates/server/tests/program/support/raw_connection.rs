//! A connection on which any bytes can be sent, even those that no library would send.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, ClientConnection, StreamOwned};
use socket2::{Domain, Socket, Type};

/// The server closes within this time what it wants to close.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stream below the connection.
trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

pub struct RawConnection {
    stream: Box<dyn Stream>,
    read: Vec<u8>,
}

impl RawConnection {
    pub fn open(port: u16) -> Self {
        Self::over(connected(port))
    }

    /// Over a connection that was made in another way.
    pub fn over(stream: TcpStream) -> Self {
        Self { stream: Box::new(patient(stream)), read: Vec::new() }
    }

    /// From an address of its own: all of 127.0.0.0/8 is this machine.
    pub fn open_from(address: Ipv4Addr, port: u16) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from((address, 0)).into()).expect("an address of this machine");
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        socket.connect(&server.into()).expect("the server listens");
        Self::over(socket.into())
    }

    /// With TLS, as a client that trusts these certificates.
    pub fn encrypted(port: u16, trusted: &Arc<ClientConfig>) -> Self {
        let name = "localhost".try_into().expect("a name");
        let client = ClientConnection::new(Arc::clone(trusted), name).expect("a client");
        let stream = connected(port);
        let stream = Box::new(StreamOwned::new(client, stream));
        Self { stream, read: Vec::new() }
    }

    /// As [`RawConnection::encrypted`], with every byte in a segment of its own.
    pub fn encrypted_slowly(port: u16, trusted: &Arc<ClientConfig>) -> Self {
        let name = "localhost".try_into().expect("a name");
        let client = ClientConnection::new(Arc::clone(trusted), name).expect("a client");
        let stream = connected(port);
        stream.set_nodelay(true).expect("a socket");
        let stream = Box::new(StreamOwned::new(client, ByteByByte(stream)));
        Self { stream, read: Vec::new() }
    }

    /// A connection that the server has closed already is noticed by reading.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        match self.stream.write_all(bytes.as_ref()) {
            Err(error) if is_hung_up(error.kind()) => {}
            written => written.expect("it takes what it is sent"),
        }
    }

    /// Everything until the server closes the connection.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.read);
        match self.stream.read_to_end(&mut rest) {
            Err(error) if is_hung_up(error.kind()) => {}
            read => drop(read.expect("the server hangs up")),
        }
        rest
    }

    /// Exactly this many bytes; `None` if the server closes the connection before the first.
    pub fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.read.len() < length {
            if !self.fill() {
                assert!(self.read.is_empty(), "hung up in the middle: {:?}", self.read);
                return None;
            }
        }
        Some(self.read.drain(..length).collect())
    }

    /// The head of a response, up to and with its empty line.
    pub fn head(&mut self) -> String {
        loop {
            if let Some(at) = self.read.windows(4).position(|end| end == b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..at + 4).collect();
                return String::from_utf8(head).expect("a head is text");
            }
            assert!(self.fill(), "no whole head: {:?}", String::from_utf8_lossy(&self.read));
        }
    }

    /// The body that belongs to this head.
    pub fn body(&mut self, head: &str) -> Vec<u8> {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.expect("a length").parse().expect("a number");
        self.take(length).expect("a body")
    }

    fn fill(&mut self) -> bool {
        let mut chunk = [0; 4096];
        let length = match self.stream.read(&mut chunk) {
            Err(error) if is_hung_up(error.kind()) => 0,
            read => read.expect("an answer in time"),
        };
        self.read.extend_from_slice(&chunk[..length]);
        length > 0
    }
}

/// Whether the server has closed it, as far as is known without waiting.
pub fn is_ended(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("a socket");
    match stream.peek(&mut [0]) {
        Ok(length) => length == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Takes one byte at a time.
struct ByteByByte(TcpStream);

impl Read for ByteByByte {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for ByteByByte {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(&bytes[..bytes.len().min(1)])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

fn connected(port: u16) -> TcpStream {
    patient(TcpStream::connect(("localhost", port)).expect("it listens"))
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).expect("a patience");
    stream.set_write_timeout(Some(PATIENCE)).expect("a patience");
    stream
}

fn is_hung_up(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}

/// Sends a whole request as it is, and reads the answer until the server closes the connection.
pub fn exchange(port: u16, request: &str) -> String {
    let mut connection = RawConnection::open(port);
    connection.send(request);
    String::from_utf8_lossy(&connection.rest()).into_owned()
}
