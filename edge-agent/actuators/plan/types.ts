import type { Command, Mode, Receipt } from '@tocsin/contracts';
import type { ActuatorConfig } from '../../site/types.ts';
import type { DeviceTrouble } from '../types.ts';
import type { Limits } from './limits.ts';
import type { OrderMemory } from './order-memory.ts';

/**
 * The words of the command plan: who wants an actuator away from rest, what was ordered, and what the device said.
 * All state is plain JSON, so that a shell can commit it beside the effects it caused.
 */

/** One actuator as the plan sees it: its entry in the site file and its driver's words for actions and states. */
export type ActuatorRules = {
  site: string;
  mode: Mode;
  actuator: ActuatorConfig;
  /** State that each action is read back as; its keys are the actions the driver knows. */
  expected: Readonly<Record<string, string>>;
  /** IANA name in which arming windows are meant where they name none. */
  timeZone?: string;
  /** The driver can ask the device for its state, so that its silence is news. */
  canAsk?: boolean;
};

/** Why somebody wants an actuator away from rest. */
export type Reason = {
  /** `response/<id>` or `order/<id>`. */
  id: string;
  action: string;
  /** Rank in CAP severities; higher goes first among wishes. */
  severity: number;
  /** The wish rests on what an act that cannot be taken back may rest on: a coincidence, or a model that demands one. */
  coincidence: boolean;
  /** A person ordered it. */
  person: boolean;
  issuer: string;
  text: string;
  alert?: string;
  sinceMs: number;
  /** Its act begins only at this instant, `delayMs` after it was asked for. */
  waitUntilMs?: number;
  delayMs?: number;
  /** When an order's hold ends by itself; wishes end with their alert. */
  untilMs?: number;
  /** Length of an order's hold. */
  spanMs?: number;
  /** Id its receipts carry. */
  requestId: string;
  /** Why it may not act now, as last reported. */
  refused?: string;
  /** `person`: a person ended it; `holdMax`: it used up the longest hold. It stays quiet until it begins anew. */
  muted?: 'person' | 'holdMax';
  /** Its request was reported under the present `requestId`. */
  asked?: boolean;
  /** It began the hold or shares it. */
  joined?: boolean;
  /** Its act was decided and recorded while the actuator was disarmed. */
  rehearsed?: boolean;
  /** The limit that keeps its act waiting, by key. */
  limit?: string;
};

/** A stay away from rest. Without a lease it is irreversible (only a person ends it) or not live. */
export type Hold = {
  /** Id of the command that began it; its receipts carry this id. */
  id: string;
  /** Id of the command sent last, to match the driver's `sent`. */
  wire: string;
  action: string;
  issuer: string;
  text: string;
  alert?: string;
  leaseUntilMs?: number;
  renewAtMs?: number;
  /** Where the lease falls back to when a renewal could not be sent. */
  leaseBeforeMs?: number;
  /** The device confirmed it after a restart, so it is renewed at once, whatever its lease says. */
  resumed?: boolean;
};

/** A command whose effect has not been read back. */
export type Pending = {
  id: string;
  wire: string;
  action: string;
  issuer: string;
  text: string;
  alert?: string;
  /** When its read-back is overdue; absent when nothing more will be tried. */
  deadlineAtMs?: number;
  /** How often it was repeated. */
  repeats: number;
  /** Why the driver could not send it: then nothing has left, and repeating it is harmless. */
  failed?: string;
  /** It was reported as unverified; a late read-back still confirms it. */
  missed: boolean;
};

/** What a device said of itself. `old` marks a retained message or knowledge from before a restart: never proof, never permission. */
export type Confirmed = { state: string; atMs: number; old: boolean };

/** What a person ordered about the actuator itself, until its end. */
export type Standing = { by: string; why: string; untilMs: number; spanMs: number };

/** The order of a first person that waits for a second one. */
export type Waiting = {
  id: string;
  action: string;
  issuer: string;
  text: string;
  alert?: string;
  untilMs: number;
  spanMs: number;
};

/** The newest orders that were carried out; what is older or has a lower number comes too late. */
export type Obeyed = { number?: number; issuers: Record<string, number>; floorMs: number };

export type Proof = { atMs: number; by: string; good: boolean; text: string };

export const troubleNames = [
  'unverified',
  'disagreement',
  'interlock',
  'hold-max',
  'limit',
  'disarmed',
  'bypass',
  'proof-test',
  'silent',
] as const;
export type TroubleName = (typeof troubleNames)[number];
/** Troubles of an act that was decided in one mode; they mean nothing in another. */
export const actTroubles = ['unverified', 'disagreement', 'interlock', 'hold-max'] as const satisfies TroubleName[];

/** The plan's memory of one actuator. */
export type ActuatorState = OrderMemory & {
  /** Mode the state was made in; another mode at a restart starts afresh. */
  mode: Mode;
  /** Commands numbered so far. */
  number: number;
  confirmed?: Confirmed;
  /** Action ordered last. */
  commanded?: string;
  commandedAtMs?: number;
  /** Alert behind the last command, for its release. */
  lastAlert?: string;
  awaySinceMs?: number;
  restSinceMs?: number;
  reasons: Reason[];
  hold?: Hold;
  pending?: Pending;
  /** After a restart nothing is sent before the device spoke or this instant passed. */
  awaitUntilMs?: number;
  obeyed?: Obeyed;
  waiting?: Waiting;
  /** A person's word on arming, over the windows of the site file. */
  arming?: Standing & { armed: boolean };
  bypass?: Standing;
  /** The newest proof test. */
  proof?: Proof;
  /** When the device was asked last, and how often in vain since it spoke. */
  asked?: { atMs: number; unanswered: number };
  /** Why the device would not let go by itself, as its driver says. */
  watchdog?: string;
  troubles: Partial<Record<TroubleName, string>>;
};

export type PlanEvent =
  /** An alert asks for an action (again); `late` when backlog raised it. */
  | {
      kind: 'wish';
      actuator: string;
      response: string;
      action: string;
      severity: number;
      coincidence: boolean;
      alert: string;
      text: string;
      late: boolean;
      /** The act begins so long after this, if the wish still stands. */
      delayMs?: number;
      /** It may keep an act going and not begin one: what still waits must be asked for again. */
      keepOnly?: boolean;
      atMs: number;
    }
  | { kind: 'wishEnd'; actuator: string; response: string; atMs: number }
  | { kind: 'order'; command: Command; atMs: number }
  | { kind: 'readBack'; actuator: string; state: string; old: boolean; atMs: number }
  | { kind: 'sent'; actuator: string; commandId: string; ok: boolean; why?: string; atMs: number }
  /** The device took a command over its protocol. */
  | { kind: 'accepted'; actuator: string; commandId: string; atMs: number }
  /** A usable value of a stream that an interlock watches. */
  | { kind: 'value'; stream: string; value: number; takenAtMs: number; atMs: number }
  /** What the driver finds wrong with the device; without a why it is over. */
  | { kind: 'device'; actuator: string; trouble: DeviceTrouble; why?: string; atMs: number }
  /** Why the clock of the gateway is not believed; without a why it is. */
  | { kind: 'clock'; why?: string; atMs: number }
  | { kind: 'tick'; atMs: number }
  | { kind: 'restarted'; atMs: number };

export type PlanEffect =
  | { kind: 'command'; command: Command }
  | { kind: 'receipt'; receipt: Receipt }
  /** The device is to be asked for its state. */
  | { kind: 'ask'; actuator: string; atMs: number }
  /** `subject` is an actuator, or for a limit the area or site it bounds, as `scope` says. */
  | {
      kind: 'trouble';
      name: TroubleName;
      scope: 'actuator' | 'area' | 'site';
      subject: string;
      active: boolean;
      why: string;
      atMs: number;
    };

/** A value that interlocks may look at. */
export type Watched = { value: number; takenAtMs: number };

/** What interlocks may look at. */
export type World = {
  confirmed(actuator: string): Confirmed | undefined;
  value(stream: string): Watched | undefined;
  /** Age beyond which a value of the stream says nothing. */
  staleAfterMs(stream: string): number;
  /** Why the clock of the gateway is not believed, or undefined. */
  clockDoubt(): string | undefined;
};

/** One actuator at one instant: what the parts of the plan work on. */
export type Step = {
  rules: ActuatorRules;
  state: ActuatorState;
  world: World;
  limits: Limits;
  /** True while the site file arms it. */
  scheduled: boolean;
  atMs: number;
  effects: PlanEffect[];
};
