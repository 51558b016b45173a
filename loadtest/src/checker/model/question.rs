//! What became of one question, as steps that the public could see.

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Approved,
    Queued,
    OnAir,
    Answered,
    Dismissed,
    Withdrawn,
}

impl State {
    /// As the protocol spells it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Queued => "queued",
            Self::OnAir => "on_air",
            Self::Answered => "answered",
            Self::Dismissed => "dismissed",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub(crate) const fn is_public(self) -> bool {
        matches!(self, Self::Approved | Self::Queued | Self::OnAir | Self::Answered)
    }
}

/// What everybody may see of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown<'a> {
    pub(crate) state: State,
    /// `None` where its key is gone since and the journal cannot say any more.
    pub(crate) text: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) taken_back: bool,
}

/// From a command on, this; `None` is nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) command: usize,
    pub(crate) shown: Option<Shown<'a>>,
}

/// One question through the evening.
pub(crate) struct Question<'a> {
    /// The citizen who asked, or nobody for the desk's own typing.
    pub(crate) asker: Option<&'a str>,
    pub(crate) state: State,
    /// Every version of its text; `None` where the key is gone.
    pub(crate) versions: Vec<Option<&'a str>>,
    /// As given by the asker.
    pub(crate) name: Option<&'a str>,
    /// What the public is shown as long as the state is a public one.
    pub(crate) public: Option<(Option<&'a str>, Option<&'a str>)>,
    pub(crate) taken_back: bool,
    pub(crate) steps: Vec<Step<'a>>,
    /// How often text, name or state have moved.
    pub(crate) moves: u64,
}

impl<'a> Question<'a> {
    pub(crate) fn asked(asker: Option<&'a str>, text: Option<&'a str>) -> Self {
        Self {
            asker,
            state: State::Pending,
            versions: vec![text],
            name: None,
            public: None,
            taken_back: false,
            steps: Vec::new(),
            moves: 0,
        }
    }

    /// What everybody may see of it now.
    pub(crate) fn shown(&self) -> Option<Shown<'a>> {
        let (text, name) = self.public.filter(|_| self.state.is_public())?;
        let (text, name) = if self.taken_back { (None, None) } else { (text, name) };
        Some(Shown { state: self.state, text, name, taken_back: self.taken_back })
    }

    /// Notes what the public may see from this command on.
    pub(crate) fn step(&mut self, command: usize) {
        let shown = self.shown();
        if self.steps.last().is_none_or(|last| last.shown != shown) {
            self.steps.push(Step { command, shown });
        }
    }
}
