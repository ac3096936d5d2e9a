//! Every question to every server by turns, as a table.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;

use super::questions::{QUESTIONS, Question};
use super::server::Server;
use crate::figure::at;

/// Answers of each server to each question.
const ROUNDS: usize = 10;
const ANSWERS_EACH_ROUND: usize = 10;

/// The limit: a higher ratio is marked.
const RATIO_MAX: f64 = 10.0;
const MEDIAN_MAX: Duration = Duration::from_millis(25);

/// One server's answers to one question.
struct Answers {
    /// In a list; else none.
    entries: Option<usize>,
    /// The first answer, when nothing was read before.
    first: Duration,
    median: Duration,
}

/// How many of all questions are beyond the limit.
#[derive(Default)]
struct Beyond {
    of_empty: usize,
    of_small: usize,
    slowest: Duration,
    slowest_first: Duration,
}

/// By turns, so that other load on the machine reaches all of them.
pub(super) async fn table(servers: &mut [Server; 3], quick: bool) -> anyhow::Result<String> {
    let mut table = String::from(
        "| `GET` | by | entries: empty, small, filled | empty, p50 | small, p50 | filled, p50 | of empty \
         | of small | |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let rounds = if quick { 1 } else { ROUNDS };
    let mut beyond = Beyond::default();
    for question in QUESTIONS {
        table += &row(servers, *question, rounds, &mut beyond).await?;
    }
    let Beyond { of_empty, of_small, slowest, slowest_first } = beyond;
    table += &format!(
        "\nOf {} questions {of_empty} take more than {RATIO_MAX:.0} times what they take on the empty \
         database, and {of_small} more than {RATIO_MAX:.0} times what they take on the small one. The \
         slowest takes {}; the slowest, when it is asked for the first time, {}.\n",
        QUESTIONS.len(),
        millis(slowest),
        millis(slowest_first)
    );
    Ok(table)
}

async fn row(
    servers: &mut [Server; 3],
    question: Question,
    rounds: usize,
    beyond: &mut Beyond,
) -> anyhow::Result<String> {
    let paths = servers.each_ref().map(|server| server.samples.path(question));
    let [empty_path, small_path, filled_path] = paths;
    // There is not enough stored there to fill so many pages.
    let paths = [empty_path, on_the_first_page(&small_path), filled_path];
    let mut times = [const { Vec::new() }; 3];
    let mut answers = [const { None }; 3];
    for ((server, path), answer) in servers.iter_mut().zip(&paths).zip(&mut answers) {
        *answer = Some(server.first_answer(question, path).await?);
    }
    for _ in 0..rounds {
        for ((server, path), took) in servers.iter_mut().zip(&paths).zip(&mut times) {
            server.times(question, path, took).await?;
        }
    }
    let [empty, small, filled] = std::array::from_fn(|index| {
        times[index].sort_unstable();
        let (entries, first) = answers[index].unwrap_or_default();
        Answers { entries, first, median: at(&times[index], 0.5) }
    });
    let ratio = |of: &Answers| filled.median.as_secs_f64() / of.median.as_secs_f64();
    let (of_empty, of_small) = (ratio(&empty), ratio(&small));
    beyond.of_empty += usize::from(of_empty > RATIO_MAX);
    beyond.of_small += usize::from(of_small > RATIO_MAX);
    beyond.slowest = beyond.slowest.max(filled.median);
    beyond.slowest_first = beyond.slowest_first.max(filled.first);
    let is_beyond = of_small > RATIO_MAX || filled.median > MEDIAN_MAX;
    // A longer answer may take longer, and the table says so.
    let says_more = of_empty > RATIO_MAX && empty.entries != filled.entries;
    let mark = match (is_beyond, says_more) {
        (true, _) => "**too much**",
        (false, true) => "more entries",
        (false, false) if of_empty > RATIO_MAX => "**too much**",
        (false, false) => "",
    };
    let (path, query, by) = question;
    let entries = [&empty, &small, &filled].map(|answers| match answers.entries {
        Some(entries) => entries.to_string(),
        None => "–".to_owned(),
    });
    Ok(format!(
        "| `{path}{query}` | {} | {} | {} | {} | {} | {of_empty:.1} | {of_small:.1} | {mark} |\n",
        format!("{by:?}").to_lowercase(),
        entries.join(", "),
        millis(empty.median),
        millis(small.median),
        millis(filled.median)
    ))
}

pub(super) fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

impl Server {
    /// Returns how many entries it has, and how long it took.
    async fn first_answer(
        &mut self,
        question: Question,
        path: &str,
    ) -> anyhow::Result<(Option<usize>, Duration)> {
        let request = self.request(question, path);
        let start = Instant::now();
        let answer = self.connection.exchange(&request).await?;
        let took = start.elapsed();
        let body: Value = serde_json::from_slice(answer.good().with_context(|| path.to_owned())?)?;
        let list = body.as_array().or_else(|| body["data"].as_array());
        Ok((list.map(Vec::len), took))
    }

    async fn times(
        &mut self,
        question: Question,
        path: &str,
        took: &mut Vec<Duration>,
    ) -> anyhow::Result<()> {
        let request = self.request(question, path);
        for _ in 0..ANSWERS_EACH_ROUND {
            let start = Instant::now();
            let answer = self.connection.exchange(&request).await?;
            took.push(start.elapsed());
            answer.good().with_context(|| path.to_owned())?;
        }
        Ok(())
    }
}

/// The same question without its `page`.
fn on_the_first_page(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|field| !field.starts_with("page=")).collect();
    format!("{path}?{}", kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::on_the_first_page;

    #[test]
    fn a_question_loses_its_page_and_nothing_else() {
        for (path, first) in [
            ("/routes", "/routes"),
            ("/routes?page=500&limit=20", "/routes?limit=20"),
            ("/tickets?page=500", "/tickets?"),
            ("/tickets?status=CANCELLED&page=500", "/tickets?status=CANCELLED"),
        ] {
            assert_eq!(on_the_first_page(path), first);
        }
    }
}
