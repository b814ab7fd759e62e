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

/** One line of JSON for an effect worth telling (alert transition, trouble, command, refusal), or undefined for plain readings. */
export function effectLine(effect: PipelineEffect, withEvidence: boolean): string | undefined {
  if (effect.kind === 'alert') return JSON.stringify(alertLine(effect.transition, withEvidence));
  if (effect.kind === 'command') return JSON.stringify(commandLine(effect.command));
  if (effect.kind === 'receipt' && effect.receipt.state === 'refused')
    return JSON.stringify(refusalLine(effect.receipt));
  return undefined;
}
