//! The operator's office: takes routes off sale and puts them on again, while viewers watch, and
//! gives them another neighbour rule.

use domain::{NeighbourRule, RoutePatch};
use jiff::Timestamp;
use store::CommandError;
use tokio::task::JoinHandle;

use crate::auditor::Auditor;
use crate::chance::Chance;
use crate::fault::{Checked, Fault, ensure};
use crate::life::Life;
use crate::town::{ROUTES, route_id};
use crate::trace::Trace;

#[derive(Debug)]
struct Asked {
    route: usize,
    wish: Wish,
    step: u64,
    task: JoinHandle<Result<Wish, CommandError>>,
}

/// A change that the office wants on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    OnSale(bool),
    Rule(Option<NeighbourRule>),
}

/// A request that has no answer yet.
#[derive(Debug, Default)]
pub(crate) struct Office {
    asked: Vec<Asked>,
}

impl Office {
    pub(crate) fn waiting(&self) -> usize {
        self.asked.len()
    }

    fn makes_rules(&self) -> bool {
        self.asked.iter().any(|asked| matches!(asked.wish, Wish::Rule(_)))
    }

    /// The process has died: there will be no answer.
    pub(crate) fn forget(&mut self) {
        self.asked.clear();
    }

    pub(crate) fn ask(&mut self, life: &Life, step: u64, chance: &Chance, trace: &mut Trace) {
        let route = chance.index(ROUTES);
        let rules = [None, Some(NeighbourRule::Off), Some(NeighbourRule::SameGender)];
        let wish = match chance.pick(&rules) {
            // One after the other: of two in one commit only the last can be seen.
            Some(rule) if chance.percent(30) && !self.makes_rules() => Wish::Rule(*rule),
            // On sale most of the time: else there would be few events.
            _ => Wish::OnSale(chance.percent(65)),
        };
        trace.line(format!("  the office wants of route {route}: {wish:?}"));
        let store = std::sync::Arc::clone(&life.watching.store);
        let now = Timestamp::from_millisecond(life.now_millis()).unwrap_or(Timestamp::MIN);
        let patch = match wish {
            Wish::OnSale(is_on_sale) => {
                RoutePatch { is_active: Some(is_on_sale), ..RoutePatch::default() }
            }
            Wish::Rule(rule) => RoutePatch { neighbour_rule: Some(rule), ..RoutePatch::default() },
        };
        let _inside = life.runtime.enter();
        let task = tokio::spawn(async move {
            let changed = store.update_route(route_id(route), patch, now).await;
            changed.map(|view| match wish {
                Wish::OnSale(_) => Wish::OnSale(view.route.is_active),
                Wish::Rule(_) => Wish::Rule(view.route.neighbour_rule),
            })
        });
        self.asked.push(Asked { route, wish, step, task });
    }

    /// Takes the answers that have come: what was answered must be committed by then.
    pub(crate) fn collect(&mut self, life: &Life, auditor: &Auditor, trace: &mut Trace) -> Checked {
        let asked = std::mem::take(&mut self.asked).into_iter();
        let (answered, waiting): (Vec<_>, Vec<_>) =
            asked.partition(|asked| asked.task.is_finished());
        self.asked = waiting;
        for Asked { route, wish, step, task } in answered {
            match life.runtime.block_on(task)? {
                Ok(said) => {
                    ensure(said == wish, || format!("route {route} was left as it was"))?;
                    let is_there = match wish {
                        Wish::OnSale(on_sale) => auditor.ledger().was_ever(route, on_sale, step),
                        Wish::Rule(rule) => auditor.had_rule_since(route, rule, step),
                    };
                    ensure(is_there, || format!("answered, not there: route {route} {wish:?}"))?;
                    trace.count(match wish {
                        Wish::OnSale(_) => "answers to the office",
                        Wish::Rule(_) => "neighbour rules made",
                    });
                }
                Err(CommandError::Refused(refusal)) => {
                    return Err(Fault(format!("the office was refused: {refusal}")));
                }
                Err(CommandError::Store(_)) => trace.count("commands that failed"),
            }
        }
        Ok(())
    }
}
