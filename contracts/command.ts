import Type, { type Static } from 'typebox';
import { Finite, InstantMs, Name, oneOf } from './names.ts';

/** live acts; shadow decides everything and moves nothing; exercise is fenced in the same way and marked as an exercise. */
export const Mode = oneOf(['live', 'shadow', 'exercise']);
export type Mode = Static<typeof Mode>;

/** An order to an actuator, or to the edge itself about one of its alerts (`device` is then `alerts`). */
export const Command = Type.Object({
  v: Type.Literal(1),
  id: Type.String({ pattern: '^[A-Za-z0-9._-]{1,96}$', description: 'Repeats carry the same id and act once.' }),
  number: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Counts the orders of one cloud to one device: it only grows, and a repeat keeps it.',
    }),
  ),
  site: Name,
  device: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', description: 'Actuator id, or `alerts`.' }),
  action: Type.String({
    pattern: '^[A-Za-z0-9._-]{1,64}$',
    description: 'on, off, … or acknowledge, reset for alerts.',
  }),
  value: Type.Optional(Finite),
  alert: Type.Optional(
    Type.String({ maxLength: 200, description: 'Key of the alert that caused it or that it is about.' }),
  ),
  leaseMs: Type.Optional(
    Type.Integer({ minimum: 100, maximum: 86_400_000, description: 'A hold lapses after this unless renewed.' }),
  ),
  notBeforeMs: InstantMs,
  expiresAtMs: InstantMs,
  issuer: Type.String({ maxLength: 120, description: 'Person, or `edge:<site>` for the edge’s own decision.' }),
  reason: Type.String({ maxLength: 500 }),
  mode: Mode,
  signature: Type.Optional(Type.String({ maxLength: 128, description: 'Ed25519 over commandText, base64.' })),
});
export type Command = Static<typeof Command>;

/**
 * Orders of a person about an actuator itself, which every actuator takes: arm, disarm and bypass carry their end (milliseconds since
 * 1970) as `value`; a proof test carries its result, 1 for good and 0 for failed. All need a reason.
 */
export const ownActions = ['arm', 'disarm', 'bypass', 'return-to-service', 'proof-test'] as const;
export type OwnAction = (typeof ownActions)[number];

/** Longest stay of an order to arm or disarm, and of a bypass: whoever forgets it must not leave a site unguarded for long. */
export const ownActionMsMax = { arm: 86_400_000, disarm: 86_400_000, bypass: 604_800_000 } as const;

/** The exact text an Ed25519 signature covers: every field but the signature, in a fixed order, as JSON. */
export function commandText(command: Command): string {
  const c = command;
  const text = [c.v, c.id, c.site, c.device, c.action, c.value ?? null, c.alert ?? null, c.leaseMs ?? null];
  return JSON.stringify([...text, c.notBeforeMs, c.expiresAtMs, c.issuer, c.reason, c.mode, c.number ?? null]);
}

/**
 * The one way in which a signed command is written on the wire: its known fields in a fixed order, as JSON without spaces. Whoever takes
 * a command compares what came with this text, so that no byte outside the signature can differ.
 */
export function commandWire(command: Command): string {
  const { v, id, number, site, device, action, value, alert, leaseMs } = command;
  const { notBeforeMs, expiresAtMs, issuer, reason, mode, signature } = command;
  const head = { v, id, number, site, device, action, value, alert, leaseMs };
  return JSON.stringify({ ...head, notBeforeMs, expiresAtMs, issuer, reason, mode, signature });
}

/**
 * The life of a command: requested → authorised → sent → accepted → executed → verified | refused | expired | failed.
 * `unverified` says that the read-back did not confirm it in time; `released` that its lease ended.
 */
export const receiptStates = [
  'requested',
  'authorised',
  'sent',
  'accepted',
  'executed',
  'verified',
  'unverified',
  'refused',
  'expired',
  'failed',
  'released',
] as const;

/** What became of a command, with the truth about its actuator as far as it is known. */
export const Receipt = Type.Object({
  v: Type.Literal(1),
  commandId: Type.String({ pattern: '^[A-Za-z0-9._-]{1,96}$' }),
  site: Name,
  device: Name,
  action: Name,
  state: oneOf(receiptStates),
  why: Type.Optional(Type.String({ maxLength: 300, description: 'Reason of a refusal or failure.' })),
  alert: Type.Optional(Type.String({ maxLength: 200 })),
  mode: Mode,
  commanded: Type.Optional(Type.String({ maxLength: 64, description: 'State last ordered.' })),
  confirmed: Type.Optional(Type.String({ maxLength: 64, description: 'State read back; absent while unknown.' })),
  confirmedAtMs: Type.Optional(InstantMs),
  leaseUntilMs: Type.Optional(InstantMs),
  issuer: Type.String({ maxLength: 120 }),
  atMs: InstantMs,
});
export type Receipt = Static<typeof Receipt>;
