import type { AlertTransition, Evidence, RuleBase, Severity, Track } from '@tocsin/contracts';
import type { TSchema } from 'typebox';

/**
 * The words of the rule engine. Everything here is a reducer or feeds one: no clock, no chance, no I/O.
 * A stream is named `device/channel`. State is plain JSON, so that a shell can commit it beside the effects it caused.
 */
export type StreamName = string;

/**
 * What the engine is told. Readings that arrive here are usable; flagged ones never do.
 * `receivedAtMs` becomes `decidedAtMs` of what follows; without it the decision carries the time of its sample.
 */
export type EngineEvent =
  | {
      kind: 'reading';
      stream: StreamName;
      value: number;
      takenAtMs: number;
      late: boolean;
      receivedAtMs?: number;
      /** The sensor was reset: its level jumped and the ground did not. */
      reset?: boolean;
    }
  | {
      kind: 'tracks';
      device: string;
      tracks: readonly Track[];
      takenAtMs: number;
      late: boolean;
      receivedAtMs?: number;
    }
  | { kind: 'tick'; atMs: number }
  /** Every alert that stands is told again, because those who listen may have lost what was told before. */
  | { kind: 'retell'; atMs: number }
  | {
      kind: 'operator';
      act: 'acknowledge' | 'reset';
      key: string;
      by: string;
      note?: string;
      atMs: number;
      /** Newest transition the person saw; an act that crossed an escalation is refused. */
      seenNumber?: number;
    };

/** What the engine wants done. `derived` readings come from models and are stored like measured ones. */
export type EngineEffect =
  | { kind: 'alert'; transition: AlertTransition }
  | { kind: 'derived'; stream: StreamName; unit: string; value: number; takenAtMs: number; late: boolean }
  | { kind: 'remark'; model: string; remark: Remark; takenAtMs: number; late: boolean }
  | { kind: 'refused'; act: 'acknowledge' | 'reset'; key: string; why: string };

/**
 * What a condition says after an event. `level` is 0 for normal, else 1 + the index in the rule's ladder.
 * `recovering` means that the clear delay is running. `data` is stale when the answer rests on old samples.
 */
export type Verdict = {
  level: number;
  recovering: boolean;
  data: 'good' | 'stale' | 'noData';
  reasons: string[];
  takenAtMs: number;
  /** Set while the rule cannot see and its missing-data policy calls that a trouble; says what is missing. */
  blind?: string;
};

/** An event as one condition sees it: its own inputs by index, other rules' verdicts, and time. */
export type ConditionEvent =
  /** `why` are the reasons of the model that made the value, where one did. */
  | { kind: 'reading'; input: number; value: number; takenAtMs: number; late: boolean; why?: readonly string[] }
  | {
      kind: 'verdict';
      rule: string;
      level: number;
      severity: Severity;
      takenAtMs: number;
      late: boolean;
      data: Verdict['data'];
    }
  /** A person did something about the alert of a rule it listens to, or about its own. */
  | { kind: 'operator'; rule: string; act: 'acknowledge' | 'reset'; atMs: number }
  /** `awakeSinceMs` is set after a restart that missed ticks: silence before it is nobody's fault. */
  | { kind: 'tick'; atMs: number; awakeSinceMs?: number };

/** What a condition may know of the site when its configuration is completed. */
export type Surroundings = {
  unitOf(stream: StreamName): string;
  /** Usual time between readings of a stream, or undefined where nobody said. */
  intervalMsOf(stream: StreamName): number | undefined;
  /** Physical devices a stream rests on, through models too; given where it matters who may witness for whom. */
  devicesOf?(stream: StreamName): readonly string[];
};

/**
 * A kind of rule. `step` answers the same `state` object when nothing changed and leaves `verdict` out when its answer did not change.
 * `config` is the schema of the fields it adds to RuleBase; `check` says what the schema cannot (one message per mistake,
 * which may begin with the place, as in `/ladder/0/clear: …`). Events are valid during the call only; states are never mutated.
 */
export type ConditionType<State = unknown, Config = unknown> = {
  type: string;
  config: TSchema;
  check?(config: Config & RuleBase): string[];
  /** Completes a configuration with what only the site knows (units, intervals); `step` then sees the result. */
  prepare?(config: Config, site: Surroundings): Config;
  /** A state that holds `level` although the rule was changed meanwhile, so that a new version never drops an alarm. */
  adopt?(config: Config, level: number, takenAtMs: number): State;
  /** What it demands of the rules it listens to; messages as those of `check`. */
  checkHeard?(config: Config & RuleBase, ruleOf: (id: string) => RuleConfig | undefined): string[];
  /** The rules it listens to are witnesses of one another, so no two of them may rest on the same device. */
  needsIndependence?: true;
  /** Streams it listens to, in the order of `input`; rules it listens to. */
  inputs(config: Config): { streams: StreamName[]; rules: string[] };
  /** The severity of each level above 0. */
  ladder(config: Config): Severity[];
  /**
   * Mildest severity that an act which cannot be taken back may rest on (two independent devices, heat class, call point or
   * a person); undefined when no severity may. `outputOf` looks up what a model says of a stream it makes.
   */
  confirmedFrom?(config: Config, outputOf: (stream: StreamName) => ModelOutput | undefined): Severity | undefined;
  /** Limits to draw beside the evidence. */
  limits(config: Config): Evidence['limits'];
  initial(config: Config): State;
  step(state: State, event: ConditionEvent, config: Config): { state: State; verdict?: Verdict };
  /** Live samples that `step` would answer with nothing changed, so that the engine need not ask; undefined for none. */
  calm?(state: State, config: Config): Calm | undefined;
};

/** Values strictly between `low` and `high`, taken before `untilMs`. */
export type Calm = { low: number; high: number; untilMs: number };

/**
 * What a model is told: its inputs by index, tracks of its device, and time. `why` are the reasons of the model that made a
 * reading, `reset` marks the first reading after its sensor was re-zeroed.
 */
export type ModelEvent =
  | {
      kind: 'reading';
      input: number;
      value: number;
      takenAtMs: number;
      late: boolean;
      reset?: boolean;
      why?: readonly string[];
    }
  | { kind: 'tracks'; tracks: readonly Track[]; takenAtMs: number; late: boolean }
  | { kind: 'tick'; atMs: number };

/** Something a model asked for, granted, ended or refused, with the numbers behind it; names end in their unit. */
export type Remark = {
  what: 'request' | 'extension' | 'release' | 'refusal';
  why: string;
  numbers: Record<string, number>;
  people?: Record<string, number>[];
};

/** One stream that a model makes. From `confirmedFrom` on, its values rest on what an irreversible act may rest on. */
export type ModelOutput = { channel: string; unit: string; confirmedFrom?: number };

/** `reasons` say in words of the field what the outputs rest on; they travel with the outputs to whoever judges them. */
export type ModelAnswer<State> = {
  state: State;
  outputs?: Record<string, number>;
  reasons?: readonly string[];
  remarks?: readonly Remark[];
};

/**
 * A model turns raw channels into quantities an expert would look at. Its outputs are streams `<model id>/<output>`.
 * State is bounded whatever the length of history, and JSON.
 */
export type ModelType<State = unknown, Config = unknown> = {
  type: string;
  /** Raised when the shape of the state changes: a state of another revision is not taken over; 1 without it. */
  revision?: number;
  config: TSchema;
  check?(config: Config): string[];
  /** Completes a configuration with what only the site knows (units, intervals); all below sees the result. */
  prepare?(config: Config, site: Surroundings): Config;
  /** `units` are those in which it wants its streams, undefined for as they are; the engine converts. */
  inputs(config: Config): { streams: StreamName[]; trackDevices: string[]; units?: (string | undefined)[] };
  /** `units` are those of the input streams, in order. */
  outputs(config: Config, units: readonly string[]): ModelOutput[];
  initial(config: Config): State;
  step(state: State, event: ModelEvent, config: Config): ModelAnswer<State>;
};

/** One rule as configured: RuleBase plus the fields of its condition type. */
export type RuleConfig = RuleBase & Record<string, unknown>;
/** One model as configured: `id`, `type` and the fields of its type. */
export type ModelConfig = { id: string; type: string } & Record<string, unknown>;

export type EngineConfig = {
  site: string;
  origin: 'edge' | 'cloud';
  models: readonly ModelConfig[];
  rules: readonly RuleConfig[];
  /** Unit of every measured stream, for evidence and for the units of model outputs. */
  units: ReadonlyMap<StreamName, string>;
  /** Usual time between readings of measured streams, for rules that do not say after how long data are stale. */
  intervalsMs?: ReadonlyMap<StreamName, number>;
};

/**
 * A running set of models and rules. `step` is deterministic: same state and event, same effects. Changed instances are listed by
 * `takeDirty`, so that a shell commits exactly those with the effects; `restore` puts them back after a restart.
 */
export type Engine = {
  step(event: EngineEvent): EngineEffect[];
  /** Keys and JSON-ready states changed since the last call. */
  takeDirty(): [key: string, state: unknown][];
  restore(states: Iterable<[key: string, state: unknown]>): void;
  /** Present state of every alert that was ever raised, for responses and displays. */
  alerts(): ReadonlyMap<string, AlertState>;
};

/** The engine's memory of one alert. */
export type AlertState = Pick<
  AlertTransition,
  'condition' | 'operator' | 'latch' | 'severity' | 'occurrence' | 'number' | 'takenAtMs' | 'data'
> & { rule: string; subject: string; key: string; late: boolean };
