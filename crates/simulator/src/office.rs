//! The operator's office: takes routes off the sale and puts them on again, while everybody watches.

use domain::RoutePatch;
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
    is_on_sale: bool,
    step: u64,
    task: JoinHandle<Result<bool, CommandError>>,
}

/// What was asked for and has no answer yet.
#[derive(Debug, Default)]
pub(crate) struct Office {
    asked: Vec<Asked>,
}

impl Office {
    pub(crate) fn waiting(&self) -> usize {
        self.asked.len()
    }

    /// The process has died: there will be no answer.
    pub(crate) fn forget(&mut self) {
        self.asked.clear();
    }

    pub(crate) fn ask(&mut self, life: &Life, step: u64, chance: &Chance, trace: &mut Trace) {
        let route = chance.index(ROUTES);
        // On sale most of the time: else there would be little to tell of.
        let is_on_sale = chance.percent(65);
        trace.line(format!("  the office wants route {route} on sale: {is_on_sale}"));
        let store = std::sync::Arc::clone(&life.watching.store);
        let now = Timestamp::from_millisecond(life.now_millis()).unwrap_or(Timestamp::MIN);
        let patch = RoutePatch { is_active: Some(is_on_sale), ..RoutePatch::default() };
        let _inside = life.runtime.enter();
        let task = tokio::spawn(async move {
            let changed = store.update_route(route_id(route), patch, now).await;
            changed.map(|view| view.route.is_active)
        });
        self.asked.push(Asked { route, is_on_sale, step, task });
    }

    /// Takes the answers that have come: what was promised must have been committed by then.
    pub(crate) fn collect(&mut self, life: &Life, auditor: &Auditor, trace: &mut Trace) -> Checked {
        let asked = std::mem::take(&mut self.asked).into_iter();
        let (answered, waiting): (Vec<_>, Vec<_>) =
            asked.partition(|asked| asked.task.is_finished());
        self.asked = waiting;
        for Asked { route, is_on_sale, step, task } in answered {
            match life.runtime.block_on(task)? {
                Ok(said) => {
                    ensure(said == is_on_sale, || format!("route {route} was left as it was"))?;
                    ensure(auditor.ledger().was_ever(route, is_on_sale, step), || {
                        format!("answered, not there: route {route} on sale: {is_on_sale}")
                    })?;
                    trace.count("answers to the office");
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
