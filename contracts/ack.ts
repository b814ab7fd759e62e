import Type, { type Static } from 'typebox';
import { Name, oneOf } from './names.ts';
import { lanes } from './topics.ts';

/**
 * The cloud's word that everything of `(epoch, lane)` up to and including `storedThrough` is committed to its disk.
 * Cumulative, so that a lost or repeated acknowledgement is harmless; only this lets an outbox forget.
 */
export const Ack = Type.Object({
  v: Type.Literal(1),
  epoch: Name,
  lane: oneOf(lanes),
  storedThrough: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});
export type Ack = Static<typeof Ack>;
