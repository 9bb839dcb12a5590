//! Deliberate mistakes, one at a time, for the proof that checks of clients notice them.

/// A mistake. No client should make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Waits a twentieth of what it should before this attempt.
    ShortWait(u32),
    /// Waits two seconds more than it may before this attempt.
    LongWait(u32),
    /// Adds no jitter.
    NoJitter,
    /// Adds no jitter, and tells waits with some.
    ToldJitter,
    /// Adds up to eight times the jitter.
    WideJitter,
    /// Tells waits twice as long as they are.
    TellsDouble,
    /// Tells waits half as long as they are.
    TellsHalf,
    /// Tries a sixth time.
    SixAttempts,
    /// Begins to count anew when the socket opens.
    ResetAtOpen,
    /// Begins to count anew when the handshake is answered.
    ResetAtHandshake,
    /// Begins to count anew when it stays away.
    ResetAtRest,
    /// Never begins to count anew.
    NeverReset,
    /// Stays away after the connection broke.
    StaysAway,
    /// Comes back whatever the status of the refusal.
    AnyStatus,
    /// Does not read `Retry-After`.
    NoRetryAfter,
    /// Does not wait for the time a leaving server asks for.
    NoSpread,
    /// Opens a second connection beside the first.
    TwoConnections,
    /// Never takes a silent server for lost.
    WaitsForEver,
    /// Comes back after its user closed.
    BackAfterClose,
    /// Says nothing when it gives up.
    SilentGiveUp,
    /// Gives up without asking by HTTP.
    NoFallback,
    /// Makes a new session for each connection.
    NewSession,
    /// Does not keep its session over a restart.
    ForgetsSession,
    /// Looks at the backend's URL first.
    BackendFirst,
    /// Leaves the scheme of an HTTP URL as it is.
    KeepsScheme,
    /// Does not look at the API's URL.
    NoApiUrl,
    /// Turns `https://` into `ws://`.
    PlainFromTls,
    /// Takes an empty variable for an address.
    EmptyCounts,
    /// Falls back without a word.
    NoWarning,
    /// Warns though a variable says the address.
    AlwaysWarns,
    /// Has another address to fall back to.
    OtherFallback,
    /// Sends what broke the connection again after 1009.
    ResendsTooLarge,
    /// Sends what broke the connection by HTTP after 1009.
    ResendsByHttp,
    /// Ends when it is to connect.
    EndsAtConnect,
    /// Ends when it is connected.
    EndsWhenOpen,
    /// Ends with its connection.
    EndsWhenLost,
    /// Stays when its user has gone.
    Stays,
    /// Goes on with the old token.
    OldToken,
    /// Tells of no states.
    NoStates,
    /// Calls a broken connection an orderly one.
    NoAbnormal,
    /// Loses what is asked while there is no connection.
    NoQueue,
    /// Ends at a message that it does not understand.
    FrailParser,
    /// Takes events of another epoch for old ones.
    OneEpoch,
    /// Tells events twice.
    NoMemory,
    /// Keeps errors to itself.
    HidesErrors,
    /// Keeps progress to itself.
    HidesProgress,
    /// Lets the parts of a result go.
    HidesParts,
    /// Keeps the answer of HTTP to itself.
    HidesFallback,
    /// Keeps it to itself that the server is leaving.
    HidesShutdown,
    /// Tells of no state after the connection is over.
    HidesClosed,
    /// Forgets what waits when it gives up.
    DropsWaiting,
    /// Takes a length whose highest bit is set for one without it.
    TakesLengthBit,
    /// Takes lengths that are longer than they need be.
    TakesLongLengths,
    /// Begins to count anew when it sends a heartbeat.
    ResetAtBeat,
    /// Sends ten times as many heartbeats.
    Restless,
    /// Comes back though its user left while it waited.
    DeafWhileWaiting,
    /// Asks by HTTP without its session.
    FallbackStranger,
    /// Asks by HTTP under another id.
    FallbackNewId,
    /// Compresses although the server declined.
    CompressesUnagreed,
    /// Refers to messages before although it must not.
    KeepsContext,
    /// Forgets messages before to which the server may refer.
    ForgetsContext,
    /// Forgets them at a message without compression.
    ForgetsAtPlain,
    /// Forgets them at a ping.
    ForgetsAtPing,
    /// Forgets them behind an empty message.
    ForgetsAtEmpty,
    /// Forgets them when they fill a window.
    ForgetsAtWindow,
    /// Compresses for the largest window, whatever was agreed.
    WideWindow,
    /// Leaves a connection open whose upgrade it does not take, and tells nobody.
    SitsOnRefusals,
    /// Tells nobody that a connection broke.
    HidesLoss,
}

/// Names, as they are given.
const NAMES: &[(&str, Mistake)] = &[
    ("short-wait-1", Mistake::ShortWait(1)),
    ("short-wait-2", Mistake::ShortWait(2)),
    ("short-wait-3", Mistake::ShortWait(3)),
    ("short-wait-4", Mistake::ShortWait(4)),
    ("short-wait-5", Mistake::ShortWait(5)),
    ("long-wait-1", Mistake::LongWait(1)),
    ("long-wait-2", Mistake::LongWait(2)),
    ("long-wait-3", Mistake::LongWait(3)),
    ("long-wait-4", Mistake::LongWait(4)),
    ("long-wait-5", Mistake::LongWait(5)),
    ("no-jitter", Mistake::NoJitter),
    ("told-jitter", Mistake::ToldJitter),
    ("wide-jitter", Mistake::WideJitter),
    ("tells-double", Mistake::TellsDouble),
    ("tells-half", Mistake::TellsHalf),
    ("six-attempts", Mistake::SixAttempts),
    ("reset-at-open", Mistake::ResetAtOpen),
    ("reset-at-handshake", Mistake::ResetAtHandshake),
    ("reset-at-rest", Mistake::ResetAtRest),
    ("never-reset", Mistake::NeverReset),
    ("stays-away", Mistake::StaysAway),
    ("any-status", Mistake::AnyStatus),
    ("no-retry-after", Mistake::NoRetryAfter),
    ("no-spread", Mistake::NoSpread),
    ("two-connections", Mistake::TwoConnections),
    ("waits-for-ever", Mistake::WaitsForEver),
    ("back-after-close", Mistake::BackAfterClose),
    ("silent-give-up", Mistake::SilentGiveUp),
    ("no-fallback", Mistake::NoFallback),
    ("new-session", Mistake::NewSession),
    ("forgets-session", Mistake::ForgetsSession),
    ("backend-first", Mistake::BackendFirst),
    ("keeps-scheme", Mistake::KeepsScheme),
    ("no-api-url", Mistake::NoApiUrl),
    ("plain-from-tls", Mistake::PlainFromTls),
    ("empty-counts", Mistake::EmptyCounts),
    ("no-warning", Mistake::NoWarning),
    ("always-warns", Mistake::AlwaysWarns),
    ("other-fallback", Mistake::OtherFallback),
    ("resends-too-large", Mistake::ResendsTooLarge),
    ("resends-by-http", Mistake::ResendsByHttp),
    ("ends-at-connect", Mistake::EndsAtConnect),
    ("ends-when-open", Mistake::EndsWhenOpen),
    ("ends-when-lost", Mistake::EndsWhenLost),
    ("stays", Mistake::Stays),
    ("old-token", Mistake::OldToken),
    ("no-states", Mistake::NoStates),
    ("no-abnormal", Mistake::NoAbnormal),
    ("no-queue", Mistake::NoQueue),
    ("frail-parser", Mistake::FrailParser),
    ("one-epoch", Mistake::OneEpoch),
    ("no-memory", Mistake::NoMemory),
    ("hides-errors", Mistake::HidesErrors),
    ("hides-progress", Mistake::HidesProgress),
    ("hides-parts", Mistake::HidesParts),
    ("hides-fallback", Mistake::HidesFallback),
    ("hides-shutdown", Mistake::HidesShutdown),
    ("hides-closed", Mistake::HidesClosed),
    ("drops-waiting", Mistake::DropsWaiting),
    ("takes-length-bit", Mistake::TakesLengthBit),
    ("takes-long-lengths", Mistake::TakesLongLengths),
    ("reset-at-beat", Mistake::ResetAtBeat),
    ("restless", Mistake::Restless),
    ("deaf-while-waiting", Mistake::DeafWhileWaiting),
    ("fallback-stranger", Mistake::FallbackStranger),
    ("fallback-new-id", Mistake::FallbackNewId),
    ("compresses-unagreed", Mistake::CompressesUnagreed),
    ("keeps-context", Mistake::KeepsContext),
    ("forgets-context", Mistake::ForgetsContext),
    ("forgets-at-plain", Mistake::ForgetsAtPlain),
    ("forgets-at-ping", Mistake::ForgetsAtPing),
    ("forgets-at-empty", Mistake::ForgetsAtEmpty),
    ("forgets-at-window", Mistake::ForgetsAtWindow),
    ("wide-window", Mistake::WideWindow),
    ("sits-on-refusals", Mistake::SitsOnRefusals),
    ("hides-loss", Mistake::HidesLoss),
];

impl Mistake {
    /// The mistake called `name`.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, mistake)| *mistake)
    }
}
