import { type AlertTransition, alertKey, type Evidence, type Severity } from '@tocsin/contracts';
import {
  type Act,
  type AlertMemory,
  type AlertRule,
  hearVerdict,
  isStanding,
  performAct,
  retell,
  type Saying,
} from '../alerting/lifecycle.ts';
import type { EngineConfig, Verdict } from './types.ts';

/** The engine's alerts: their memory, what changed since the last commit, and the troubles the engine has with itself. */
export type AlertBook = {
  memories: Map<string, AlertMemory>;
  hear(about: AlertRule, saying: Saying): AlertTransition | undefined;
  act(key: string, act: Act): { transition: AlertTransition } | { refused: string };
  /** A trouble of the engine itself: raised with reasons, cleared without. */
  trouble(trouble: Trouble): AlertTransition | undefined;
  register(about: AlertRule): void;
  /** Ends the alerts of rules that are no longer configured. */
  retire(atMs: number): AlertTransition[];
  /** Tells every alert that stands again. */
  retell(atMs: number, evidenceOf: (rule: string) => Evidence[]): AlertTransition[];
  takeDirty(): [key: string, state: unknown][];
  restore(key: string, state: unknown): boolean;
};

export type Trouble = {
  rule: 'rule-failed' | 'model-failed' | 'no-data';
  subject: string;
  reasons: string[];
  takenAtMs: number;
  decidedAtMs: number;
};

/** Rules the engine has about itself, with the words a dispatcher reads. */
const troubles: Record<Trouble['rule'], { event: string; severity: Severity; advice: string }> = {
  'rule-failed': {
    event: 'A rule has stopped after an error in itself',
    severity: 'Moderate',
    advice: 'What this rule watches is unguarded. Restart the agent to try again and report the error.',
  },
  'model-failed': {
    event: 'A model has stopped after an error in itself',
    severity: 'Moderate',
    advice: 'Rules on its outputs are unguarded. Restart the agent to try again and report the error.',
  },
  'no-data': {
    event: 'Rules cannot see: data are missing',
    severity: 'Minor',
    advice: 'Check the sensor, its power and its link. Until data come, these rules judge nothing.',
  },
};

const prefix = 'alert/';

export function createBook({ site, origin }: Pick<EngineConfig, 'site' | 'origin'>): AlertBook {
  const memories = new Map<string, AlertMemory>();
  const rules = new Map<string, AlertRule>();
  const dirty = new Set<string>();

  function aboutTrouble({ rule, subject }: Pick<Trouble, 'rule' | 'subject'>): AlertRule {
    const { event, severity, advice } = troubles[rule];
    const key = alertKey(site, rule, subject);
    const row = { id: rule, event, class: 'trouble' as const, advice };
    return { site, origin, key, subject, rule: row, severities: [severity], version: '1' };
  }

  function aboutOf(key: string): AlertRule | undefined {
    const memory = memories.get(key);
    if (memory === undefined) return undefined;
    if (Object.hasOwn(troubles, memory.rule))
      return aboutTrouble({ rule: memory.rule as Trouble['rule'], subject: memory.subject });
    const known = rules.get(key);
    if (known !== undefined) return known;
    const row = { id: memory.rule, event: `Rule ${memory.rule} (no longer configured)` };
    return { site, origin, key, subject: memory.subject, rule: row, severities: [memory.severity], version: '0' };
  }

  function hear(about: AlertRule, saying: Saying): AlertTransition | undefined {
    const before = memories.get(about.key);
    const { memory, transition } = hearVerdict(before, about, saying);
    if (memory !== undefined && memory !== before) {
      memories.set(about.key, memory);
      dirty.add(about.key);
    }
    return transition;
  }

  return {
    memories,
    hear,
    act(key, act) {
      const acted = performAct(memories.get(key), aboutOf(key), act);
      if ('refused' in acted) return acted;
      memories.set(key, acted.memory);
      dirty.add(key);
      return { transition: acted.transition };
    },
    trouble({ rule, subject, reasons, takenAtMs, decidedAtMs }) {
      const about = aboutTrouble({ rule, subject });
      if (reasons.length === 0 && !memories.has(about.key)) return undefined;
      const level = reasons.length > 0 ? 1 : 0;
      const words = level > 0 ? reasons : ['It works again.'];
      const verdict: Verdict = { level, recovering: false, data: 'good', reasons: words, takenAtMs };
      return hear(about, { verdict, decidedAtMs, late: false });
    },
    register: (about) => void rules.set(about.key, about),
    retire: (atMs) =>
      [...memories].flatMap(([key, { condition, rule, takenAtMs }]) => {
        if (condition === 'normal' || rules.has(key) || Object.hasOwn(troubles, rule)) return [];
        const reasons = ['The rule was taken out of the configuration.'];
        const verdict: Verdict = { level: 0, recovering: false, data: 'good', reasons, takenAtMs };
        return hear(aboutOf(key)!, { verdict, decidedAtMs: atMs, late: false }) ?? [];
      }),
    retell: (atMs, evidenceOf) =>
      [...memories.values()].filter(isStanding).map((before) => {
        const { key, rule } = before;
        const { memory, transition } = retell(before, aboutOf(key)!, { atMs, evidence: evidenceOf(rule) });
        memories.set(key, memory);
        dirty.add(key);
        return transition;
      }),
    takeDirty() {
      const changed = [...dirty].map((key): [string, unknown] => [prefix + key, memories.get(key)]);
      dirty.clear();
      return changed;
    },
    restore(key, state) {
      if (!key.startsWith(prefix)) return false;
      memories.set(key.slice(prefix.length), state as AlertMemory);
      return true;
    },
  };
}
