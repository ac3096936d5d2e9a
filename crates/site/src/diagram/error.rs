//! Why a diagram cannot be drawn.

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DiagramError {
    #[error(
        "`{0}` is no kind of diagram; there are sequenceDiagram, flowchart and stateDiagram-v2"
    )]
    Kind(String),
    #[error("`{0}` cannot be read")]
    Line(String),
    #[error("`accTitle: …` is missing: what does it show?")]
    NoTitle,
    #[error("`{0}` is used and was not declared")]
    Unknown(String),
}
