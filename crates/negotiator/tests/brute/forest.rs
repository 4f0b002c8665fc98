//! The best forest behind one pad: all are tried.

/// A conversion between two formats, by their places.
#[derive(Clone, Copy, Debug)]
pub struct Arc {
    pub rule: usize,
    pub from: usize,
    pub to: usize,
    pub generations: u64,
    pub change: u64,
    pub cpu: u64,
    pub latency: u64,
}

/// What a sink may take, what that costs its element, and how little it is preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Take {
    pub format: usize,
    pub cpu: u64,
    pub latency: u64,
    pub preference: u64,
}

/// Sinks that may take the same.
pub struct Wish {
    pub takes: Vec<Take>,
    /// How often the latency counts, and how often the preference.
    pub ends: u64,
    pub count: u64,
}

/// CPU, latency, steps, preference.
pub type Tail = (u64, u64, u64, u64);

/// The arcs between formats, the first of which are given.
pub struct Arcs {
    pub sources: usize,
    /// By the format that they make.
    pub into: Vec<Vec<Arc>>,
}

enum Todo {
    Serve(usize),
    Make(usize),
}

struct Trial<'a> {
    arcs: &'a Arcs,
    wishes: &'a [Wish],
    makers: Vec<Option<Arc>>,
    taken: Vec<Take>,
    cpu: u64,
    steps: u64,
    best: Option<Tail>,
    budget: &'a mut u64,
}

/// The best forest that gives every wish one of its takes; `None` when the budget of trials ran out.
pub fn best_forest(arcs: &Arcs, wishes: &[Wish], budget: &mut u64) -> Option<Tail> {
    let mut trial = Trial {
        arcs,
        wishes,
        makers: vec![None; arcs.into.len()],
        taken: vec![Take::default(); wishes.len()],
        cpu: 0,
        steps: 0,
        best: None,
        budget,
    };
    trial.go(&mut (0..wishes.len()).map(Todo::Serve).collect());
    if *trial.budget == 0 { None } else { trial.best }
}

impl Trial<'_> {
    fn go(&mut self, todo: &mut Vec<Todo>) {
        if *self.budget == 0 || self.best.is_some_and(|best| best.0 < self.cpu) {
            return;
        }
        *self.budget -= 1;
        let Some(next) = todo.pop() else {
            let tail = self.tail();
            self.best = Some(self.best.map_or(tail, |best| best.min(tail)));
            return;
        };
        match &next {
            Todo::Serve(wish) => {
                for take in &self.wishes[*wish].takes {
                    self.taken[*wish] = *take;
                    self.with(take.format, todo);
                }
            }
            Todo::Make(format) => {
                for arc in self.arcs.into[*format].clone() {
                    if self.comes_from(arc.from, *format) {
                        continue;
                    }
                    self.makers[*format] = Some(arc);
                    (self.cpu, self.steps) = (self.cpu + arc.cpu, self.steps + 1);
                    self.with(arc.from, todo);
                    (self.cpu, self.steps) = (self.cpu - arc.cpu, self.steps - 1);
                    self.makers[*format] = None;
                }
            }
        }
        todo.push(next);
    }

    /// Goes on when a format must be there.
    fn with(&mut self, format: usize, todo: &mut Vec<Todo>) {
        let there = format < self.arcs.sources || self.makers[format].is_some();
        if there || todo.iter().any(|other| matches!(other, Todo::Make(other) if *other == format)) {
            self.go(todo);
        } else {
            todo.push(Todo::Make(format));
            self.go(todo);
            todo.pop();
        }
    }

    fn comes_from(&self, mut format: usize, other: usize) -> bool {
        while format != other {
            let Some(arc) = self.makers[format] else { return false };
            format = arc.from;
        }
        true
    }

    fn tail(&self) -> Tail {
        let (mut cpu, mut latency, mut preference) = (self.cpu, 0, 0);
        for (wish, take) in self.wishes.iter().zip(&self.taken) {
            let mut at = take.format;
            while let Some(arc) = self.makers[at] {
                latency += arc.latency * wish.ends * wish.count;
                at = arc.from;
            }
            cpu += take.cpu * wish.count;
            latency += take.latency * wish.ends * wish.count;
            preference += take.preference * wish.count;
        }
        (cpu, latency, self.steps, preference)
    }
}
