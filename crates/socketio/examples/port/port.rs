//! The port at which a suite finds its server: `PORT`, or 3000.

use std::error::Error;

use tokio::net::TcpListener;

const PORT: u16 = 3000;

pub(crate) async fn serve(app: axum::Router) -> Result<(), Box<dyn Error>> {
    let port = std::env::var("PORT").map_or(Ok(PORT), |port| port.parse())?;
    let listener = TcpListener::bind((std::net::Ipv6Addr::UNSPECIFIED, port)).await?;
    announce(&listener)?;
    axum::serve(listener, app).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever has started it wants to know where it is")]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    Ok(())
}
