import type { AlertTransition, Command, Receipt } from '@tocsin/contracts';
import type { PipelineEffect } from '@tocsin/edge-agent/pipeline';

const iso = (atMs: number) => new Date(atMs).toISOString();

function alertLine(transition: AlertTransition, withEvidence: boolean): object {
  const { kind, key, event, severity, condition, latch, operator, reasons, takenAtMs, decidedAtMs, evidence, late } =
    transition;
  return {
    at: iso(decidedAtMs),
    kind: transition.class === 'trouble' ? 'trouble' : 'alert',
    what: kind,
    key,
    class: transition.class,
    severity,
    event,
    reasons,
    condition,
    latch,
    operator,
    takenAt: iso(takenAtMs),
    ...(late ? { late } : {}),
    ...(withEvidence ? { evidence } : {}),
  };
}

function commandLine({ device, action, value, alert, leaseMs, reason, mode, notBeforeMs, id }: Command): object {
  return { at: iso(notBeforeMs), kind: 'command', device, action, value, alert, leaseMs, reason, mode, id };
}

function refusalLine({ device, action, why, alert, atMs, mode }: Receipt): object {
  return { at: iso(atMs), kind: 'refusal', device, action, why, alert, mode };
}

type RemarkEffect = Extract<PipelineEffect, { kind: 'remark' }>;

/** Numbers stand at the end under their own names, which end in their unit; the fixed names stay the line's own. */
function remarkLine({ model, remark, takenAtMs, late, atMs }: RemarkEffect, marks: object): object {
  const { what, why, people, numbers } = remark;
  return {
    at: iso(takenAtMs),
    ...(atMs === takenAtMs ? {} : { decidedAt: iso(atMs) }),
    kind: what,
    model,
    why,
    ...numbers,
    ...(people === undefined ? {} : { people }),
    ...(late ? { late } : {}),
    ...marks,
  };
}

/**
 * One line of JSON for an effect worth telling (alert transition, trouble, command, refusal, remark of a model), or undefined for plain
 * readings. `marks` are added to every remark, so that nobody takes what was made up for measured.
 */
export function effectLine(effect: PipelineEffect, withEvidence: boolean, marks: object = {}): string | undefined {
  if (effect.kind === 'remark') return JSON.stringify(remarkLine(effect, marks));
  if (effect.kind === 'alert') return JSON.stringify(alertLine(effect.transition, withEvidence));
  if (effect.kind === 'command') return JSON.stringify(commandLine(effect.command));
  if (effect.kind === 'receipt' && effect.receipt.state === 'refused')
    return JSON.stringify(refusalLine(effect.receipt));
  return undefined;
}
