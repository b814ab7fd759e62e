import type { AlertTransition, Severity } from '@tocsin/contracts';
import {
  type ConditionType,
  conditions,
  createEngine,
  type EngineEffect,
  type EngineEvent,
  type Families,
  type RuleConfig,
} from '@tocsin/rules/engine';
import Type from 'typebox';
import { createPlan, type PlanEffect, type PlanEvent } from '../actuators/plan/plan.ts';
import { actuatorsOf, measuresOf, stalenessOf } from '../pipeline/layout.ts';
import { createWishes } from '../pipeline/wishes.ts';
import type { ActuatorConfig, Site } from '../site/types.ts';

/**
 * Plays verdicts of rules through the real rules above them, the real responses and the real command plan of a site. Only the
 * rules at the bottom are stand-ins, which say what they are told; interlocks are left out, because they depend on the world.
 */

/** A stand-in says the level it is told, with the severities of the rule it stands for. */
type Played = { input: string; severities: Severity[] };
const played: ConditionType<null, Played> = {
  type: 'played',
  config: Type.Object({ input: Type.String(), severities: Type.Array(Type.String()) }),
  inputs: ({ input }) => ({ streams: [input], rules: [] }),
  ladder: ({ severities }) => severities,
  limits: () => [],
  initial: () => null,
  step(state, event) {
    if (event.kind !== 'reading') return { state };
    const { value: level, takenAtMs } = event;
    return { state, verdict: { level, recovering: false, data: 'good', reasons: ['Played.'], takenAtMs } };
  },
};
const families: Families = { conditions: [...conditions, played as unknown as ConditionType], models: [] };

const typeOf = ({ type }: RuleConfig) => (conditions as readonly ConditionType[]).find((row) => row.type === type);

/** The severities of a rule, the mildest first. */
export function ladderOf(site: Site, id: string): Severity[] {
  const rule = site.rules.find((candidate) => candidate.id === id);
  return rule === undefined ? [] : [...(typeOf(rule)?.ladder(rule) ?? [])];
}

function standIn(site: Site, rule: RuleConfig): RuleConfig {
  const { id, event, class: kind, latch } = rule;
  return {
    id,
    event,
    class: kind,
    latch,
    subject: 'matrix',
    type: 'played',
    input: `play/${id}`,
    severities: ladderOf(site, id),
  };
}

/** The rules above the played ones that listen to nothing else. */
function listenersOf({ rules }: Site, bottom: ReadonlySet<string>): RuleConfig[] {
  const kept = new Map<string, RuleConfig>();
  for (let before = -1; kept.size > before; ) {
    before = kept.size;
    for (const rule of rules) {
      const heard = typeOf(rule)?.inputs(rule);
      if (heard === undefined || heard.rules.length === 0 || bottom.has(rule.id)) continue;
      const { streams, rules: ids } = heard;
      if (streams.length === 0 && ids.every((id) => bottom.has(id) || kept.has(id))) kept.set(rule.id, rule);
    }
  }
  return [...kept.values()];
}

/** What happens in a play: a rule takes a level (0 ends it), or a person resets everything that can be reset. */
export type Cue = { atMs: number; rule: string; level: number } | { atMs: number; reset: true };
/** What was ordered, or refused and why. */
export type Deed = { atMs: number; actuator: string; action: string; refused?: string };

/** A cell says what is caused, whatever the state of the site and the hour of the day then let through. */
function freed({ actsMax: _acts, armed: _armed, twoPersons: _two, ...actuator }: ActuatorConfig): ActuatorConfig {
  return { ...actuator, interlocks: [] } as ActuatorConfig;
}

/** A stage on which some responses of a site are played, with `bottom` as the rules that are told what to say. */
export function createStage(site: Site, responses: Site['responses'], bottom: readonly string[]) {
  const names = new Set(bottom);
  const below = site.rules.filter(({ id }) => names.has(id)).map((rule) => standIn(site, rule));
  const rules = [...below, ...listenersOf(site, names)];
  const units = new Map([...measuresOf(site).units, ...bottom.map((id) => [`play/${id}`, '1'] as const)]);
  const wishes = createWishes({ ...site, responses });
  const used = new Set(responses.map(({ actuator }) => actuator));
  const actuators = actuatorsOf({ ...site, mode: 'shadow' })
    .filter(({ actuator }) => used.has(actuator.id))
    .map((row) => ({ ...row, actuator: freed(row.actuator) }));
  const asked = new Map(responses.map(({ id, actuator, action }) => [id, { actuator, action }]));

  /** Plays cues with time passing at `ticksMs`, which are heard after the cues of the same instant. */
  return function play(cues: readonly Cue[], ticksMs: readonly number[]): Deed[] {
    const engine = createEngine({ site: site.site, origin: 'edge', models: [], rules, units }, families);
    const plan = createPlan({ actuators, responses: asked, staleAfterMs: stalenessOf(site) });
    const deeds: Deed[] = [];
    const act = (event: PlanEvent) => deeds.push(...plan.step(event).flatMap(deedOf));
    const follow = (effects: readonly EngineEffect[]) => {
      for (const transition of effects.flatMap(transitionOf)) for (const wish of wishes.of(transition)) act(wish);
    };
    const reset = (atMs: number) => {
      for (const { id } of rules) {
        const alert = [...engine.alerts().values()].find(({ rule }) => rule === id);
        if (alert === undefined) continue;
        follow(engine.step({ kind: 'operator', act: 'reset', key: alert.key, by: 'matrix', atMs }));
        for (const wish of wishes.reset(alert, atMs)) act(wish);
      }
    };
    const ticks = ticksMs.map((atMs): { atMs: number; event: EngineEvent & PlanEvent } => ({
      atMs,
      event: { kind: 'tick', atMs },
    }));
    const due = [...cues, ...ticks].toSorted((a, b) => a.atMs - b.atMs);
    for (const cue of due) {
      if ('event' in cue) {
        follow(engine.step(cue.event));
        act(cue.event);
      } else if ('reset' in cue) reset(cue.atMs);
      else {
        const { rule, level: value, atMs: takenAtMs } = cue;
        follow(engine.step({ kind: 'reading', stream: `play/${rule}`, value, takenAtMs, late: false }));
      }
    }
    return deeds;
  };
}

function transitionOf(effect: EngineEffect): AlertTransition[] {
  return effect.kind === 'alert' ? [effect.transition] : [];
}

function deedOf(effect: PlanEffect): Deed[] {
  if (effect.kind === 'command') {
    const { notBeforeMs: atMs, device: actuator, action } = effect.command;
    return [{ atMs, actuator, action }];
  }
  if (effect.kind !== 'receipt' || effect.receipt.state !== 'refused') return [];
  const { atMs, device: actuator, action, why = 'refused' } = effect.receipt;
  return [{ atMs, actuator, action, refused: why }];
}
