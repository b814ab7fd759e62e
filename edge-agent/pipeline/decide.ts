import { type AlertTransition, isUsable, qualityFlags } from '@tocsin/contracts';
import type { EngineEffect } from '@tocsin/rules/engine';
import type { PlanEffect, PlanEvent } from '../actuators/plan/plan.ts';
import type { Judgement, Trouble } from '../sensors/validation/validation.ts';
import type { Effects, Parts } from './parts.ts';
import type { TroubleBook } from './trouble-book.ts';
import { planTroubles, sensorTroubles } from './trouble-words.ts';
import type { PipelineEvent } from './types.ts';

/** The engine's own trouble of this name is told by the trouble book, beside what the validator says of the same device. */
export const blindRule = 'no-data';

/** The voice of the command plan in the trouble book; about an area or the site it says so. */
export const planVoice = 'plan';

/** The voice of cameras and drivers about themselves in the trouble book. */
export const ownVoice = 'own';

/** Takes in one decoded value. */
export function takeReading(parts: Parts, event: Extract<PipelineEvent, { kind: 'reading' }>, effects: Effects): void {
  const judgement = parts.validator.reading(event);
  if (judgement.troubles.length > 0) tellTroubles(parts, judgement.troubles, effects);
  if (judgement.verdict !== 'accept') {
    turnAway(judgement, event, effects);
    return;
  }
  const { device, channel, value, receivedAtMs } = event;
  const { takenAtMs, quality, late } = judgement;
  const stream = parts.streams.get(device)!.get(channel)!;
  effects.push({ kind: 'store', reading: { device, channel, value, takenAtMs, quality }, unit: stream.unit, late });
  if (!isUsable(quality)) return;
  const { reading } = parts;
  reading.stream = stream.name;
  reading.value = value;
  reading.takenAtMs = takenAtMs;
  reading.late = late;
  reading.receivedAtMs = receivedAtMs;
  reading.reset = (quality & qualityFlags.reset) !== 0;
  const decided = parts.engine.step(reading);
  // What an interlock looks at is known before anything is decided on it.
  if (stream.isWatched && !late) watch(parts, { stream: stream.name, value, takenAtMs, atMs: receivedAtMs }, effects);
  if (decided.length > 0) follow(parts, decided, effects, receivedAtMs);
}

/** Takes in everybody a device sees. */
export function takeTracks(parts: Parts, event: Extract<PipelineEvent, { kind: 'tracks' }>, effects: Effects): void {
  const judgement = parts.validator.tracks(event);
  tellTroubles(parts, judgement.troubles, effects);
  if (judgement.verdict !== 'accept') {
    turnAway(judgement, event, effects);
    return;
  }
  const { device, tracks, receivedAtMs } = event;
  const { takenAtMs, quality, late } = judgement;
  if (!isUsable(quality)) return;
  const decided = parts.engine.step({ kind: 'tracks', device, tracks, takenAtMs, late, receivedAtMs });
  follow(parts, decided, effects, receivedAtMs);
}

type Refused = Exclude<Judgement, { verdict: 'accept' }>;

function turnAway(
  judgement: Refused,
  { device, receivedAtMs }: { device: string; receivedAtMs: number },
  effects: Effects,
) {
  if (judgement.verdict === 'drop') return;
  const { code, detail } = judgement;
  effects.push({ kind: 'refused', code, device, detail, atMs: receivedAtMs });
}

type Seen = { stream: string; value: number; takenAtMs: number; atMs: number };

/** Shows a value to interlocks. A device whose clock runs ahead must not make it look fresh for longer. */
function watch(parts: Parts, { takenAtMs, ...seen }: Seen, effects: Effects): void {
  act(parts, { kind: 'value', ...seen, takenAtMs: Math.min(takenAtMs, seen.atMs) }, effects);
}

/** Follows what the engine decided: stores what models made, tells alerts, and asks actuators. */
export function follow(parts: Parts, decided: readonly EngineEffect[], effects: Effects, atMs: number): void {
  for (const effect of decided) {
    if (effect.kind === 'alert') tellAlert(parts, effect.transition, effects);
    else if (effect.kind === 'remark') effects.push({ ...effect, atMs });
    else if (effect.kind === 'derived') {
      const { stream, unit, value, takenAtMs, late } = effect;
      const slash = stream.indexOf('/');
      const reading = { device: stream.slice(0, slash), channel: stream.slice(slash + 1), value, takenAtMs };
      effects.push({ kind: 'store', reading: { ...reading, quality: late ? qualityFlags.late : 0 }, unit, late });
      if (!late && parts.plan.watches(stream)) watch(parts, { stream, value, takenAtMs, atMs }, effects);
    }
  }
}

/** Tells an alert and asks actuators for what the site wants done about it. */
export function tellAlert(parts: Parts, transition: AlertTransition, effects: Effects): void {
  if (transition.rule === blindRule) {
    const { subject, condition, reasons, decidedAtMs: atMs } = transition;
    const told = condition === 'normal' ? [] : reasons;
    push(effects, parts.book.say({ name: blindRule, subject, source: 'rules', reasons: told, atMs }));
    return;
  }
  push(effects, transition);
  for (const wish of parts.wishes.of(transition)) act(parts, wish, effects);
}

/** Tells a transition if there is one. */
export function push(effects: Effects, transition: AlertTransition | undefined): void {
  if (transition !== undefined) effects.push({ kind: 'alert', transition });
}

/** Tells what is wrong with sensors; without a device it is about the gateway itself. */
export function tellTroubles(parts: Parts, troubles: readonly Trouble[], effects: Effects): void {
  const { book, site } = parts;
  for (const { kind, raised, device, channel, detail, atMs } of troubles) {
    const reasons = raised ? [channel === undefined ? detail : `${channel}: ${detail}`] : [];
    const subject = device ?? site.site;
    if (kind === 'clockJump') doubtClock(parts, { voice: 'jump', why: raised ? detail : undefined, atMs }, effects);
    push(effects, book.say({ name: sensorTroubles[kind], subject, source: `channel ${channel ?? ''}`, reasons, atMs }));
  }
}

type Doubt = { voice: 'jump' | 'shell'; why: string | undefined; atMs: number };

/** Tells the command plan whether the gateway's clock can be believed; it is only when neither voice doubts it. */
export function doubtClock(parts: Parts, { voice, why, atMs }: Doubt, effects: Effects): void {
  const { clockDoubts } = parts;
  if (clockDoubts[voice] === why) return;
  if (why === undefined) delete clockDoubts[voice];
  else clockDoubts[voice] = why;
  clockDoubts.isDirty = true;
  const first = clockDoubts.jump ?? clockDoubts.shell;
  act(
    parts,
    { kind: 'clock', ...(first === undefined ? {} : { why: `the clock is doubted: ${first}` }), atMs },
    effects,
  );
}

/** Lets the command plan take an event and passes on what it wants. */
export function act({ plan, book }: Parts, event: PlanEvent, effects: Effects): void {
  for (const effect of plan.step(event)) tellPlan(book, effect, effects);
}

function tellPlan(book: TroubleBook, effect: PlanEffect, effects: Effects): void {
  if (effect.kind !== 'trouble') {
    effects.push(effect);
    return;
  }
  const { name, scope, subject, active, why, atMs } = effect;
  const reasons = active ? [why] : [];
  const source = scope === 'actuator' ? planVoice : `${planVoice} ${scope}`;
  push(effects, book.say({ name: planTroubles[name], subject, source, reasons, atMs }));
}
