/** One thing that a message of a device says. */
export type Heard =
  /** State of its output, as the device itself reports it. */
  | { kind: 'output'; on: boolean }
  /** State of the auxiliary contact. */
  | { kind: 'contact'; on: boolean }
  /** Whether it is there, by its own word or its last will; `bridge` when somebody between says so of itself. */
  | { kind: 'online'; online: boolean; who?: 'bridge' }
  /** A setting that its own timer depends on: right, or what is `wrong` with it and what would put it right. */
  | { kind: 'setting'; name: string; wrong?: string; remedy?: Message }
  /** How long its running timer has left at most; 0 when none runs. */
  | { kind: 'running'; leftMs: number }
  /** Its answer to the order of that number. */
  | { kind: 'answer'; number: number; error?: string }
  /** Its reports of state are its own, and not echoes of orders. */
  | { kind: 'honest'; honest: boolean };

export type Message = { topic: string; payload: string };

/** How one kind of device is spoken to. Everything but `look` is pure. */
export type Dialect = {
  /** The device in words, for sentences to people. */
  device: string;
  topics: string[];
  /** Settings that must be known and right before the first act; see the `setting` of Heard. */
  settings: readonly string[];
  /** The auxiliary contact is the read-back, not the output. */
  feedback: boolean;
  /** Its reports count only after it said that they are honest. */
  echoes?: boolean;
  /** Length of its timer where that is a setting of the device; else every order carries its own. */
  fixedLapseMs?: number;
  /** Time between two questions for the state, unasked. */
  pollEveryMs: number;
  /** What the message says; undefined when it is not one this device sends. */
  hear(topic: string, payload: Uint8Array): Heard[] | undefined;
  /** The one message that carries the order; `lapseMs` 0 for one that must not end by itself. */
  order(on: boolean, order: { number: number; lapseMs: number }): Message;
  /** Questions for the state and for the settings; none for a device that cannot be asked. */
  ask(number: number): Message[];
  /** Looks at settings that MQTT does not show; it never rejects. */
  look?(): Promise<Heard[]>;
};
