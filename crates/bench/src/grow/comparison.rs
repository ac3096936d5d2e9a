//! Every question to every server by turns, as a table.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;

use super::paged::{for_entries, on_the_first_page};
use super::questions::{QUESTIONS, Question};
use super::server::Server;
use crate::figure::at;

/// Answers of each server to each question.
const ROUNDS: usize = 10;
const ANSWERS_EACH_ROUND: usize = 10;

/// The limit: a higher ratio is marked.
const RATIO_MAX: f64 = 10.0;
const MEDIAN_MAX: Duration = Duration::from_millis(25);

/// The most entries that a list can be asked for.
const LIMIT_MAX: u64 = 100;

/// The addresses whose lists can be asked for a number of entries.
pub(super) struct Limited(Vec<String>);

/// One server's answers to one question.
#[derive(Clone, Copy, Default)]
struct Answers {
    /// In a list; else none.
    entries: Option<u64>,
    /// The first answer, when nothing was read before.
    first: Duration,
    median: Duration,
}

/// How many of all questions are beyond the limit.
#[derive(Default)]
struct Beyond {
    ratio: usize,
    slow: usize,
    slowest: Duration,
    slowest_first: Duration,
}

impl Limited {
    /// From `/openapi.json`.
    pub(super) fn of(document: &Value) -> Self {
        let takes_limit = |get: &Value| {
            let fields = get["parameters"].as_array().into_iter().flatten();
            fields.into_iter().any(|field| field["name"] == "limit")
        };
        let paths = document["paths"].as_object().into_iter().flatten();
        let limited = paths.filter(|(_, methods)| takes_limit(&methods["get"]));
        Self(limited.map(|(path, _)| path.clone()).collect())
    }

    fn has(&self, path: &str) -> bool {
        self.0.iter().any(|limited| limited == path)
    }
}

/// By turns, so that other load on the machine reaches all of them.
pub(super) async fn table(
    servers: &mut [Server; 3],
    limited: &Limited,
    quick: bool,
) -> anyhow::Result<String> {
    let mut table = String::from(
        "| `GET` | by | entries: empty, small, filled | empty, p50 | small, p50 | filled, p50 \
         | as many entries | of | p50 | filled, p50 | ratio | |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let rounds = if quick { 1 } else { ROUNDS };
    let mut beyond = Beyond::default();
    for question in QUESTIONS {
        table += &row(servers, limited, *question, rounds, &mut beyond).await?;
    }
    let Beyond { ratio, slow, slowest, slowest_first } = beyond;
    table += &format!(
        "\nOf {} questions {ratio} take more than {RATIO_MAX:.0} times what as many entries take on \
         another database, and {slow} take more than {}. The slowest takes {}; the slowest, when it \
         is asked for the first time, {}.\n",
        QUESTIONS.len(),
        millis(MEDIAN_MAX),
        millis(slowest),
        millis(slowest_first)
    );
    Ok(table)
}

async fn row(
    servers: &mut [Server; 3],
    limited: &Limited,
    question: Question,
    rounds: usize,
    beyond: &mut Beyond,
) -> anyhow::Result<String> {
    let [empty_path, small_path, filled_path] =
        servers.each_ref().map(|server| server.samples.path(question));
    // There is not enough stored there to fill so many pages.
    let paths = [on_the_first_page(&empty_path), on_the_first_page(&small_path), filled_path];
    let [empty, small, filled] = answers(servers, question, &paths, rounds).await?;
    // A longer list takes longer to write, and staff's reading of a person is written down where
    // there is one. So the full one is compared with the first that has an entry, for as many
    // entries as that one has.
    let few = [empty.entries, small.entries].map(Option::unwrap_or_default);
    let (other, as_many) = match filled.entries {
        Some(many) if many > 0 && few[0] == 0 && few[1] > 0 => (1, few[1].min(many).min(LIMIT_MAX)),
        // One, where neither has any.
        Some(many) => (0, few[0].max(1).min(many).min(LIMIT_MAX)),
        None => (0, 0),
    };
    let is_fair = filled.entries.is_none_or(|many| many == as_many)
        && [empty.entries, small.entries][other].is_none_or(|entries| entries == as_many);
    let alike = if !is_fair && as_many > 0 && limited.has(question.0) {
        let paths = paths.each_ref().map(|path| for_entries(path, as_many));
        answers(servers, question, &paths, rounds).await?
    } else {
        [empty, small, filled]
    };
    let (one, full) = (alike[other], alike[2]);
    let ratio = full.median.as_secs_f64() / one.median.as_secs_f64();
    beyond.ratio += usize::from(ratio > RATIO_MAX);
    beyond.slow += usize::from(filled.median > MEDIAN_MAX);
    beyond.slowest = beyond.slowest.max(filled.median);
    beyond.slowest_first = beyond.slowest_first.max(filled.first);
    let is_beyond = ratio > RATIO_MAX || filled.median > MEDIAN_MAX;
    let mark = if is_beyond { "**too much**" } else { "" };
    let (path, query, by) = question;
    let number = |answers: &Answers| match answers.entries {
        Some(entries) => entries.to_string(),
        None => "–".to_owned(),
    };
    Ok(format!(
        "| `{path}{query}` | {} | {} | {} | {} | {} | {}, {} | {} | {} | {} | {ratio:.1} | {mark} |\n",
        format!("{by:?}").to_lowercase(),
        [&empty, &small, &filled].map(number).join(", "),
        millis(empty.median),
        millis(small.median),
        millis(filled.median),
        number(&one),
        number(&full),
        ["empty", "small"][other],
        millis(one.median),
        millis(full.median),
    ))
}

/// Each server's, asked by turns.
async fn answers(
    servers: &mut [Server; 3],
    question: Question,
    paths: &[String; 3],
    rounds: usize,
) -> anyhow::Result<[Answers; 3]> {
    let mut times = [const { Vec::new() }; 3];
    let mut answers = [Answers::default(); 3];
    for ((server, path), answers) in servers.iter_mut().zip(paths).zip(&mut answers) {
        (answers.entries, answers.first) = server.first_answer(question, path).await?;
    }
    for _ in 0..rounds {
        for ((server, path), took) in servers.iter_mut().zip(paths).zip(&mut times) {
            server.times(question, path, took).await?;
        }
    }
    for (answers, times) in answers.iter_mut().zip(&mut times) {
        times.sort_unstable();
        answers.median = at(times, 0.5);
    }
    Ok(answers)
}

pub(super) fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

/// How many entries the list of an answer has.
fn entries(body: &Value) -> Option<u64> {
    let list = [body, &body["data"], &body["bookings"]].into_iter().find_map(Value::as_array);
    list.map(|list| list.len() as u64)
}

impl Server {
    /// Returns how many entries it has, and how long it took.
    async fn first_answer(
        &mut self,
        question: Question,
        path: &str,
    ) -> anyhow::Result<(Option<u64>, Duration)> {
        let request = self.request(question, path);
        let start = Instant::now();
        let answer = self.connection.exchange(&request).await?;
        let took = start.elapsed();
        let body: Value = serde_json::from_slice(answer.good().with_context(|| path.to_owned())?)?;
        Ok((entries(&body), took))
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
