import { type AlertTransition, isUsable, severities } from '@tocsin/contracts';
import type { PipelineEffect } from '@tocsin/edge-agent/pipeline';
import type { Remark } from '@tocsin/rules/engine';
import { addSample, emptySeries, type Series } from './series.ts';

/** Everything a plot needs of a replay of any length, in bounded memory; what did not fit is counted. */
export type Gathered = {
  streams: Map<string, { unit: string; series: Series }>;
  alerts: Map<string, { name: string; trouble: boolean; series: Series }>;
  marks: Mark[];
  fromMs: number;
  toMs: number;
  leftOut: { streams: number; marks: number; unusable: number };
};

/** One moment worth a word. `severity` is 1 + its CAP index, 0 for none. */
export type Mark = {
  atMs: number;
  kind: 'raise' | 'escalate' | 'stepDown' | 'clear' | 'command' | 'refusal' | 'remark';
  severity: number;
  trouble: boolean;
  text: string;
};

const [streamsMax, alertsMax, marksMax] = [512, 64, 2000];

/** Nothing gathered yet. */
export function nothingGathered(): Gathered {
  const leftOut = { streams: 0, marks: 0, unusable: 0 };
  const [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return { streams: new Map(), alerts: new Map(), marks: [], fromMs, toMs, leftOut };
}

function extend(gathered: Gathered, atMs: number): void {
  if (atMs < gathered.fromMs) gathered.fromMs = atMs;
  if (atMs > gathered.toMs) gathered.toMs = atMs;
}

function mark(gathered: Gathered, mark: Mark): void {
  extend(gathered, mark.atMs);
  if (gathered.marks.length < marksMax) gathered.marks.push(mark);
  else gathered.leftOut.marks += 1;
}

function takeSample(gathered: Gathered, { reading, unit }: Extract<PipelineEffect, { kind: 'store' }>): void {
  const { device, channel, value, takenAtMs, quality } = reading;
  extend(gathered, takenAtMs);
  if (!isUsable(quality)) {
    gathered.leftOut.unusable += 1;
    return;
  }
  const name = `${device}/${channel}`;
  let stream = gathered.streams.get(name);
  if (!stream) {
    if (gathered.streams.size >= streamsMax) {
      gathered.leftOut.streams += 1;
      return;
    }
    stream = { unit, series: emptySeries() };
    gathered.streams.set(name, stream);
  }
  addSample(stream.series, takenAtMs, value);
}

const shownKinds: Partial<Record<AlertTransition['kind'], Mark['kind']>> = {
  raise: 'raise',
  escalate: 'escalate',
  stepDown: 'stepDown',
  clear: 'clear',
};

function takeTransition(gathered: Gathered, transition: AlertTransition): void {
  const { key, rule, subject, kind, condition, latch, event, decidedAtMs, takenAtMs, late } = transition;
  const atMs = late ? takenAtMs : decidedAtMs;
  const trouble = transition.class === 'trouble';
  const severity = 1 + severities.indexOf(transition.severity);
  let alert = gathered.alerts.get(key);
  if (!alert && gathered.alerts.size < alertsMax) {
    alert = { name: subject === rule ? rule : `${rule} ${subject}`, trouble, series: emptySeries() };
    gathered.alerts.set(key, alert);
  }
  const stands = condition !== 'normal' || latch === 'latched';
  if (alert) addSample(alert.series, atMs, stands ? severity : 0);
  const shown = shownKinds[kind];
  if (shown === undefined) return;
  const words = { raise: '', escalate: '↑ ', stepDown: '↓ ', clear: 'cleared: ' }[shown as 'raise'];
  const text = `${words}${shown === 'clear' || trouble ? '' : `${transition.severity}: `}${event}`;
  mark(gathered, { atMs, kind: shown, severity, trouble, text });
}

function remarkText({ what, numbers, why }: Remark): string {
  const [first] = Object.entries(numbers);
  // Names of numbers end in their unit, and seconds are what most remarks are about.
  const unit = first?.[0].endsWith('S') ? 's' : first?.[0];
  const about = first === undefined ? why : `${Number(first[1].toPrecision(3))} ${unit}`;
  return `${what}: ${what === 'refusal' ? why : about}`;
}

/** Takes in one effect of the pipeline, in place. */
export function gather(gathered: Gathered, effect: PipelineEffect): void {
  if (effect.kind === 'store') takeSample(gathered, effect);
  else if (effect.kind === 'alert') takeTransition(gathered, effect.transition);
  else if (effect.kind === 'command') {
    const { device, action, notBeforeMs: atMs } = effect.command;
    mark(gathered, { atMs, kind: 'command', severity: 0, trouble: false, text: `order: ${device} ${action}` });
  } else if (effect.kind === 'receipt' && effect.receipt.state === 'refused') {
    const { device, action, why = '', atMs } = effect.receipt;
    const text = `refused: ${device} ${action}: ${why}`;
    mark(gathered, { atMs, kind: 'refusal', severity: 0, trouble: false, text });
  } else if (effect.kind === 'remark') {
    const { remark, takenAtMs: atMs } = effect;
    const kind = remark.what === 'refusal' ? 'refusal' : 'remark';
    mark(gathered, { atMs, kind, severity: 0, trouble: false, text: remarkText(remark) });
  }
}
