import { type AlertTransition, alertKey } from '@tocsin/contracts';
import { type AlertMemory, type AlertRule, hearVerdict, isStanding, performAct, retell } from '@tocsin/rules/engine';
import { type TroubleName, troubleWords } from './trouble-words.ts';

/** One voice about a trouble: `source` is a channel, or whoever else can tell of it. Without reasons it takes back what it said. */
export type TroubleReport = {
  name: TroubleName;
  subject: string;
  source: string;
  reasons: readonly string[];
  atMs: number;
};

/** A person's act on an alert. */
export type OperatorAct = {
  key: string;
  act: 'acknowledge' | 'reset';
  by: string;
  note?: string;
  atMs: number;
  /** Newest transition the person saw. */
  seenNumber?: number;
};
export type Acted = { transition: AlertTransition } | { refused: string };

/**
 * The alerts about the system itself: one per trouble and subject, however many voices tell of it. They live by the very life cycle
 * that rules' alerts have, so the console and the desk need not tell them apart.
 */
export type TroubleBook = {
  say(report: TroubleReport): AlertTransition | undefined;
  /** True when the alert of this key is a trouble of this book. */
  has(key: string): boolean;
  act(act: OperatorAct): Acted;
  /** Ends the voices that are no longer configured. */
  retire(
    isKnown: (report: Pick<TroubleReport, 'name' | 'subject' | 'source'>) => boolean,
    atMs: number,
  ): AlertTransition[];
  /** Tells every trouble that stands again. */
  retell(atMs: number): AlertTransition[];
  takeDirty(): [key: string, state: unknown][];
  restore(key: string, state: unknown): void;
};

type Entry = { name: TroubleName; subject: string; voices: Record<string, string[]>; memory?: AlertMemory };

/** Version of the words and of the way troubles are told, in place of a rule's hash. */
const wordsVersion = 'edge-1';

/** Creates an empty book of the troubles of one site. */
export function createTroubleBook(site: string): TroubleBook {
  const entries = new Map<string, Entry>();
  const dirty = new Set<string>();

  function aboutOf(key: string, { name, subject }: Entry): AlertRule {
    const { event, class: alertClass, severity, advice } = troubleWords[name];
    const rule = { id: name, event, class: alertClass, advice };
    return { site, origin: 'edge', key, subject, rule, severities: [severity], version: wordsVersion };
  }

  function say({ name, subject, source, reasons, atMs }: TroubleReport): AlertTransition | undefined {
    const key = alertKey(site, name, subject);
    const entry: Entry = entries.get(key) ?? { name, subject, voices: {} };
    if (reasons.length > 0) entry.voices[source] = [...reasons];
    else if (Object.hasOwn(entry.voices, source)) delete entry.voices[source];
    else return undefined;
    entries.set(key, entry);
    dirty.add(key);
    const told = Object.keys(entry.voices)
      .sort()
      .flatMap((voice) => entry.voices[voice]!);
    const active = told.length > 0;
    const words = active ? told : ['It is over.'];
    const verdict = {
      level: active ? 1 : 0,
      recovering: false,
      data: 'good' as const,
      reasons: words,
      takenAtMs: atMs,
    };
    const { memory, transition } = hearVerdict(entry.memory, aboutOf(key, entry), {
      verdict,
      decidedAtMs: atMs,
      late: false,
    });
    if (memory !== undefined) entry.memory = memory;
    return transition;
  }

  return {
    say,
    has: (key) => entries.has(key),
    act({ key, ...act }) {
      const entry = entries.get(key);
      const acted = performAct(entry?.memory, entry && aboutOf(key, entry), act);
      if ('refused' in acted) return acted;
      entry!.memory = acted.memory;
      dirty.add(key);
      return { transition: acted.transition };
    },
    retire(isKnown, atMs) {
      const ended: AlertTransition[] = [];
      for (const { name, subject, voices } of entries.values())
        for (const source of Object.keys(voices)) {
          if (isKnown({ name, subject, source })) continue;
          const transition = say({ name, subject, source, reasons: [], atMs });
          if (transition !== undefined) ended.push(transition);
        }
      return ended;
    },
    retell: (atMs) =>
      [...entries].flatMap(([key, entry]) => {
        if (entry.memory === undefined || !isStanding(entry.memory)) return [];
        const { memory, transition } = retell(entry.memory, aboutOf(key, entry), { atMs });
        entry.memory = memory;
        dirty.add(key);
        return [transition];
      }),
    takeDirty() {
      const taken = [...dirty].map((key): [string, unknown] => [key, entries.get(key)]);
      dirty.clear();
      return taken;
    },
    restore(key, state) {
      const entry = structuredClone(state as Entry);
      // Another version may have known troubles that this one has no words for.
      if (Object.hasOwn(troubleWords, entry.name)) entries.set(key, entry);
    },
  };
}
