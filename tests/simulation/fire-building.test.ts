import { readFileSync } from 'node:fs';
import type { AlertTransition } from '@tocsin/contracts';
import { proveTable, tableOf } from '@tocsin/edge-agent/matrix';
import { createPipeline, type PipelineEffect, type PipelineEvent } from '@tocsin/edge-agent/pipeline';
import { checkSite, type Site } from '@tocsin/edge-agent/site';
import { chance, createDetector, type FireStory } from '@tocsin/simulators';
import { expect, test } from 'vitest';

/**
 * F5 and F6 of domain.md §4, and the sentences of docs/fire.md, through the whole decision pipeline of the building that the manual
 * shows: pack, matrix, interlocks and all.
 */
const text = readFileSync(new URL('../../docs/examples/fire-site.yaml', import.meta.url), 'utf8');
const t0 = Date.UTC(2025, 0, 15, 3);
const second = 1000;

function siteOf(change = (yaml: string) => yaml): Site {
  const live = text.replace('mode: shadow', 'mode: live').replaceAll('intervalMs: 10000', 'intervalMs: 1000');
  const loaded = checkSite(change(live), 'fire-site.yaml', 'hash');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message, remedy }) => `${message} ${remedy}`).join('\n'));
  return loaded.site;
}

/** What every channel reads `s` seconds into a story; a channel that is left out is silent. */
type World = (s: number) => Record<string, number>;
const calm: Record<string, number> = {
  'kitchen/temperature': 21,
  'kitchen/smoke': 0.1,
  'kitchen/co': 1,
  'corridor/smoke': 0.1,
  'exit/pressed': 0,
  'lift/floor': 0,
};
const smoke = 9;

type Happening = { atS: number; what: string };
type Act = { atS: number; act: 'acknowledge' | 'reset'; rule: string };

/** Plays a building and answers what happened, one line each; every order is carried out and read back 0.5 s later. */
function play(world: World, { untilS = 200, site = siteOf(), acts = [] as Act[], stepS = 1 } = {}): Happening[] {
  const pipeline = createPipeline(site);
  const happened: Happening[] = [];
  const feed = (event: PipelineEvent) => {
    for (const effect of pipeline.step(event))
      take(effect, (event as { atMs?: number; receivedAtMs?: number }).atMs ?? 0);
  };
  const take = (effect: PipelineEffect, atMs: number) => {
    const what = wordsOf(effect);
    if (what !== undefined) happened.push({ atS: Math.round((timeOf(effect, atMs) - t0) / second), what });
    if (effect.kind !== 'command') return;
    const { device: actuator, id: commandId, action, notBeforeMs } = effect.command;
    // A driver says what a device reports in the words of its actions.
    feed({ kind: 'sent', actuator, commandId, ok: true, atMs: notBeforeMs });
    feed({ kind: 'readBack', actuator, state: action, atMs: notBeforeMs + 500 });
  };
  for (let s = 0; s <= untilS; s += 1) {
    const atMs = t0 + s * second;
    for (const [stream, value] of s % stepS === 0 ? Object.entries(world(s)) : []) {
      const [device = '', channel = ''] = stream.split('/');
      feed({ kind: 'reading', device, channel, value, atMs, receivedAtMs: atMs });
    }
    for (const { act, rule } of acts.filter(({ atS }) => atS === s)) feed(orderOf(site, act, rule, atMs));
    feed({ kind: 'tick', atMs });
  }
  return happened;
}

function orderOf(site: Site, action: string, rule: string, atMs: number): PipelineEvent {
  const command = {
    v: 1 as const,
    id: `${action}-${rule}-${atMs}`,
    site: site.site,
    device: 'alerts',
    action,
    alert: `${site.site}/${rule}/mill`,
    notBeforeMs: atMs,
    expiresAtMs: atMs + 30_000,
    issuer: 'ann',
    reason: 'looked',
    mode: 'live' as const,
  };
  return { kind: 'order', command, receivedAtMs: atMs };
}

function timeOf(effect: PipelineEffect, atMs: number): number {
  if (effect.kind === 'alert') return effect.transition.decidedAtMs;
  if (effect.kind === 'command') return effect.command.notBeforeMs;
  return effect.kind === 'receipt' ? effect.receipt.atMs : atMs;
}

function wordsOf(effect: PipelineEffect): string | undefined {
  if (effect.kind === 'alert') {
    const { kind, rule, severity } = effect.transition as AlertTransition;
    return kind === 'update' ? undefined : `${kind} ${rule} ${severity}`;
  }
  if (effect.kind === 'command') return `! ${effect.command.device} ${effect.command.action}`;
  if (effect.kind !== 'receipt' || !['verified', 'refused'].includes(effect.receipt.state)) return undefined;
  const { device, action, state, why } = effect.receipt;
  return `${device} ${action} ${state}${why === undefined ? '' : `: ${why}`}`;
}

const find = (happened: readonly Happening[], start: string) => happened.find(({ what }) => what.startsWith(start));
const cut = '! general-power open';
const smokeFrom =
  (kitchenS: number, corridorS: number, more: Record<string, number> = {}): World =>
  (s) => ({
    ...calm,
    ...more,
    'kitchen/smoke': s >= kitchenS ? smoke : calm['kitchen/smoke']!,
    'corridor/smoke': s >= corridorS ? smoke : calm['corridor/smoke']!,
  });
const never = Number.POSITIVE_INFINITY;

test('F5: one smoke detector alarms and recalls the lift, and cuts nothing, however long it lasts', () => {
  const happened = play(smokeFrom(100, never), { untilS: 900 });
  expect(find(happened, 'raise mill-fire Minor')!.atS).toBeGreaterThanOrEqual(100);
  const alarm = find(happened, 'escalate mill-fire Severe');
  expect(alarm!.atS).toBeLessThanOrEqual(115);
  expect(find(happened, '! lift-recall recall')!.atS).toBe(alarm!.atS);
  expect(find(happened, cut)).toBeUndefined();
  expect(find(happened, 'general-power')).toBeUndefined();
});

test('F5: a second detector within 60 s cuts the power at once, and the read-back proves it within 2 s', () => {
  for (const laterS of [5, 30, 59]) {
    const happened = play(smokeFrom(100, 100 + laterS));
    const first = find(happened, 'escalate mill-fire Severe')!;
    const second_ = find(happened, 'escalate mill-fire Extreme')!;
    expect(second_.atS - first.atS).toBeLessThanOrEqual(60);
    // From smoke at the second detector: its filter and its hold of 10 s, then the cut at once.
    expect(second_.atS - (100 + laterS)).toBeLessThanOrEqual(16);
    expect(find(happened, cut)!.atS).toBe(second_.atS);
    expect(find(happened, 'general-power open verified')!.atS - second_.atS).toBeLessThanOrEqual(2);
  }
});

test('F5: two puffs far apart, each over when the other comes, are two alarms and no cut', () => {
  const puffs: World = (s) => ({
    ...calm,
    'kitchen/smoke': s >= 100 && s < 120 ? smoke : 0.1,
    'corridor/smoke': s >= 300 && s < 320 ? smoke : 0.1,
  });
  const happened = play(puffs, { untilS: 500 });
  expect(happened.filter(({ what }) => what.includes('mill-fire Severe')).length).toBeGreaterThan(0);
  expect(find(happened, cut)).toBeUndefined();
});

test.each<[string, World]>([
  ['heat class alone', (s) => ({ ...calm, 'kitchen/temperature': s < 100 ? 21 : Math.min(70, 21 + (s - 100) / 2) })],
  ['a call point', (s) => ({ ...calm, 'exit/pressed': s >= 100 ? 1 : 0 })],
  ['smoke and a call point', (s) => ({ ...smokeFrom(80, never)(s), 'exit/pressed': s >= 100 ? 1 : 0 })],
])('%s confirms: Extreme at once, power cut, general alarm, smoke extracted after 20 s', (_, world) => {
  const happened = play(world, { untilS: 320 });
  const confirmed = happened.find(({ what }) => what.endsWith('mill-fire Extreme'))!;
  expect(find(happened, cut)!.atS).toBe(confirmed.atS);
  expect(find(happened, '! siren on')!.atS).toBe(confirmed.atS);
  expect(find(happened, '! smoke-fan on')!.atS).toBe(confirmed.atS + 20);
});

test('F6: a detector that falls silent, or all of them, is a trouble within 200 s, no alarm and no cut', () => {
  const lost = {
    one: (stream: string) => stream.startsWith('corridor/'),
    all: (stream: string) => !stream.startsWith('lift/'),
    smoke: (stream: string) => stream === 'kitchen/smoke',
  };
  for (const [name, isLost] of Object.entries(lost))
    for (const stepS of [1, 10, 60]) {
      const site = siteOf((yaml) => yaml.replaceAll('intervalMs: 1000', `intervalMs: ${stepS * second}`));
      const fromS = 600;
      const world: World = (s) =>
        Object.fromEntries(Object.entries(calm).filter(([stream]) => s < fromS || !isLost(stream)));
      const happened = play(world, { untilS: fromS + 400, site, stepS });
      const service = find(happened, 'raise mill-service Moderate');
      expect(service, `${name} lost at ${stepS} s`).toBeDefined();
      // The newest sample is at most one interval older than the loss.
      expect(service!.atS - fromS).toBeLessThanOrEqual(200);
      expect(happened.filter(({ what }) => what.includes('mill-fire') || what.startsWith('!'))).toEqual([]);
    }
});

test('F6: a detector that never speaks is a trouble within 200 s', () => {
  const world: World = () => Object.fromEntries(Object.entries(calm).filter(([stream]) => stream !== 'corridor/smoke'));
  const service = find(play(world, { untilS: 260 }), 'raise mill-service Moderate');
  expect(service!.atS).toBeLessThanOrEqual(200);
});

test('a detector that burns away keeps its alarm, and the second one still confirms', () => {
  const world: World = (s) => {
    const { 'kitchen/smoke': seen, ...others } = smokeFrom(100, 400)(s);
    return s < 130 ? { ...others, 'kitchen/smoke': seen! } : others;
  };
  const happened = play(world, { untilS: 500 });
  expect(find(happened, 'raise mill-service Moderate')).toBeDefined();
  expect(find(happened, cut)!.atS).toBeGreaterThanOrEqual(400);
  expect(find(happened, cut)!.atS).toBeLessThanOrEqual(416);
});

test('nobody acknowledges: general alarm after 15 s, and still no cut', () => {
  const happened = play(smokeFrom(100, never), { untilS: 400 });
  const waits = find(happened, 'raise mill-general Severe')!;
  const general = find(happened, 'escalate mill-general Extreme')!;
  expect(general.atS - waits.atS).toBeGreaterThanOrEqual(13);
  expect(general.atS - waits.atS).toBeLessThanOrEqual(15);
  expect(find(happened, '! siren on')!.atS).toBe(general.atS);
  expect(find(happened, cut)).toBeUndefined();
});

test('acknowledged, investigated and reset: everybody sleeps on', () => {
  const puff: World = (s) => ({ ...calm, 'kitchen/smoke': s >= 100 && s < 130 ? smoke : 0.1 });
  const acts: Act[] = [
    { atS: 120, act: 'acknowledge', rule: 'mill-fire' },
    { atS: 240, act: 'reset', rule: 'mill-fire' },
  ];
  const happened = play(puff, { untilS: 400, acts });
  expect(find(happened, 'stepDown mill-general Moderate')!.atS).toBe(120);
  expect(find(happened, 'clear mill-general')!.atS).toBe(240);
  expect(find(happened, '! lift-recall normal')!.atS).toBe(240);
  expect(find(happened, '! siren')).toBeUndefined();
});

test('a general alarm that a person resets ends its siren, and power stays cut until a person restores it', () => {
  const fire: World = (s) => smokeFrom(s < 300 ? 100 : never, s < 300 ? 110 : never)(s);
  const happened = play(fire, { untilS: 600, acts: [{ atS: 500, act: 'reset', rule: 'mill-fire' }] });
  expect(find(happened, cut)).toBeDefined();
  expect(find(happened, 'clear mill-general')!.atS).toBe(500);
  expect(find(happened, 'reset mill-fire')!.atS).toBe(500);
  expect(find(happened, '! general-power closed')).toBeUndefined();
  const late = happened.filter(({ atS, what }) => atS >= 500 && what.startsWith('!')).map(({ what }) => what);
  expect(late.toSorted()).toEqual(['! lift-recall normal', '! siren off', '! smoke-fan off']);
});

const withFact = (fact: string) =>
  siteOf((yaml) => yaml.replace('investigate: true', `investigate: true\n    ${fact}`));

test('verification holds an alarm of smoke alone back for 30 s, and a second detector meanwhile confirms at once', () => {
  const site = withFact('verify: true');
  const alone = play(smokeFrom(100, never), { site, untilS: 300 });
  const pre = find(alone, 'raise mill-fire Minor')!;
  const alarm = find(alone, 'escalate mill-fire Severe')!;
  expect(alarm.atS - pre.atS).toBeGreaterThanOrEqual(28);
  expect(alarm.atS).toBeLessThanOrEqual(100 + 16 + 32);
  const two = play(smokeFrom(100, 105), { site, untilS: 300 });
  expect(find(two, cut)!.atS).toBeLessThanOrEqual(105 + 16);
  const puff: World = (s) => ({ ...calm, 'kitchen/smoke': s >= 100 && s < 120 ? smoke : 0.1 });
  expect(play(puff, { site, untilS: 400 }).filter(({ what }) => /Severe|Extreme/.test(what))).toEqual([]);
});

test('coincidence: one detector stays a pre-alarm, a second one confirms', () => {
  const site = withFact('dependency: coincidence');
  const alone = play(smokeFrom(100, never), { site, untilS: 600 });
  expect(find(alone, 'raise mill-fire Minor')).toBeDefined();
  expect(alone.filter(({ what }) => /Severe|Extreme|!/.test(what))).toEqual([]);
  const two = play(smokeFrom(100, 140), { site, untilS: 300 });
  expect(find(two, cut)!.atS).toBe(find(two, 'escalate mill-fire Extreme')!.atS);
});

test('verification and coincidence together do not load', () => {
  expect(() => withFact('verify: true\n    dependency: coincidence')).toThrow(/not used together/);
});

test('a lift between floors holds the cut back and says so; the cut follows as soon as it is down', () => {
  const world: World = (s) => ({ ...smokeFrom(100, 110)(s), 'lift/floor': s < 160 ? 2 : 0 });
  const happened = play(world, { untilS: 250 });
  expect(find(happened, 'general-power open refused')!.what).toContain('The lift is not at the ground floor.');
  expect(find(happened, cut)!.atS).toBe(160);
});

test('backlog of two detectors raises the fire, marked late, and cuts nothing', () => {
  const pipeline = createPipeline(siteOf());
  const effects: PipelineEffect[] = [];
  const feed = (stream: string, value: number, takenS: number, receivedAtMs: number, late: boolean) => {
    const [device = '', channel = ''] = stream.split('/');
    const atMs = t0 + takenS * second;
    effects.push(...pipeline.step({ kind: 'reading', device, channel, value, atMs, receivedAtMs, late }));
  };
  feed('lift/floor', 0, 1000, t0 + 1000 * second, false);
  for (let s = 0; s <= 160; s += 1)
    for (const [stream, value] of Object.entries(smokeFrom(100, 110)(s)))
      if (!stream.startsWith('lift/')) feed(stream, value, s, t0 + 1000 * second + s, true);
  const told = effects.flatMap((effect) =>
    effect.kind === 'alert' && effect.transition.rule === 'mill-fire' ? [effect.transition] : [],
  );
  expect(told.at(-1)).toMatchObject({ severity: 'Extreme', late: true });
  expect(effects.filter(({ kind }) => kind === 'command')).toEqual([]);
});

test('every cell of the manual’s matrix holds', () => {
  const site = siteOf();
  expect(proveTable(site, tableOf(site)).failures).toEqual([]);
});

test('no rule may open the life-safety supply, whatever it rests on', () => {
  const loaded = checkSite(
    text.replace('actuator: general-power, action', 'actuator: life-safety-supply, action'),
    'x.yaml',
    '',
  );
  expect(loaded.ok ? [] : loaded.problems.map(({ message }) => message)).toEqual([
    '“life-safety-supply” feeds smoke-control, fire-pump, emergency-lighting, fire-lift, detection, so no rule may ask it for “open”.',
  ]);
});

test('a simulated fire in the kitchen is alarmed before it is confirmed, and cut only when it is', () => {
  for (let seed = 0; seed < 10; seed += 1) {
    const story: FireStory = { ignitionS: 120, alphaKwPerS2: 0.01172, heatMaxKw: 1000, ambientCel: 21 };
    const luck = chance(`fire-building/${seed}`);
    const near = createDetector(story, { radiusM: 2, ceilingM: 2.6 }, luck.fork('kitchen'));
    const far = createDetector(story, { radiusM: 7, ceilingM: 2.6 }, luck.fork('corridor'));
    const happened = play(
      (s) => {
        const kitchen = near.step(s, 1);
        const corridor = far.step(s, 1);
        return {
          ...calm,
          'kitchen/temperature': kitchen.temperatureCel,
          'kitchen/smoke': kitchen.obscurationPctPerM,
          'kitchen/co': kitchen.coPpm,
          'corridor/smoke': corridor.obscurationPctPerM,
        };
      },
      { untilS: 420 },
    );
    const alarm = happened.find(({ what }) => /mill-fire (Severe|Extreme)/.test(what))!;
    const confirmed = happened.find(({ what }) => what.endsWith('mill-fire Extreme'))!;
    expect(alarm.atS).toBeGreaterThan(120);
    expect(confirmed.atS).toBeGreaterThanOrEqual(alarm.atS);
    expect(find(happened, cut)!.atS).toBe(confirmed.atS);
  }
});
