import {
  type AlertTransition,
  alertKey,
  type Batch,
  type Clock,
  type CommittedBatch,
  type Descriptor,
  encodeBatch,
  type LogEntry,
  type Receipt,
  type SiteEvent,
} from '@tocsin/contracts';

/** Made-up words for tests of the desk; nothing here is used in production. */
export type Said = Partial<AlertTransition> & Pick<AlertTransition, 'kind'>;

const conditionAfter = { recover: 'recovering', clear: 'normal', reset: 'normal' } as const;

/** A transition with everything a test does not care about filled in. */
export function transition(said: Said): AlertTransition {
  const { site = 'hill', rule = 'creep', subject = 'slope', kind } = said;
  const atMs = said.takenAtMs ?? 1000;
  return {
    v: 1,
    key: alertKey(site, rule, subject),
    site,
    rule,
    subject,
    origin: 'edge',
    occurrence: 1,
    number: 1,
    class: 'alarm',
    severity: 'Moderate',
    urgency: 'Immediate',
    certainty: 'Observed',
    condition: conditionAfter[kind as keyof typeof conditionAfter] ?? 'active',
    operator: kind === 'acknowledge' ? 'acknowledged' : 'unacknowledged',
    latch: 'none',
    data: 'good',
    event: 'The slope moves',
    reasons: [`said ${kind}`],
    evidence: [],
    takenAtMs: atMs,
    decidedAtMs: atMs,
    ruleVersion: 'r1',
    ...said,
  };
}

/** A receipt of the relay that cuts the road. */
export function receipt(said: Partial<Receipt> & Pick<Receipt, 'state'>): Receipt {
  const names = { commandId: 'c-1', site: 'hill', device: 'barrier', action: 'close' };
  return { v: 1, ...names, mode: 'live', issuer: 'edge:hill', atMs: 1000, ...said };
}

type BatchWords = Partial<Batch> & { readings?: [stream: string, value: number, takenAtMs: number][] };

/** A batch of a site, with readings of unit mm given as rows. */
export function batch({ readings = [], ...words }: BatchWords): Batch {
  const names = [...new Set(readings.map(([stream]) => stream))];
  const head = { site: 'hill', epoch: 'e1', lane: 'live' as const, seq: 1, sentAtMs: 1000, events: [] as SiteEvent[] };
  return {
    ...head,
    series: names.map((name) => {
      const [device, channel] = name.split('/') as [string, string];
      return { device, channel, unit: 'mm' };
    }),
    columns: {
      series: Uint8Array.from(readings, ([stream]) => names.indexOf(stream)),
      takenAtMs: Float64Array.from(readings, ([, , takenAtMs]) => takenAtMs),
      value: Float64Array.from(readings, ([, value]) => value),
      quality: new Uint8Array(readings.length),
    },
    ...words,
  };
}

/** A log in memory that answers what was appended, as ingest would hand it on. */
export function memoryLog() {
  const entries: LogEntry[] = [];
  return {
    entries,
    reads: 0,
    append(words: BatchWords, receivedAtMs = 1000): CommittedBatch {
      const made = batch(words);
      const { site, epoch, lane, seq } = made;
      const offset = entries.length + 1;
      entries.push({ site, epoch, lane, seq, receivedAtMs, body: encodeBatch(made), offset });
      return { ...made, offset, receivedAtMs };
    },
    read(after: number, entriesMax: number): LogEntry[] {
      this.reads += 1;
      return entries.filter(({ offset }) => offset > after).slice(0, entriesMax);
    },
  };
}

/** A clock that moves only when told. */
export function handClock(startMs = 1_000_000): Clock & { advance(byMs: number): void } {
  let nowMs = startMs;
  let tasks: { atMs: number; task: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, task) {
      const entry = { atMs: nowMs + delayMs, task };
      tasks.push(entry);
      return () => {
        tasks = tasks.filter((other) => other !== entry);
      };
    },
    advance(byMs) {
      const endMs = nowMs + byMs;
      for (;;) {
        const next = tasks.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        tasks = tasks.filter((other) => other !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.task();
      }
      nowMs = endMs;
    },
  };
}

/** What a site with two extensometers says of itself. */
export function descriptor(site = 'hill'): Descriptor {
  const device = (name: string) => ({ device: name, format: 'json-path', channels: [{ channel: 'mm', unit: 'mm' }] });
  const about = { v: 1 as const, site, name: site, version: '1', configHash: 'h', mode: 'live' as const };
  return { ...about, devices: [device('ext-1'), device('ext-2')], rules: [], actuators: [] };
}
