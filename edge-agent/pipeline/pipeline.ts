import { createEngine } from '@tocsin/rules/engine';
import { createPlan } from '../actuators/plan/plan.ts';
import { deviceTroubles } from '../actuators/types.ts';
import { createValidator } from '../sensors/validation/validation.ts';
import type { Site } from '../site/types.ts';
import { act, doubtClock, follow, ownVoice, push, takeReading, takeTracks, tellTroubles } from './decide.ts';
import { actuatorsOf, measuresOf, stalenessOf, streamsOf } from './layout.ts';
import { takeOrder } from './order.ts';
import type { Effects, Parts } from './parts.ts';
import { restore, takeDirty, takeRestart, takeRetell } from './restart.ts';
import { createTroubleBook } from './trouble-book.ts';
import type { Pipeline, PipelineEvent } from './types.ts';
import { createWishes } from './wishes.ts';

export { troubleWords } from './trouble-words.ts';
export type * from './types.ts';

/**
 * Creates the decision pipeline of a site: validate → store → models and rules → alerts → wishes → commands. It has no clock:
 * `decidedAtMs` is the arrival of the event. The site must have passed the check of the site file.
 */
export function createPipeline(site: Site): Pipeline {
  const responses = new Map(site.responses.map(({ id, actuator, action }) => [id, { actuator, action }]));
  const { limits } = site;
  const plan = createPlan({
    ...{ actuators: actuatorsOf(site), responses, staleAfterMs: stalenessOf(site) },
    ...(limits === undefined ? {} : { limits }),
  });
  const parts: Parts = {
    site,
    validator: createValidator(site.devices),
    engine: createEngine({
      site: site.site,
      origin: 'edge',
      models: site.models,
      rules: site.rules,
      ...measuresOf(site),
    }),
    plan,
    wishes: createWishes(site),
    book: createTroubleBook(site.site),
    streams: streamsOf(site, plan.watches),
    clockDoubts: { isDirty: false },
    alertOrders: { orders: [], forgottenThroughMs: 0, isDirty: false },
    reading: { kind: 'reading', stream: '', value: 0, takenAtMs: 0, late: false, receivedAtMs: 0 },
  };
  return {
    step(event) {
      const effects: Effects = [];
      take(parts, event, effects);
      return effects;
    },
    takeDirty: () => takeDirty(parts),
    restore: (states) => restore(parts, states),
  };
}

function take(parts: Parts, event: PipelineEvent, effects: Effects): void {
  switch (event.kind) {
    case 'reading':
      takeReading(parts, event, effects);
      break;
    case 'tracks':
      takeTracks(parts, event, effects);
      break;
    case 'refused':
      takeRefused(parts, event, effects);
      break;
    case 'trouble': {
      const { name, device: subject, reasons, atMs } = event;
      push(effects, parts.book.say({ name, subject, source: ownVoice, reasons, atMs }));
      const trouble = deviceTroubles.find((one) => name === `actuator-${one}`);
      const [why] = reasons;
      if (trouble !== undefined)
        act(
          parts,
          { kind: 'device', actuator: subject, trouble, ...(why === undefined ? {} : { why }), atMs },
          effects,
        );
      break;
    }
    case 'tick':
      tellTroubles(parts, parts.validator.tick(event.atMs), effects);
      follow(parts, parts.engine.step(event), effects, event.atMs);
      act(parts, event, effects);
      break;
    case 'readBack':
      act(parts, { ...event, old: event.old ?? false }, effects);
      break;
    case 'sent':
    case 'accepted':
      act(parts, event, effects);
      break;
    case 'clock':
      doubtClock(parts, { voice: 'shell', why: event.why, atMs: event.atMs }, effects);
      break;
    case 'order':
      takeOrder(parts, event, effects);
      break;
    case 'restarted':
      takeRestart(parts, event.atMs, effects);
      break;
    case 'retell':
      takeRetell(parts, event.atMs, effects);
      break;
    default:
      event satisfies never;
  }
}

/** An input that the shell could not decode: counted here like every other refusal, and news when it becomes a habit. */
function takeRefused(parts: Parts, event: Extract<PipelineEvent, { kind: 'refused' }>, effects: Effects): void {
  const { code, device, detail, atMs } = event;
  effects.push({ kind: 'refused', code, ...(device === undefined ? {} : { device }), detail, atMs });
  if (device !== undefined) tellTroubles(parts, parts.validator.refused(device, atMs), effects);
}
